/** The schema's types, as far as the operations of this portal select them. Fields that may be withheld are nullable. */

export type AdministrativeGender = 'MALE' | 'FEMALE' | 'OTHER' | 'UNKNOWN';
export type DiagnosticReportStatus = 'REGISTERED' | 'PRELIMINARY' | 'FINAL' | 'CANCELLED';
export type TaskStatus = 'REQUESTED' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
export type Finding = 'FINDING' | 'NO_FINDING' | 'UNCERTAIN' | 'OUT_OF_DISTRIBUTION';
export type CommunicationTopic = 'REPORT_PRELIMINARY' | 'DIAGNOSIS_FAILED';
export type AuditAction = 'CREATE' | 'READ' | 'UPDATE' | 'DELETE' | 'EXECUTE';
export type AuditOutcome = 'SUCCESS' | 'REFUSED' | 'FAILURE';
export type VerdictOutcome = 'ACCEPTED' | 'NOT_GENUINE' | 'NOT_ACCEPTABLE' | 'COULD_NOT_TELL';

export interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly endCursor: string | null;
}

export interface Subject {
  readonly id: string;
  readonly given: readonly string[] | null;
  readonly family: string | null;
  readonly birthDate: string | null;
  readonly gender: AdministrativeGender | null;
}

export interface PatientRow extends Subject {
  readonly registeredAt: string;
  readonly nationalIdentifier: string | null;
}

export interface Address {
  readonly line: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly postalCode: string | null;
  readonly country: string | null;
}

export interface PatientRecord extends PatientRow {
  readonly phone: string | null;
  readonly email: string | null;
  readonly address: Address | null;
  readonly allergies: readonly string[] | null;
  readonly conditions: readonly string[] | null;
  readonly admittedOn: string | null;
  readonly coverage: { readonly payor: string | null; readonly subscriberId: string | null } | null;
  readonly imagingStudies?: readonly StudyRow[] | null;
  readonly diagnosticReports?: readonly ReportRow[] | null;
}

export interface StudyRow {
  readonly id: string;
  readonly started: string;
  readonly modality: string | null;
  readonly bodySite: string | null;
  readonly synthetic: boolean;
  readonly rows: number;
  readonly columns: number;
}

export interface Task {
  readonly status: TaskStatus;
  readonly attempts: number;
  readonly failureCode: string | null;
  readonly failureReason: string | null;
}

export interface ReportRow {
  readonly id: string;
  readonly status: DiagnosticReportStatus;
  readonly requestedAt: string;
  readonly updatedAt: string;
  readonly task: Task;
  readonly observation: {
    readonly finding: Finding;
    readonly code: string;
    readonly probability: number | null;
  } | null;
}

export interface WorklistRow extends ReportRow {
  readonly subject: Subject | null;
}

export interface Observation {
  readonly finding: Finding;
  readonly code: string;
  readonly probability: number | null;
  readonly threshold: number;
  readonly outOfDistributionScore: number;
  readonly outOfDistributionThreshold: number;
  /** base64 */
  readonly classActivationMap: string | null;
  readonly device: { readonly model: string; readonly version: string; readonly sha256: string };
  readonly receipt: string;
  readonly effectiveAt: string;
}

export interface Report {
  readonly id: string;
  readonly status: DiagnosticReportStatus;
  readonly requestedAt: string;
  readonly updatedAt: string;
  readonly task: Task;
  readonly subject: Subject | null;
  readonly imagingStudy: StudyRow | null;
  readonly observation: Observation | null;
  readonly conclusion: string | null;
  readonly resultsInterpreter: string | null;
  readonly signedAt: string | null;
}

export interface Study extends StudyRow {
  readonly patient?: Subject | null;
  readonly diagnosticReports?: readonly ReportRow[] | null;
}

export interface Model {
  readonly id: string;
  readonly version: string;
  readonly sha256: string;
  readonly code: string;
  readonly intendedUse: string;
  readonly limits: readonly string[];
  readonly threshold: number;
  readonly uncertain: readonly number[];
  readonly metrics: readonly {
    readonly name: string;
    readonly value: number;
    readonly low: number | null;
    readonly high: number | null;
    readonly dataset: string;
    readonly n: number;
  }[];
}

export interface Notice {
  readonly id: string;
  readonly topic: CommunicationTopic;
  readonly sent: string;
  readonly acknowledgedAt: string | null;
  readonly acknowledgedBy: string | null;
  /** Absent for those who may not read reports. */
  readonly about?: {
    readonly id: string;
    readonly status: DiagnosticReportStatus;
    readonly subject?: Subject | null;
  } | null;
}

export interface AuditEntry {
  readonly id: string;
  readonly recorded: string;
  readonly action: AuditAction;
  readonly operation: string;
  readonly agent: string;
  readonly roles: readonly string[];
  readonly entities: readonly string[];
  readonly patientId: string | null;
  readonly outcome: AuditOutcome;
  readonly outcomeCode: string | null;
  readonly attestationResult: string | null;
}

export interface EnclaveState {
  readonly name: string;
  readonly reachable: boolean;
  readonly reason: string | null;
  readonly attestationResult: {
    readonly teeType: string;
    readonly simulated: boolean;
    readonly debug: boolean;
    readonly measurement: string;
    readonly issuedAt: number;
    readonly expiresAt: number;
  } | null;
  readonly verdicts: readonly {
    readonly policy: string;
    readonly outcome: VerdictOutcome;
    readonly code: string | null;
    readonly failures: readonly { readonly claim: string; readonly expected: string; readonly actual: string }[];
  }[];
}

export interface RegisterPatientInput {
  readonly given: readonly string[];
  readonly family: string;
  readonly gender?: AdministrativeGender;
  readonly birthDate: string;
  readonly nationalIdentifier?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly address?: Partial<Record<keyof Address, string>>;
  readonly allergies?: readonly string[];
  readonly conditions?: readonly string[];
  readonly admittedOn?: string;
  readonly coverage?: { readonly payor?: string; readonly subscriberId?: string };
}
