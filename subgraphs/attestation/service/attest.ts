import type { Claims } from '../../../enclave/results/evidenceClaims.js';
import { cloisterClaims, initTimeClaims, runtimeClaims, sortKeys } from '../../../enclave/results/evidenceClaims.js';
import { applyPolicy } from './applyPolicy.js';
import type { AttestRequest } from './attestRequest.js';
import { looksLikeCompactJws, parseCompactJws } from './compactJws.js';
import type { Policies, PolicyInForce } from './policies.js';
import { readPolicy } from './policies.js';
import { attestationPolicyHash, parseAttestationPolicy } from './policyEngine.js';
import type { SigningKeys } from './signingKeys.js';
import { RESULT_SECONDS, signToken, unsignedToken } from './token.js';
import type { VerifiedEvidence, VerifyEvidenceOptions } from './verifyEvidence.js';
import { createVerifyEvidence } from './verifyEvidence.js';

export interface AttestOptions extends VerifyEvidenceOptions {
  /** `iss` of the results, a URL without trailing slash. */
  readonly issuer: string;
  readonly keys: SigningKeys;
  readonly policies: Policies;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** An attestation result, and what the log may say about it. */
export interface SignedResult {
  readonly token: string;
  readonly id: string;
  readonly measurement: string;
  readonly simulated: boolean;
}

/**
 * Verifies evidence, lets the policy judge it, and signs what both say.
 *
 * @returns a function that throws a Refusal where the evidence is not genuine, not bound to its data, or denied.
 */
export function createAttest(options: AttestOptions): (request: AttestRequest) => Promise<SignedResult> {
  const { issuer, keys, policies, now, randomBytes } = options;
  const verifyEvidence = createVerifyEvidence(options);
  return async (request) => {
    const draft = request.draftPolicy === undefined ? undefined : draftOf(request.draftPolicy);
    const verified = await verifyEvidence(request);
    const policy = draft ?? policies.inForce(request.kind);
    const id = Buffer.from(randomBytes(32)).toString('hex');
    const claims = { ...resultClaims(request, verified, policy), jti: id };
    const context = { issuer, now: now(), lifetimeSeconds: RESULT_SECONDS };
    return {
      token: (draft ? unsignedToken : signToken)(claims, context, keys.current()),
      id,
      measurement: verified.measurement,
      simulated: verified.facts.simulated,
    };
  };
}

type AppliedPolicy = Pick<PolicyInForce, 'policy' | 'hash' | 'signer'>;

function resultClaims(request: AttestRequest, verified: VerifiedEvidence, applied: AppliedPolicy): Claims {
  const established: Claims = {
    ...verified.claims,
    ...runtimeClaims(verified.tee, request.runtimeData),
    ...initTimeClaims(request.initTimeData),
    ...cloisterClaims(verified.facts),
    ...(request.nonce !== undefined && { nonce: request.nonce }),
    'x-ms-ver': '1.0',
  };
  return {
    // Sorted first: what is nested too deeply is refused here, and a policy sees objects as the token will hold them.
    ...applyPolicy(applied.policy, sortKeys(established) as Claims),
    'x-ms-policy-hash': applied.hash,
    ...(applied.signer && { 'x-ms-policy-signer': applied.signer }),
  };
}

/** A draft needs no signer: what comes of it is not signed either. */
function draftOf(draft: string): AppliedPolicy {
  const { text, policy } = looksLikeCompactJws(draft)
    ? readPolicy(parseCompactJws(draft))
    : { text: draft, policy: parseAttestationPolicy(draft) };
  return { policy, hash: attestationPolicyHash(text), signer: undefined };
}
