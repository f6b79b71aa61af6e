import { useEffect } from 'react';
import { Link, useParams } from 'react-router';
import { DIAGNOSIS_MODEL, DIAGNOSIS_PROGRESS, DIAGNOSTIC_REPORT } from '../../api/operations.js';
import type { Report } from '../../api/types.js';
import { useQuery } from '../../api/useQuery.js';
import { FindingPanel } from '../../components/FindingPanel.js';
import { PatientStrip } from '../../components/PatientStrip.js';
import { DiagnosisProgress } from '../../components/Progress.js';
import { Refusals } from '../../components/Refusals.js';
import { ReportStatus } from '../../components/ReportStatus.js';
import { SignOff } from '../../components/SignOff.js';
import { StudyFilm } from '../../components/StudyFilm.js';
import { Card, Empty, Loading } from '../../ui/Card.js';
import { Page } from '../../ui/Page.js';
import { instant } from '../../ui/format.js';
import { useRecount } from '../unread.js';
import { page } from '../urls.js';
import { NotFoundPage } from './NotFoundPage.js';

const PROGRESS_EVERY_MS = 1000;

export function ReportPage() {
  const { id = '' } = useParams();
  const { data, loading, refusals, reload } = useQuery(DIAGNOSTIC_REPORT, { id });
  if (loading) return <Loading what="Loading the report." />;
  const report = data?.diagnosticReport;
  if (report === null && refusals.length === 0) return <NotFoundPage />;
  return (
    <Page
      title="Diagnostic report"
      lead={
        report != null && (
          <>
            <PatientStrip subject={report.subject} />
            <p className="row">
              <ReportStatus report={report} /> Requested {instant(report.requestedAt)}
            </p>
          </>
        )
      }
    >
      <Refusals refusals={refusals} />
      {report != null && (
        <div className="reading">
          {report.imagingStudy === null ? (
            <Empty>The film is withheld.</Empty>
          ) : (
            <StudyFilm study={report.imagingStudy} heatMap={report.observation?.classActivationMap} />
          )}
          <div className="reading-side">
            {report.status === 'REGISTERED' && <UnderWay report={report} changed={reload} />}
            {report.status === 'CANCELLED' && report.task.status === 'FAILED' && <Failed report={report} />}
            <Finding report={report} />
            <SignOff report={report} refusals={refusals} changed={reload} />
            {report.imagingStudy !== null && (
              <p>
                <Link to={page.imagingStudy(report.imagingStudy.id)}>The study and all its reports</Link>
              </p>
            )}
          </div>
        </div>
      )}
    </Page>
  );
}

/** Asks every second how far the diagnosis is, and loads the report again once it is no longer under way. */
function UnderWay({ report, changed }: { report: Report; changed: () => void }) {
  const { data, refusals } = useQuery(DIAGNOSIS_PROGRESS, { id: report.id }, { everyMs: PROGRESS_EVERY_MS });
  const now = data?.diagnosticReport;
  const recount = useRecount();
  useEffect(() => {
    if (now == null || now.status === 'REGISTERED') return;
    changed();
    recount();
  }, [now, changed, recount]);
  return (
    <>
      <DiagnosisProgress task={now?.task ?? report.task} />
      <Refusals refusals={refusals} />
    </>
  );
}

function Failed({ report }: { report: Report }) {
  const { failureCode, failureReason, attempts } = report.task;
  return (
    <Card title="No diagnosis could be made">
      <p>
        {failureReason ?? 'No reason was given.'} {failureCode !== null && <code>{failureCode}</code>}
      </p>
      <p className="muted">
        Tried {attempts} {attempts === 1 ? 'time' : 'times'}. Ask again from the study once the cause is gone.
      </p>
    </Card>
  );
}

function Finding({ report }: { report: Report }) {
  if (report.observation === null) return null;
  return <FindingWithModel report={report} model={report.observation.device.model} />;
}

function FindingWithModel({ report, model }: { report: Report; model: string }) {
  const { data } = useQuery(DIAGNOSIS_MODEL, { id: model });
  return <FindingPanel report={report} model={data?.diagnosisModel ?? undefined} />;
}
