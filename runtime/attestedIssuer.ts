import { identify } from '../enclave/appraisal/appraise.js';
import type { ReferenceValues } from '../enclave/appraisal/policy.js';
import { toRefusal } from '../enclave/refusals.js';
import { attestedSigner } from '../enclave/results/attestedSigner.js';
import { readClaims } from '../enclave/results/claims.js';
import { cloisterClaims } from '../enclave/results/evidenceClaims.js';
import { nodePrimitives } from '../enclave/verification/nodePrimitives.js';
import type { EvidenceRequest, VerifiedEvidence } from './evidence/verifyEvidence.js';

/** The name under which reference values know the attestation service. */
export const ATTESTATION_SERVICE = 'attestation-service';

export interface AttestedIssuerOptions {
  /** @throws Refusal */
  readonly verifyEvidence: (request: EvidenceRequest) => Promise<VerifiedEvidence>;
  readonly referenceValues: ReferenceValues;
  /** Development only: no hardware stands behind such evidence. */
  readonly acceptsSimulated: boolean;
}

/**
 * Was this signing certificate's key made in the attestation service's own enclave? Its quote has to be genuine, to vouch for
 * this very key, to be of no debug enclave, and to measure to a reference value of `attestation-service`. The TCB status is not
 * looked at: whoever demands an attested issuer decides about platforms by policy, and this one has no result to appraise.
 *
 * @returns a function for `loadTrust`; it throws where it cannot be told now, for instance without collateral.
 */
export function createIsAttested(options: AttestedIssuerOptions): (certificate: Uint8Array) => Promise<boolean> {
  const { acceptsSimulated, referenceValues, verifyEvidence } = options;
  return async (certificate) => {
    const signer = attestedSigner(certificate, nodePrimitives);
    if (!signer?.holdsKey) return false;
    const kind = signer.report.tee === 'tdx' ? 'TdxVm' : 'SgxEnclave';
    const verified = await verifyEvidence({ kind, evidence: signer.quote }).catch(falseWhereWrong);
    if (verified === false || (verified.facts.simulated && !acceptsSimulated)) return false;
    const shown = readClaims(NOBODY, { ...verified.claims, ...cloisterClaims(verified.facts), 'x-ms-ver': '1.0' });
    return !shown.debug && identify(shown, referenceValues) === ATTESTATION_SERVICE;
  };
}

/** What is wrong is an answer; what could not be told is none. */
function falseWhereWrong(thrown: unknown): false {
  const refusal = toRefusal(thrown);
  if (refusal.definition.kind === 'could-not-tell' || refusal.code === 'INTERNAL') throw refusal;
  return false;
}

/** The evidence came without a result: nobody issued these claims. */
const NOBODY = {
  id: ATTESTATION_SERVICE,
  issuer: ATTESTATION_SERVICE,
  format: 'azure',
  attestedIssuer: undefined,
  token: '',
  times: { issuedAt: 0, validFrom: 0, expiresAt: 0 },
} as const;
