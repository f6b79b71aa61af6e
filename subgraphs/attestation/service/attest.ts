import type { Claims } from '../../../enclave/results/evidenceClaims.js';
import { parseAttestationPolicy } from '../../../enclave/policyLanguage/parsePolicy.js';
import { cloisterClaims, initTimeClaims, runtimeClaims, sortKeys } from '../../../enclave/results/evidenceClaims.js';
import { configurationOf } from '../../../enclave/policyLanguage/evaluatePolicy.js';
import type { EvaluationLimits } from '../../../enclave/policyLanguage/evaluationLimits.js';
import type { AttestationPolicy } from '../../../enclave/policyLanguage/policy.js';
import { Refusal } from '../../../enclave/refusals.js';
import { applyPolicy, DRAFT_LIMITS, IN_FORCE_LIMITS } from './applyPolicy.js';
import type { AttestRequest } from './attestRequest.js';
import { ProtocolRefusal } from './azureError.js';
import { looksLikeCompactJws, parseCompactJws } from './compactJws.js';
import type { Policies, PolicyInForce } from './policies.js';
import { policyHash, readPolicy } from './policies.js';
import type { SigningKeys } from './signingKeys.js';
import { RESULT_SECONDS, signToken, unsignedToken } from './token.js';
import type { VerifiedEvidence, VerifyEvidenceOptions } from '../../../runtime/evidence/verifyEvidence.js';
import { createVerifyEvidence } from '../../../runtime/evidence/verifyEvidence.js';

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
    const policy = draft ?? { ...policies.inForce(request.kind), limits: IN_FORCE_LIMITS };
    requireBaseline(policy.policy, verified.facts.tcbEvaluationDataNumber);
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

interface AppliedPolicy extends Pick<PolicyInForce, 'policy' | 'hash' | 'signer'> {
  readonly limits: EvaluationLimits;
}

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
    ...applyPolicy(applied.policy, sortKeys(established) as Claims, applied.limits),
    'x-ms-policy-hash': applied.hash,
    ...(applied.signer && { 'x-ms-policy-signer': applied.signer }),
  };
}

const BASELINE_PROPERTY = 'x-ms-sgx-tcbidentifier';

/**
 * A policy can demand how new the vendor's tables are by which a platform was judged: Azure's identifiers of baselines are
 * their numbers. `azuredefault` leaves it to the service, which always takes the newest that it has.
 *
 * @throws Refusal EVIDENCE_TCB_INVALID where they are older, BAD_INPUT where the policy names no number.
 */
function requireBaseline(policy: AttestationPolicy, number: number | undefined): void {
  for (const { type, value } of configurationOf(policy)) {
    if (type !== BASELINE_PROPERTY || value === 'azuredefault' || number === undefined) continue;
    const demanded = /^\d{1,6}$/.test(String(value)) ? Number(value) : NaN;
    if (Number.isNaN(demanded))
      throw new ProtocolRefusal('PolicyEvaluationError', 'BAD_INPUT', `${BASELINE_PROPERTY} is not a number.`);
    if (number < demanded)
      throw new Refusal(
        'EVIDENCE_TCB_INVALID',
        `The policy demands TCB evaluation data ${demanded}, and the platform was judged by ${number}.`,
      );
  }
}

/** A draft needs no signer: what comes of it is not signed either. */
function draftOf(draft: string): AppliedPolicy {
  const { text, policy } = looksLikeCompactJws(draft)
    ? readPolicy(parseCompactJws(draft))
    : { text: draft, policy: parseAttestationPolicy(draft) };
  return { policy, hash: policyHash(text), signer: undefined, limits: DRAFT_LIMITS };
}
