import type { ClaimFailure, RefusalCode } from '../../enclave/refusals.js';
import type { EvidenceKind } from './evidence.js';
import type { Verdict, VerdictOutcome } from './verdict.js';

/** What was found of evidence (type EvidenceAppraisal of the schema). */
export interface EvidenceAppraisal {
  readonly id: string;
  readonly kind: EvidenceKind;
  /** Hex. */
  readonly evidenceSha256: string;
  /** Seconds since 1970. */
  readonly receivedAt: number;
  readonly verification: Verification;
  readonly resultId: string | null;
  readonly verdicts: readonly Verdict[];
}

/** What the attestation service said, and whether it is believed (type Verification of the schema). */
export interface Verification {
  readonly outcome: VerdictOutcome;
  readonly code: RefusalCode | null;
  readonly serviceCode: string | null;
  readonly reason: string | null;
  readonly failures: readonly ClaimFailure[];
  readonly service: string;
}
