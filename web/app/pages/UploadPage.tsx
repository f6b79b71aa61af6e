import { useRef, useState, type DragEvent, type SubmitEvent } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useApi } from '../../api/Api.js';
import { PATIENT } from '../../api/operations.js';
import type { ReadableError } from '../../api/readableError.js';
import { useQuery } from '../../api/useQuery.js';
import { PatientStrip } from '../../components/PatientStrip.js';
import { Refusals } from '../../components/Refusals.js';
import { Button } from '../../ui/Button.js';
import { Card } from '../../ui/Card.js';
import { Field } from '../../ui/Field.js';
import { Page } from '../../ui/Page.js';
import { percent } from '../../ui/format.js';
import { page } from '../urls.js';

const LARGEST_MEGABYTES = 64;
const BYTES_PER_MEGABYTE = 1024 * 1024;

export function UploadPage() {
  const { id = '' } = useParams();
  const { data } = useQuery(PATIENT, { id, withStudies: false, withReports: false });
  const api = useApi();
  const navigate = useNavigate();
  const [file, setFile] = useState<File>();
  const [problem, setProblem] = useState<string>();
  const [sent, setSent] = useState<number>();
  const [refusals, setRefusals] = useState<readonly ReadableError[]>([]);
  const upload = useRef<AbortController>(undefined);

  function choose(chosen: File | undefined) {
    setFile(chosen);
    setRefusals([]);
    setProblem(problemOf(chosen));
  }

  async function onSubmit(event: SubmitEvent) {
    event.preventDefault();
    const found = problemOf(file);
    setProblem(found);
    if (file === undefined || found !== undefined || sent !== undefined) return;
    setRefusals([]);
    setSent(0);
    upload.current = new AbortController();
    try {
      const answer = await api.upload(id, file, setSent, upload.current.signal);
      setRefusals(answer.refusals);
      if (answer.data !== undefined) void navigate(page.imagingStudy(answer.data.id), { replace: true });
    } catch {
      setProblem('The upload was stopped; nothing was stored.');
    } finally {
      setSent(undefined);
    }
  }

  function onDrop(event: DragEvent) {
    event.preventDefault();
    choose(event.dataTransfer.files[0]);
  }

  return (
    <Page title="Upload an image" lead={<PatientStrip subject={data?.patient} />}>
      <Card title="Chest film">
        <form
          onSubmit={(event) => void onSubmit(event)}
          noValidate
          onDragOver={(event) => event.preventDefault()}
          onDrop={onDrop}
        >
          <Field
            id="image"
            label="Image file"
            required
            hint={`DICOM, PNG or JPEG, at most ${LARGEST_MEGABYTES} MB. You can also drop the file here. The file goes to the patient service’s enclave as it is.`}
            error={problem}
          >
            {(control) => (
              <input
                {...control}
                type="file"
                accept=".dcm,.dicom,application/dicom,image/png,image/jpeg"
                onChange={(event) => choose(event.target.files?.[0])}
              />
            )}
          </Field>
          {file !== undefined && (
            <p>
              {file.name}, {(file.size / BYTES_PER_MEGABYTE).toFixed(2)} MB
            </p>
          )}
          <div className="row">
            <Button type="submit" look="primary" icon="upload" busy={sent !== undefined}>
              Upload
            </Button>
            {sent !== undefined && <Button onClick={() => upload.current?.abort()}>Stop</Button>}
          </div>
        </form>
        <Sending sent={sent} />
        <Refusals refusals={refusals} />
      </Card>
    </Page>
  );
}

function Sending({ sent }: { sent: number | undefined }) {
  if (sent === undefined) return null;
  const words = sent < 1 ? `Sending: ${percent(sent)}` : 'Sent; the image is being decoded and sealed.';
  return (
    <div className="sending">
      <progress value={sent} max={1} aria-label="Upload" />
      <p role="status">{words}</p>
    </div>
  );
}

function problemOf(file: File | undefined): string | undefined {
  if (file === undefined) return 'Choose an image file.';
  if (file.size === 0) return 'The file is empty.';
  if (file.size > LARGEST_MEGABYTES * BYTES_PER_MEGABYTE) return `The file has more than ${LARGEST_MEGABYTES} MB.`;
  return undefined;
}
