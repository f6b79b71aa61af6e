import type { PolicyClaim } from '../../../enclave/policyLanguage/claims.js';
import type { EvaluationLimits } from '../../../enclave/policyLanguage/evaluationLimits.js';
import { evaluateAttestationPolicy } from '../../../enclave/policyLanguage/evaluatePolicy.js';
import type { AttestationPolicy } from '../../../enclave/policyLanguage/policy.js';
import type { Claims } from '../../../enclave/results/evidenceClaims.js';
import { Refusal } from '../../../enclave/refusals.js';
import { ProtocolRefusal } from './azureError.js';

/**
 * What only the service may say. A policy that issues such a name is heard in x-ms-policy alone: whoever may set a policy
 * shall not make the service vouch for keys, measurements or hardware that it has not seen.
 */
const RESERVED = new Set([
  'aud',
  'cnf',
  'exp',
  'iat',
  'iss',
  'jti',
  'nbf',
  'nonce',
  'sub',
  'aas-ehd',
  'maa-ehd',
  'maa-attestationcollateral',
  'attester_tcb_status',
  'dbgstat',
  'eat_profile',
  'intuse',
  'x-ms-attestation-type',
  'x-ms-inittime',
  'x-ms-policy',
  'x-ms-policy-hash',
  'x-ms-policy-signer',
  'x-ms-runtime',
  'x-ms-ver',
]);
const RESERVED_PREFIXES = ['tdx_', 'x-cloister-', 'x-ms-sevsnpvm-', 'x-ms-sgx-'];

/** One process serves all: an evaluation takes some tens of milliseconds at most. */
export const IN_FORCE_LIMITS: EvaluationLimits = {
  steps: 100_000,
  combinations: 10_000,
  claims: 1_000,
  characters: 131_072,
};

/** Drafts come from anybody, who need not even say who they are. */
export const DRAFT_LIMITS: EvaluationLimits = { ...IN_FORCE_LIMITS, steps: 50_000, combinations: 5_000 };

/**
 * Lets the policy judge the claims that were established, and adds what it issues: in `x-ms-policy`, and at top level
 * where the service itself says nothing under that name.
 *
 * @throws Refusal POLICY_DENIED in the words of Azure, BAD_INPUT where the policy fails at run time.
 */
export function applyPolicy(policy: AttestationPolicy, claims: Claims, limits = IN_FORCE_LIMITS): Claims {
  const issued = evaluate(policy, claims, limits);
  const free = Object.entries(issued).filter(([name]) => !Object.hasOwn(claims, name) && !isReserved(name));
  return { ...claims, ...Object.fromEntries(free), 'x-ms-policy': issued };
}

function evaluate(policy: AttestationPolicy, claims: Claims, limits: EvaluationLimits): Claims {
  try {
    return collected(evaluateAttestationPolicy(policy, incomingOf(claims), limits).issued);
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    const message = `Policy Evaluation Error has occurred    Msg:[Policy Engine Exception: ${thrown.message}]`;
    throw new ProtocolRefusal('PolicyEvaluationError', thrown.code, message, {
      cause: thrown,
      failures: thrown.failures,
    });
  }
}

/** Lists and objects are offered as JSON text, which the functions of version 1.2 take apart. */
function incomingOf(claims: Claims): PolicyClaim[] {
  return Object.entries(claims).map(([type, value]) => ({
    type,
    value:
      typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string'
        ? value
        : JSON.stringify(value),
    issuer: 'AttestationService',
  }));
}

/** Several claims of one type are a list. */
function collected(issued: readonly PolicyClaim[]): Claims {
  const values = new Map<string, PolicyClaim['value'][]>();
  for (const { type, value } of issued) values.set(type, [...(values.get(type) ?? []), value]);
  return Object.fromEntries([...values].map(([type, all]) => [type, all.length === 1 ? all[0] : all]));
}

function isReserved(name: string): boolean {
  return RESERVED.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}
