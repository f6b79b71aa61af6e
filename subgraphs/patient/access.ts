import { Refusal } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';

/**
 * Which scope each entry into the record needs; any one of a line is enough. The gateway enforces the same from
 * `@requiresScopes` in schema/patient.graphql, and a test compares the two: should the gateway fail, this still holds.
 */
export const SCOPES = {
  'Query.patient': ['user/Patient.read'],
  'Query.patients': ['user/Patient.read'],
  'Query.imagingStudy': ['user/ImagingStudy.read', 'system/ImagingStudy.read'],
  'Query.diagnosticReport': ['user/DiagnosticReport.read'],
  'Query.diagnosticReports': ['user/DiagnosticReport.read'],
  'Query.communications': ['user/Communication.read'],
  'Query.auditEvents': ['user/AuditEvent.read'],
  'Mutation.registerPatient': ['user/Patient.write'],
  'Mutation.requestDiagnosis': ['user/DiagnosticReport.request'],
  'Mutation.signDiagnosticReport': ['user/DiagnosticReport.sign'],
  'Mutation.rejectDiagnosticReport': ['user/DiagnosticReport.sign'],
  'Mutation.acknowledgeCommunication': ['user/Communication.write'],
  'Patient.imagingStudies': ['user/ImagingStudy.read'],
  'Patient.diagnosticReports': ['user/DiagnosticReport.read'],
  'ImagingStudy.patient': ['user/Patient.read'],
  'ImagingStudy.imageReference': ['system/ImagingStudy.read'],
  'ImagingStudy.diagnosticReports': ['user/DiagnosticReport.read'],
  'DiagnosticReport.subject': ['user/Patient.read'],
  'DiagnosticReport.imagingStudy': ['user/ImagingStudy.read'],
} as const satisfies Record<string, readonly string[]>;

/** The same for the ways in that have no directive: entities by key, and routes that are not GraphQL. */
export const OTHER_SCOPES = {
  'entity Patient': ['user/Patient.read'],
  'entity ImagingStudy': ['user/ImagingStudy.read', 'system/ImagingStudy.read'],
  'entity DiagnosticReport': ['user/DiagnosticReport.read'],
  'entity Communication': ['user/Communication.read'],
  'Communication.about': ['user/DiagnosticReport.read'],
  'POST /imaging-studies': ['user/ImagingStudy.write'],
  'GET /imaging-studies/{id}/rendition': ['user/ImagingStudy.read'],
} as const satisfies Record<string, readonly string[]>;

export type Entry = keyof typeof SCOPES | keyof typeof OTHER_SCOPES;

/** @throws Refusal UNAUTHENTICATED for anonymous callers, SCOPE_MISSING for callers without any of the scopes. */
export function requireAccess(caller: Caller, entry: Entry): void {
  const accepted: readonly string[] = { ...SCOPES, ...OTHER_SCOPES }[entry];
  if (accepted.some((scope) => caller.scopes.includes(scope))) return;
  if (caller.kind === 'anonymous') throw new Refusal('UNAUTHENTICATED', 'This needs a signed-in caller.');
  throw new Refusal('SCOPE_MISSING', `This needs the scope ${accepted.join(' or ')}.`);
}
