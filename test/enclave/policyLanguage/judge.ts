import type { PolicyClaim, PolicyOutcome } from '../../../enclave/policyLanguage/claims.js';
import { evaluateAttestationPolicy } from '../../../enclave/policyLanguage/evaluatePolicy.js';
import type { EvaluationLimits } from '../../../enclave/policyLanguage/evaluationLimits.js';
import { parseAttestationPolicy } from '../../../enclave/policyLanguage/parsePolicy.js';
import type { Scalar } from '../../../enclave/policyLanguage/policy.js';
import { Refusal } from '../../../enclave/refusals.js';

/** A claim that the service makes. */
export function service(type: string, value: Scalar, rest: Partial<PolicyClaim> = {}): PolicyClaim {
  return { type, value, issuer: 'AttestationService', ...rest };
}

/** Whether the authorization rules permit; the code of the refusal where it is another one. */
export function verdictOf(authorization: string, claims: readonly PolicyClaim[] = []): string {
  const policy = parseAttestationPolicy(`version=1.2;authorizationrules{${authorization}};`);
  return refusalOf(() => evaluateAttestationPolicy(policy, claims))?.code ?? 'permitted';
}

/** What issuance rules do, in a policy that permits. */
export function outcomeOf(
  issuance: string,
  claims: readonly PolicyClaim[] = [],
  limits?: EvaluationLimits,
): PolicyOutcome {
  const policy = parseAttestationPolicy(`version=1.2;authorizationrules{=>permit();};issuancerules{${issuance}};`);
  return evaluateAttestationPolicy(policy, claims, limits);
}

/** Issued claims as type and value. */
export function issued(issuance: string, claims: readonly PolicyClaim[] = []): [string, Scalar][] {
  return outcomeOf(issuance, claims).issued.map(({ type, value }) => [type, value]);
}

export function refusalOf(run: () => unknown): Refusal | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
