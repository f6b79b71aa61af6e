import { Link } from 'react-router';
import { ACKNOWLEDGE_NOTICE, NOTICES } from '../../api/operations.js';
import { may, whyNot } from '../../api/permissions.js';
import type { CommunicationTopic, Notice } from '../../api/types.js';
import { useAction } from '../../api/useAction.js';
import { useQuery } from '../../api/useQuery.js';
import { patientName } from '../../components/patientName.js';
import { Refusals } from '../../components/Refusals.js';
import { useSession } from '../../session/sessionState.js';
import { Badge } from '../../ui/Badge.js';
import { Button } from '../../ui/Button.js';
import { Card, Empty, Loading } from '../../ui/Card.js';
import { Page } from '../../ui/Page.js';
import { ago, instant } from '../../ui/format.js';
import { useRecount } from '../unread.js';
import { page } from '../urls.js';

const REFRESH_MS = 15_000;

const TOPICS: Readonly<Record<CommunicationTopic, string>> = {
  REPORT_PRELIMINARY: 'A report waits for a clinician',
  DIAGNOSIS_FAILED: 'A diagnosis could not be made',
};

export function NoticesPage() {
  const { account } = useSession();
  const { data, loading, refusals, answeredAt, reload } = useQuery(
    NOTICES,
    { withReports: may(account, 'readReports') },
    { everyMs: REFRESH_MS },
  );
  const notices = data?.communications ?? [];
  const waiting = notices.filter((notice) => notice.acknowledgedAt === null);
  const acknowledged = notices.filter((notice) => notice.acknowledgedAt !== null);
  return (
    <Page
      title="Notices"
      lead="Acknowledging says that you have read the notice and act on it; your name and the time are kept."
    >
      <Refusals refusals={refusals} />
      {loading && <Loading what="Loading notices." />}
      {!loading && (
        <>
          <Card title={`Waiting (${waiting.length})`}>
            {waiting.length === 0 ? (
              <Empty>No notice waits.</Empty>
            ) : (
              <NoticeList notices={waiting} now={answeredAt} changed={reload} />
            )}
          </Card>
          {acknowledged.length > 0 && (
            <Card title="Acknowledged">
              <NoticeList notices={acknowledged} now={answeredAt} changed={reload} />
            </Card>
          )}
        </>
      )}
    </Page>
  );
}

interface Shown {
  readonly now: number;
  readonly changed: () => void;
}

function NoticeList({ notices, now, changed }: Shown & { notices: readonly Notice[] }) {
  return (
    <ul className="notices">
      {notices.map((notice) => (
        <NoticeRow key={notice.id} notice={notice} now={now} changed={changed} />
      ))}
    </ul>
  );
}

function NoticeRow({ notice, now, changed }: Shown & { notice: Notice }) {
  const { account } = useSession();
  const acknowledge = useAction(ACKNOWLEDGE_NOTICE);
  const recount = useRecount();
  const who = notice.about?.subject === undefined ? undefined : patientName(notice.about.subject);
  async function onAcknowledge() {
    if ((await acknowledge.run({ id: notice.id })) === undefined) return;
    changed();
    recount();
  }
  return (
    <li>
      <div>
        <Badge tone={notice.topic === 'DIAGNOSIS_FAILED' ? 'bad' : 'caution'}>{TOPICS[notice.topic]}</Badge>
        <p>
          {notice.about == null ? (
            who
          ) : (
            <Link to={page.diagnosticReport(notice.about.id)}>{who ?? 'Open the report'}</Link>
          )}{' '}
          <time className="muted" dateTime={notice.sent} title={instant(notice.sent)}>
            {ago(notice.sent, now)}
          </time>
        </p>
        {notice.acknowledgedAt !== null && (
          <p className="muted">
            Acknowledged by {notice.acknowledgedBy} at {instant(notice.acknowledgedAt)}
          </p>
        )}
        <Refusals refusals={acknowledge.refusals} />
      </div>
      {notice.acknowledgedAt === null && (
        <Button
          icon="check"
          busy={acknowledge.busy}
          disabledBecause={whyNot(account, 'acknowledgeNotice')}
          aria-label={`Acknowledge: ${TOPICS[notice.topic]}${who === undefined ? '' : `, ${who}`}`}
          onClick={() => void onAcknowledge()}
        >
          Acknowledge
        </Button>
      )}
    </li>
  );
}
