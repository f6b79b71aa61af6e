import { useParams } from 'react-router';
import { PATIENT } from '../../api/operations.js';
import { may, whyNot } from '../../api/permissions.js';
import { isWithheld, type ReadableError } from '../../api/readableError.js';
import type { PatientRecord } from '../../api/types.js';
import { useQuery } from '../../api/useQuery.js';
import { patientName } from '../../components/patientName.js';
import { Refusals } from '../../components/Refusals.js';
import { ReportTable } from '../../components/ReportTable.js';
import { StudyTable } from '../../components/StudyTable.js';
import { useSession } from '../../session/sessionState.js';
import { Button, LinkButton } from '../../ui/Button.js';
import { Card, Empty, Loading } from '../../ui/Card.js';
import { Facts, Withheld } from '../../ui/Facts.js';
import { Badge } from '../../ui/Badge.js';
import type { Tone } from '../../ui/tone.js';
import { Page } from '../../ui/Page.js';
import { age, day, instant, words } from '../../ui/format.js';
import { page } from '../urls.js';
import { NotFoundPage } from './NotFoundPage.js';

export function PatientPage() {
  const { id = '' } = useParams();
  const { account } = useSession();
  const { data, loading, refusals, answeredAt } = useQuery(PATIENT, {
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
      <Alerts patient={patient} refusals={refusals} />
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
              now={answeredAt}
            />
          )}
        </Card>
      )}
      <Demographics patient={patient} refusals={refusals} />
    </Page>
  );
}

interface PartProps {
  readonly patient: PatientRecord;
  readonly refusals: readonly ReadableError[];
}

/** What must be seen before anything is done to the patient. */
function Alerts({ patient, refusals }: PartProps) {
  const told = (field: 'allergies' | 'conditions', tone: Tone) => {
    const entries = patient[field];
    if (entries === null) return isWithheld(refusals, 'patient', field) ? <Withheld /> : null;
    if (entries.length === 0) return 'None told';
    return (
      <span className="row">
        {entries.map((entry) => (
          <Badge key={entry} tone={tone}>
            {entry}
          </Badge>
        ))}
      </span>
    );
  };
  return (
    <Card title="Allergies and conditions">
      <Facts
        facts={[
          ['Drug allergies', told('allergies', 'bad')],
          ['Conditions', told('conditions', 'neutral')],
        ]}
      />
    </Card>
  );
}

function Demographics({ patient, refusals }: PartProps) {
  const shown = (field: keyof PatientRecord, value: string | null | undefined) =>
    isWithheld(refusals, 'patient', field) ? <Withheld /> : value;
  const { address, coverage } = patient;
  const place = [address?.line, address?.postalCode, address?.city, address?.state, address?.country].filter(Boolean);
  return (
    <Card title="Person">
      <Facts
        facts={[
          ['Given names', shown('given', patient.given?.join(' '))],
          ['Family name', shown('family', patient.family)],
          ['Gender', shown('gender', patient.gender === null ? null : words(patient.gender))],
          ['Birth date', shown('birthDate', patient.birthDate === null ? null : day(patient.birthDate))],
          ['National identifier', shown('nationalIdentifier', patient.nationalIdentifier)],
          ['Telephone', shown('phone', patient.phone)],
          ['Email', shown('email', patient.email)],
          ['Address', shown('address', place.length === 0 ? null : place.join(', '))],
          ['Admitted', shown('admittedOn', patient.admittedOn === null ? null : day(patient.admittedOn))],
          ['Insurer', shown('coverage', coverage?.payor)],
          ['Member number', shown('coverage', coverage?.subscriberId)],
          ['Registered', instant(patient.registeredAt)],
        ]}
      />
    </Card>
  );
}
