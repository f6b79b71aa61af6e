import { useParams } from 'react-router';
import { PATIENT } from '../../api/operations.js';
import { may, whyNot } from '../../api/permissions.js';
import type { PatientRecord } from '../../api/types.js';
import { useQuery } from '../../api/useQuery.js';
import { patientName } from '../../components/patientName.js';
import { Refusals } from '../../components/Refusals.js';
import { ReportTable } from '../../components/ReportTable.js';
import { StudyTable } from '../../components/StudyTable.js';
import { useSession } from '../../session/sessionState.js';
import { Button, LinkButton } from '../../ui/Button.js';
import { Card, Empty, Loading } from '../../ui/Card.js';
import { Facts } from '../../ui/Facts.js';
import { Page } from '../../ui/Page.js';
import { age, day, instant, words } from '../../ui/format.js';
import { page } from '../urls.js';
import { NotFoundPage } from './NotFoundPage.js';

export function PatientPage() {
  const { id = '' } = useParams();
  const { account } = useSession();
  const { data, loading, refusals } = useQuery(PATIENT, {
    id,
    withStudies: may(account, 'readImagingStudies'),
    withReports: may(account, 'readReports'),
  });
  if (loading) return <Loading what="Loading the record." />;
  const patient = data?.patient;
  if (patient === null && refusals.length === 0) return <NotFoundPage />;
  if (patient === null || patient === undefined) {
    return (
      <Page title="Patient">
        <Refusals refusals={refusals} />
      </Page>
    );
  }
  const whyNoUpload = whyNot(account, 'uploadImage');
  return (
    <Page
      title={patientName(patient)}
      lead={
        <>
          {patient.birthDate !== null && `Born ${day(patient.birthDate)}, ${age(patient.birthDate, new Date())} old. `}
          Record <code>{patient.id}</code>
        </>
      }
      actions={
        whyNoUpload === undefined ? (
          <LinkButton to={page.upload(patient.id)} look="primary" icon="upload">
            Upload an image
          </LinkButton>
        ) : (
          <Button icon="upload" disabledBecause={whyNoUpload}>
            Upload an image
          </Button>
        )
      }
    >
      <Refusals refusals={refusals} />
      <Alerts patient={patient} />
      {patient.imagingStudies != null && (
        <Card title="Imaging studies">
          {patient.imagingStudies.length === 0 ? (
            <Empty>No image was uploaded yet.</Empty>
          ) : (
            <StudyTable studies={patient.imagingStudies} />
          )}
        </Card>
      )}
      {patient.diagnosticReports != null && (
        <Card title="Diagnostic reports">
          {patient.diagnosticReports.length === 0 ? (
            <Empty>No diagnosis was requested yet.</Empty>
          ) : (
            <ReportTable
              caption="Diagnostic reports of the patient"
              reports={patient.diagnosticReports}
              nameTitle="Report of"
              nameOf={(report) => instant(report.requestedAt)}
              now={Date.now()}
            />
          )}
        </Card>
      )}
      <Demographics patient={patient} />
    </Page>
  );
}

/** What must be seen before anything is done to the patient. */
function Alerts({ patient }: { patient: PatientRecord }) {
  return (
    <Card title="Allergies and conditions">
      <Facts
        facts={[
          [
            'Allergies',
            patient.allergies === null
              ? null
              : patient.allergies.length === 0
                ? 'None told'
                : patient.allergies.join(', '),
          ],
          [
            'Conditions',
            patient.conditions === null
              ? null
              : patient.conditions.length === 0
                ? 'None told'
                : patient.conditions.join(', '),
          ],
        ]}
      />
    </Card>
  );
}

function Demographics({ patient }: { patient: PatientRecord }) {
  const { address, coverage } = patient;
  const place = [address?.line, address?.postalCode, address?.city, address?.state, address?.country]
    .filter(Boolean)
    .join(', ');
  return (
    <Card title="Person">
      <Facts
        facts={[
          ['Given names', patient.given?.join(' ')],
          ['Family name', patient.family],
          ['Gender', patient.gender === null ? null : words(patient.gender)],
          ['Birth date', patient.birthDate === null ? null : day(patient.birthDate)],
          ['National identifier', patient.nationalIdentifier],
          ['Telephone', patient.phone],
          ['Email', patient.email],
          ['Address', place === '' ? null : place],
          ['Admitted', patient.admittedOn === null ? null : day(patient.admittedOn)],
          ['Insurer', coverage?.payor],
          ['Member number', coverage?.subscriberId],
          ['Registered', instant(patient.registeredAt)],
        ]}
      />
    </Card>
  );
}
