import type { Subject } from '../api/types.js';

/** The name as it is filed; where it was withheld, what is left to tell records apart. */
export function patientName(subject: Pick<Subject, 'id' | 'family' | 'given'> | null | undefined): string {
  if (subject === null || subject === undefined) return 'Patient withheld';
  if (subject.family === null && subject.given === null) return `Name withheld (record ${subject.id.slice(0, 8)})`;
  return [subject.family, subject.given?.join(' ')].filter(Boolean).join(', ');
}
