import { useState, type SubmitEvent } from 'react';
import { REJECT_REPORT, SIGN_REPORT } from '../api/operations.js';
import { whyNot } from '../api/permissions.js';
import { isWithheld, type ReadableError } from '../api/readableError.js';
import type { Report } from '../api/types.js';
import { useAction } from '../api/useAction.js';
import { useSession } from '../session/sessionState.js';
import { Button } from '../ui/Button.js';
import { Card } from '../ui/Card.js';
import { Facts, Withheld } from '../ui/Facts.js';
import { Field } from '../ui/Field.js';
import { instant } from '../ui/format.js';
import { Refusals } from './Refusals.js';

const TEXT_LENGTH = 4000;
const UNSEEN = 'The model’s answer is withheld, and what cannot be seen cannot be signed.';

interface SignOffProps {
  readonly report: Report;
  /** What of the report was refused. */
  readonly refusals: readonly ReadableError[];
  readonly changed: () => void;
}

/** The clinician's part: sign the preliminary report off, or reject it; afterwards, what was decided and by whom. */
export function SignOff({ report, refusals, changed }: SignOffProps) {
  if (report.status === 'PRELIMINARY') return <Decision report={report} changed={changed} />;
  if (report.signedAt === null) return null;
  const rejected = report.status === 'CANCELLED';
  return (
    <Card title={rejected ? 'Rejected' : 'Signed off'}>
      <Facts
        facts={[
          [
            rejected ? 'Reason' : 'Conclusion',
            isWithheld(refusals, 'diagnosticReport', 'conclusion') ? <Withheld key="withheld" /> : report.conclusion,
          ],
          [rejected ? 'Rejected by' : 'Signed by', report.resultsInterpreter],
          ['When', instant(report.signedAt)],
        ]}
      />
    </Card>
  );
}

function Decision({ report, changed }: { report: Report; changed: () => void }) {
  const { account } = useSession();
  const sign = useAction(SIGN_REPORT);
  const reject = useAction(REJECT_REPORT);
  const [conclusion, setConclusion] = useState('');
  const [reason, setReason] = useState('');
  const [rejecting, setRejecting] = useState(false);
  const [reasonMissing, setReasonMissing] = useState(false);

  async function onSign(event: SubmitEvent) {
    event.preventDefault();
    const text = conclusion.trim();
    if (await sign.run({ id: report.id, conclusion: text === '' ? null : text })) changed();
  }
  async function onReject(event: SubmitEvent) {
    event.preventDefault();
    const text = reason.trim();
    setReasonMissing(text === '');
    if (text !== '' && (await reject.run({ id: report.id, reason: text }))) changed();
  }

  const maySign = whyNot(account, 'signReport') ?? (report.observation === null ? UNSEEN : undefined);
  const mayReject = whyNot(account, 'rejectReport');
  return (
    <Card title="Your decision">
      <form onSubmit={(event) => void onSign(event)} noValidate>
        <Field id="conclusion" label="Conclusion" hint="Optional. Your own words; they become part of the record.">
          {(control) => (
            <textarea
              {...control}
              rows={3}
              maxLength={TEXT_LENGTH}
              value={conclusion}
              onChange={(event) => setConclusion(event.target.value)}
            />
          )}
        </Field>
        <p className="muted">By signing off you confirm that you have read the image yourself.</p>
        <div className="row">
          <Button type="submit" look="primary" icon="check" busy={sign.busy} disabledBecause={maySign}>
            Sign off as final
          </Button>
          {!rejecting && (
            <Button
              look="danger"
              disabledBecause={mayReject === maySign ? undefined : mayReject}
              onClick={() => setRejecting(mayReject === undefined)}
            >
              Reject…
            </Button>
          )}
        </div>
      </form>
      <Refusals refusals={sign.refusals} />
      {rejecting && (
        <form className="reject" onSubmit={(event) => void onReject(event)} noValidate>
          <Field
            id="reason"
            label="Reason for the rejection"
            required
            hint="The finding and your reason stay in the record; the report is cancelled."
            error={reasonMissing ? 'Say why you reject the report.' : undefined}
          >
            {(control) => (
              <textarea
                {...control}
                rows={2}
                maxLength={TEXT_LENGTH}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            )}
          </Field>
          <div className="row">
            <Button type="submit" look="danger" icon="cross" busy={reject.busy}>
              Reject the report
            </Button>
            <Button look="quiet" onClick={() => setRejecting(false)}>
              Keep it
            </Button>
          </div>
          <Refusals refusals={reject.refusals} />
        </form>
      )}
    </Card>
  );
}
