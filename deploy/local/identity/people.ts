/** The demonstration staff, what each role may do, and the one password. All of it is public: nothing here guards anything. */

export interface Person {
  /** The account: `sub` of every token. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
}

export type Role = 'clerk' | 'clinician' | 'radiologist' | 'auditor';

export const DEMONSTRATION_PASSWORD = 'cloister';

export const people: readonly Person[] = [
  { id: 'clerk', name: 'Demo clerk', roles: ['clerk'] },
  { id: 'clinician', name: 'Demo clinician', roles: ['clinician'] },
  { id: 'radiologist', name: 'Demo radiologist', roles: ['radiologist'] },
  { id: 'auditor', name: 'Demo auditor', roles: ['auditor'] },
];

/** What each role is for, as the table at the start and the sign-in page say it. */
export const ROLE_DESCRIPTIONS: Readonly<Record<Role, string>> = {
  clerk: 'registers patients and uploads images',
  clinician: 'does that, requests diagnoses and signs reports off',
  radiologist: 'reads studies, requests diagnoses and signs reports off',
  auditor: 'reads the audit trail and the attestation results, no patient',
};

/** SMART on FHIR scopes by role. */
const SCOPES: Readonly<Record<Role, readonly string[]>> = {
  clerk: [
    'user/Patient.read',
    'user/Patient.write',
    'user/ImagingStudy.read',
    'user/ImagingStudy.write',
    'user/Communication.read',
    'user/Communication.write',
  ],
  clinician: [
    'user/Patient.read',
    'user/Patient.write',
    'user/ImagingStudy.read',
    'user/ImagingStudy.write',
    'user/Communication.read',
    'user/Communication.write',
    'user/DiagnosticReport.read',
    'user/DiagnosticReport.request',
    'user/DiagnosticReport.sign',
    'user/AttestationResult.read',
  ],
  radiologist: [
    'user/Patient.read',
    'user/ImagingStudy.read',
    'user/ImagingStudy.write',
    'user/DiagnosticReport.read',
    'user/DiagnosticReport.request',
    'user/DiagnosticReport.sign',
    'user/Communication.read',
    'user/Communication.write',
    'user/AttestationResult.read',
  ],
  auditor: ['user/AuditEvent.read', 'user/AttestationResult.read'],
};

export const allScopes: readonly string[] = [...new Set(Object.values(SCOPES).flat())];

export function personOf(id: string): Person | undefined {
  return people.find((person) => person.id === id);
}

/** What a token of this person holds: of the scopes asked for those that the roles give; all of them where none was asked for. */
export function grantedScopes(person: Person, asked: readonly string[]): string[] {
  const given = [...new Set(person.roles.flatMap((role) => SCOPES[role]))];
  const askedHere = asked.filter((scope) => allScopes.includes(scope));
  return askedHere.length === 0 ? given : given.filter((scope) => askedHere.includes(scope));
}
