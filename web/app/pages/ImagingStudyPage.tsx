import { useNavigate, useParams } from 'react-router';
import { DIAGNOSIS_MODELS, IMAGING_STUDY, REQUEST_DIAGNOSIS } from '../../api/operations.js';
import { may, whyNot } from '../../api/permissions.js';
import type { Study } from '../../api/types.js';
import { useAction } from '../../api/useAction.js';
import { useQuery } from '../../api/useQuery.js';
import { IntendedUse } from '../../components/IntendedUse.js';
import { PatientStrip } from '../../components/PatientStrip.js';
import { Refusals } from '../../components/Refusals.js';
import { ReportTable } from '../../components/ReportTable.js';
import { StudyFilm } from '../../components/StudyFilm.js';
import { useSession } from '../../session/sessionState.js';
import { Button } from '../../ui/Button.js';
import { Card, Empty, Loading } from '../../ui/Card.js';
import { Facts } from '../../ui/Facts.js';
import { Page } from '../../ui/Page.js';
import { instant } from '../../ui/format.js';
import { page } from '../urls.js';
import { NotFoundPage } from './NotFoundPage.js';

export function ImagingStudyPage() {
  const { id = '' } = useParams();
  const { account } = useSession();
  const { data, loading, refusals, answeredAt } = useQuery(IMAGING_STUDY, {
    id,
    withPatient: may(account, 'readPatients'),
    withReports: may(account, 'readReports'),
  });
  if (loading) return <Loading what="Loading the study." />;
  const study = data?.imagingStudy;
  if (study === null && refusals.length === 0) return <NotFoundPage />;
  return (
    <Page title="Imaging study" lead={<PatientStrip subject={study?.patient} />}>
      <Refusals refusals={refusals} />
      {study != null && (
        <div className="reading">
          <StudyFilm study={study} />
          <div className="reading-side">
            <RequestDiagnosis study={study} />
            <StudyFacts study={study} />
            {study.diagnosticReports != null && <StudyReports reports={study.diagnosticReports} now={answeredAt} />}
          </div>
        </div>
      )}
    </Page>
  );
}

function RequestDiagnosis({ study }: { study: Study }) {
  const { account } = useSession();
  const navigate = useNavigate();
  const request = useAction(REQUEST_DIAGNOSIS);
  const { data } = useQuery(DIAGNOSIS_MODELS, {});
  const open = study.diagnosticReports?.find(({ status }) => status === 'REGISTERED' || status === 'PRELIMINARY');
  const model = data?.diagnosisModels?.[0];
  async function onRequest() {
    const report = (await request.run({ imagingStudyId: study.id }))?.requestDiagnosis;
    if (report != null) void navigate(page.diagnosticReport(report.id));
  }
  return (
    <Card title="Diagnosis">
      {model === undefined ? (
        <p>
          A model of the diagnosis provider reads the image. Its answer is preliminary until a clinician signs it off.
        </p>
      ) : (
        <IntendedUse text={model.intendedUse} code={model.code} />
      )}
      {open === undefined ? (
        <Button
          look="primary"
          busy={request.busy}
          disabledBecause={whyNot(account, 'requestDiagnosis')}
          onClick={() => void onRequest()}
        >
          Request a diagnosis
        </Button>
      ) : (
        <Button look="primary" onClick={() => void navigate(page.diagnosticReport(open.id))}>
          Open the report that is under way
        </Button>
      )}
      <Refusals refusals={request.refusals} />
    </Card>
  );
}

function StudyFacts({ study }: { study: Study }) {
  return (
    <Card title="Study">
      <Facts
        facts={[
          ['Received', instant(study.started)],
          ['Modality', study.modality ?? 'not stated in the file'],
          ['Body part', study.bodySite ?? 'not stated in the file'],
          ['Pixels', `${study.columns} × ${study.rows}`],
          ['Origin', study.synthetic ? 'Synthetic: made by a program, not a film of a person' : 'Uploaded'],
          ['Study', <code key="id">{study.id}</code>],
        ]}
      />
    </Card>
  );
}

function StudyReports({ reports, now }: { reports: NonNullable<Study['diagnosticReports']>; now: number }) {
  return (
    <Card title="Reports">
      {reports.length === 0 ? (
        <Empty>No diagnosis was requested yet.</Empty>
      ) : (
        <ReportTable
          caption="Reports on this study"
          reports={reports}
          nameTitle="Report of"
          nameOf={(report) => instant(report.requestedAt)}
          now={now}
        />
      )}
    </Card>
  );
}
