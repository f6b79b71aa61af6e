import type * as api from './types.js';

/** A GraphQL operation with the types of its answer and its variables, which exist at compile time only. */
export interface Operation<Data, Variables> {
  readonly name: string;
  readonly text: string;
  readonly types?: { readonly data: Data; readonly variables: Variables };
}

function operation<Data, Variables = Record<string, never>>(text: string): Operation<Data, Variables> {
  const name = /^\s*(?:query|mutation) (\w+)/.exec(text)?.[1];
  if (name === undefined) throw new TypeError('An operation of the portal must have a name.');
  return { name, text };
}

const SUBJECT = 'id given family birthDate gender';
const TASK = 'task { status attempts failureCode failureReason }';
const STUDY_ROW = 'id started modality bodySite synthetic rows columns';
const REPORT_ROW = `id status requestedAt updatedAt ${TASK} observation { finding code probability }`;

/** Two pages of one list: what waits for a clinician must not be pushed out by what does not. */
export const WORKLIST = operation<{
  readonly preliminary: api.Page<api.WorklistRow> | null;
  readonly registered: api.Page<api.WorklistRow> | null;
  readonly recent: api.Page<api.WorklistRow> | null;
}>(`query Worklist {
  preliminary: diagnosticReports(status: PRELIMINARY, first: 50) { nodes { ...Row } endCursor }
  registered: diagnosticReports(status: REGISTERED, first: 50) { nodes { ...Row } endCursor }
  recent: diagnosticReports(first: 30) { nodes { ...Row } endCursor }
}
fragment Row on DiagnosticReport { ${REPORT_ROW} subject { ${SUBJECT} } }`);

export const PATIENTS = operation<
  { readonly patients: api.Page<api.PatientRow> | null },
  { search: string | null; first: number; after: string | null }
>(`query Patients($search: String, $first: Int!, $after: String) {
  patients(search: $search, first: $first, after: $after) {
    nodes { ${SUBJECT} registeredAt nationalIdentifier }
    endCursor
  }
}`);

export const PATIENT = operation<
  { readonly patient: api.PatientRecord | null },
  { id: string; withStudies: boolean; withReports: boolean }
>(`query Patient($id: ID!, $withStudies: Boolean!, $withReports: Boolean!) {
  patient(id: $id) {
    ${SUBJECT} registeredAt nationalIdentifier phone email
    address { line city state postalCode country }
    allergies conditions admittedOn
    coverage { payor subscriberId }
    imagingStudies(first: 50) @include(if: $withStudies) { ${STUDY_ROW} }
    diagnosticReports(first: 50) @include(if: $withReports) { ${REPORT_ROW} }
  }
}`);

export const REGISTER_PATIENT = operation<
  { readonly registerPatient: { readonly id: string } | null },
  { input: api.RegisterPatientInput }
>(`mutation RegisterPatient($input: RegisterPatientInput!) {
  registerPatient(input: $input) { id }
}`);

export const IMAGING_STUDY = operation<
  { readonly imagingStudy: api.Study | null },
  { id: string; withPatient: boolean; withReports: boolean }
>(`query ImagingStudy($id: ID!, $withPatient: Boolean!, $withReports: Boolean!) {
  imagingStudy(id: $id) {
    ${STUDY_ROW}
    patient @include(if: $withPatient) { ${SUBJECT} }
    diagnosticReports @include(if: $withReports) { ${REPORT_ROW} }
  }
}`);

export const DIAGNOSTIC_REPORT = operation<{ readonly diagnosticReport: api.Report | null }, { id: string }>(
  `query DiagnosticReport($id: ID!) {
  diagnosticReport(id: $id) {
    id status requestedAt updatedAt ${TASK}
    subject { ${SUBJECT} }
    imagingStudy { ${STUDY_ROW} }
    observation {
      finding code probability threshold outOfDistributionScore outOfDistributionThreshold
      classActivationMap device { model version sha256 } receipt effectiveAt
    }
    conclusion resultsInterpreter signedAt
  }
}`,
);

/** Small, because it runs every second while a diagnosis is under way. */
export const DIAGNOSIS_PROGRESS = operation<
  { readonly diagnosticReport: Pick<api.Report, 'id' | 'status' | 'task'> | null },
  { id: string }
>(`query DiagnosisProgress($id: ID!) {
  diagnosticReport(id: $id) { id status ${TASK} }
}`);

export const REQUEST_DIAGNOSIS = operation<
  { readonly requestDiagnosis: { readonly id: string } | null },
  { imagingStudyId: string }
>(`mutation RequestDiagnosis($imagingStudyId: ID!) {
  requestDiagnosis(imagingStudyId: $imagingStudyId) { id }
}`);

export const SIGN_REPORT = operation<
  { readonly signDiagnosticReport: { readonly id: string } | null },
  { id: string; conclusion: string | null }
>(`mutation SignDiagnosticReport($id: ID!, $conclusion: String) {
  signDiagnosticReport(id: $id, conclusion: $conclusion) { id status }
}`);

export const REJECT_REPORT = operation<
  { readonly rejectDiagnosticReport: { readonly id: string } | null },
  { id: string; reason: string }
>(`mutation RejectDiagnosticReport($id: ID!, $reason: String!) {
  rejectDiagnosticReport(id: $id, reason: $reason) { id status }
}`);

export const DIAGNOSIS_MODEL = operation<{ readonly diagnosisModel: api.Model | null }, { id: string }>(
  `query DiagnosisModel($id: ID!) {
  diagnosisModel(id: $id) {
    id version sha256 code intendedUse limits threshold uncertain
    metrics { name value low high dataset n }
  }
}`,
);

export const DIAGNOSIS_MODELS = operation<{
  readonly diagnosisModels: readonly Pick<api.Model, 'id' | 'version' | 'code' | 'intendedUse' | 'limits'>[] | null;
}>(`query DiagnosisModels {
  diagnosisModels { id version code intendedUse limits }
}`);

export const UNREAD_NOTICES = operation<{ readonly communications: readonly { readonly id: string }[] | null }>(
  `query UnreadNotices {
  communications(acknowledged: false, first: 50) { id }
}`,
);

export const NOTICES = operation<{ readonly communications: readonly api.Notice[] | null }, { withReports: boolean }>(
  `query Notices($withReports: Boolean!) {
  communications(first: 50) {
    id topic sent acknowledgedAt acknowledgedBy
    about @include(if: $withReports) { id status subject { ${SUBJECT} } }
  }
}`,
);

export const ACKNOWLEDGE_NOTICE = operation<
  { readonly acknowledgeCommunication: { readonly id: string } | null },
  { id: string }
>(`mutation AcknowledgeCommunication($id: ID!) {
  acknowledgeCommunication(id: $id) { id acknowledgedAt acknowledgedBy }
}`);

export const AUDIT_EVENTS = operation<
  { readonly auditEvents: api.Page<api.AuditEntry> | null },
  { patientId: string | null; first: number; after: string | null }
>(`query AuditEvents($patientId: ID, $first: Int!, $after: String) {
  auditEvents(patientId: $patientId, first: $first, after: $after) {
    nodes {
      id recorded action operation agent roles entities patientId outcome outcomeCode attestationResult
    }
    endCursor
  }
}`);

export const ENCLAVES = operation<{ readonly enclaves: readonly api.EnclaveState[] | null }>(
  `query Enclaves {
  enclaves {
    name reachable reason
    attestationResult { teeType simulated debug measurement issuedAt expiresAt }
    verdicts { policy outcome code failures { claim expected actual } }
  }
}`,
);
