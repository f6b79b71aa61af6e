import type { ClaimFailure, Refusal, RefusalCode } from '../../enclave/refusals.js';
import { refusedPeer } from '../../enclave/channel/peer.js';

/** Genuine and accepted, or one of the three answers that must never blur (enum of the schema). */
export type VerdictOutcome = 'ACCEPTED' | 'NOT_GENUINE' | 'NOT_ACCEPTABLE' | 'COULD_NOT_TELL';

/** What one policy says (type Verdict of the schema). */
export interface Verdict {
  readonly policy: string;
  /** Hex digest of the policy's document, see policyHistory.ts. */
  readonly policySha256: string;
  readonly outcome: VerdictOutcome;
  readonly code: RefusalCode | null;
  /** Null where accepted. */
  readonly reason: string | null;
  readonly failures: readonly ClaimFailure[];
}

/** Whatever is neither said to be forged nor said to be unacceptable could not be told. */
export function outcomeOf(refusal: Refusal): Exclude<VerdictOutcome, 'ACCEPTED'> {
  const { outcome } = refusedPeer(refusal);
  // A refused peer is never an accepted one; its type cannot say so.
  return outcome === 'ACCEPTED' ? 'COULD_NOT_TELL' : outcome;
}
