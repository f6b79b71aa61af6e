import { Link } from 'react-router';
import type { Subject } from '../api/types.js';
import { page } from '../app/urls.js';
import { age, day, words } from '../ui/format.js';
import { Icon } from '../ui/Icon.js';
import { patientName } from './patientName.js';

/** Whose image or report this is: on every page where that could be mistaken. */
export function PatientStrip({ subject }: { subject: Subject | null | undefined }) {
  if (subject === null || subject === undefined) return null;
  return (
    <div className="patient-strip">
      <Icon name="user" />
      <Link to={page.patient(subject.id)}>{patientName(subject)}</Link>
      {subject.birthDate !== null && (
        <span>
          born {day(subject.birthDate)} ({age(subject.birthDate, new Date())})
        </span>
      )}
      {subject.gender !== null && <span>{words(subject.gender)}</span>}
      <span className="muted">
        Record <code>{subject.id.slice(0, 8)}</code>
      </span>
    </div>
  );
}
