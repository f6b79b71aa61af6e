import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { Caller } from '../../runtime/caller.js';
import type { Release } from '../enforcement/decide.js';

/** What one request carries through Apollo. */
export interface RequestContext {
  readonly caller: Caller;
  /** The attestation result of a caller that is an enclave. */
  readonly callerResult?: AttestationResult;
  readonly requestId: string;
  /** Filled in by the executor. Apollo Server copies the context, so what must come back is one level below. */
  readonly outcome: {
    /** What must be said with attested values in the answer. */
    release?: Release;
  };
}
