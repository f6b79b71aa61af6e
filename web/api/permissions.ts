import type { Account } from '../session/account.js';

/**
 * What the screen offers to whom. The gateway decides from `@requiresScopes`; each row names the line of the schema that
 * it mirrors, and a test compares the two.
 */
export const PERMISSIONS = {
  readPatients: { scope: 'user/Patient.read', field: 'Query.patients' },
  registerPatient: { scope: 'user/Patient.write', field: 'Mutation.registerPatient' },
  readImagingStudies: { scope: 'user/ImagingStudy.read', field: 'Query.imagingStudy' },
  /** A route of the gateway, not a field. */
  uploadImage: { scope: 'user/ImagingStudy.write', field: undefined },
  readReports: { scope: 'user/DiagnosticReport.read', field: 'Query.diagnosticReports' },
  requestDiagnosis: { scope: 'user/DiagnosticReport.request', field: 'Mutation.requestDiagnosis' },
  signReport: { scope: 'user/DiagnosticReport.sign', field: 'Mutation.signDiagnosticReport' },
  rejectReport: { scope: 'user/DiagnosticReport.sign', field: 'Mutation.rejectDiagnosticReport' },
  readNotices: { scope: 'user/Communication.read', field: 'Query.communications' },
  acknowledgeNotice: { scope: 'user/Communication.write', field: 'Mutation.acknowledgeCommunication' },
  readAudit: { scope: 'user/AuditEvent.read', field: 'Query.auditEvents' },
} as const satisfies Record<string, { scope: string; field: string | undefined }>;

export type Permission = keyof typeof PERMISSIONS;

export function may(account: Account, permission: Permission): boolean {
  return account.scopes.has(PERMISSIONS[permission].scope);
}

/** Why a control is disabled, for the person in front of it; undefined where it is not. */
export function whyNot(account: Account, permission: Permission): string | undefined {
  if (may(account, permission)) return undefined;
  const role = account.roles.length === 0 ? 'This account' : `The role ${account.roles.join(', ')}`;
  return `${role} does not have ${PERMISSIONS[permission].scope}, which this needs.`;
}
