import type { ImageContentType } from '../../runtime/images/image.js';

/** What the record holds, as types. Names follow FHIR R4; what is health data is said in schema/patient.graphql. */

/** What is known of a person. All of it is health data. */
export interface PatientRecord {
  readonly given: readonly string[];
  readonly family: string;
  readonly gender: AdministrativeGender | null;
  /** YYYY-MM-DD, as all days. */
  readonly birthDate: string;
  readonly nationalIdentifier: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly address: Address | null;
  readonly allergies: readonly string[] | null;
  readonly conditions: readonly string[] | null;
  readonly admittedOn: string | null;
  readonly coverage: Coverage | null;
}

export interface Patient extends PatientRecord {
  readonly id: string;
  readonly registeredAt: Date;
}

export type AdministrativeGender = 'MALE' | 'FEMALE' | 'OTHER' | 'UNKNOWN';

export const ADDRESS_FIELDS = ['line', 'city', 'state', 'postalCode', 'country'] as const;
export type Address = Readonly<Record<(typeof ADDRESS_FIELDS)[number], string | null>>;

export interface Coverage {
  readonly payor: string | null;
  readonly subscriberId: string | null;
}

/** What is known of an image, besides its bytes. */
export interface ImageDescription {
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: ImageContentType;
  /** What an inference enclave gets: the pixels as a graymap, without anything else that the file says. */
  readonly graymap: { readonly sha256: string; readonly size: number };
  readonly modality: string | null;
  readonly bodySite: string | null;
  readonly synthetic: boolean;
  readonly rows: number;
  readonly columns: number;
}

export interface ImagingStudy extends ImageDescription {
  readonly id: string;
  readonly patientId: string;
  readonly started: Date;
}

export type DiagnosticReportStatus = 'REGISTERED' | 'PRELIMINARY' | 'FINAL' | 'CANCELLED';

export interface DiagnosticReport {
  readonly id: string;
  readonly patientId: string;
  readonly imagingStudyId: string;
  readonly status: DiagnosticReportStatus;
  readonly requestedAt: Date;
  readonly updatedAt: Date;
  readonly task: Task;
  readonly conclusion: string | null;
  readonly resultsInterpreter: string | null;
  readonly signedAt: Date | null;
}

export interface Task {
  readonly status: 'REQUESTED' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly attempts: number;
  readonly failureCode: string | null;
  readonly failureReason: string | null;
}

/** What the model answered, as it is kept. */
export interface Observation {
  readonly finding: 'FINDING' | 'NO_FINDING' | 'UNCERTAIN' | 'OUT_OF_DISTRIBUTION';
  readonly code: string;
  readonly probability: number | null;
  readonly threshold: number;
  readonly outOfDistributionScore: number;
  readonly outOfDistributionThreshold: number;
  /** Base64 of a grey PNG. */
  readonly classActivationMap: string | null;
  readonly device: Device;
  /** JWS of the inference enclave. */
  readonly receipt: string;
  /** ISO 8601. */
  readonly effectiveAt: string;
}

export interface Device {
  readonly model: string;
  readonly version: string;
  /** SHA-256 of the model file, hex. */
  readonly sha256: string;
}

export type CommunicationTopic = 'REPORT_PRELIMINARY' | 'DIAGNOSIS_FAILED';

export interface Communication {
  readonly id: string;
  readonly topic: CommunicationTopic;
  readonly sent: Date;
  readonly diagnosticReportId: string;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
}

/** One entry of the audit trail (FHIR R4 AuditEvent, IHE BALP). It names records and never holds their content. */
export interface AuditEvent {
  readonly id: string;
  readonly recorded: Date;
  /** https://hl7.org/fhir/R4/valueset-audit-event-action.html */
  readonly action: AuditAction;
  /** For instance Patient.read. */
  readonly operation: string;
  readonly agent: string;
  readonly roles: readonly string[];
  /** FHIR references, Type/id. */
  readonly entities: readonly string[];
  readonly patientId: string | null;
  readonly outcome: 'SUCCESS' | 'REFUSED' | 'FAILURE';
  readonly outcomeCode: string | null;
  /** jti of the attestation result on which an enclave acted or received. */
  readonly attestationResult: string | null;
}

export type AuditAction = 'CREATE' | 'READ' | 'UPDATE' | 'DELETE' | 'EXECUTE';
