import { appraise } from '../../enclave/appraisal/appraise.js';
import type { AppraisalPolicy, ReferenceValues } from '../../enclave/appraisal/policy.js';
import type { ClaimFailure } from '../../enclave/refusals.js';
import { Refusal } from '../../enclave/refusals.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import { policyDigest } from './policyHistory.js';
import type { Verdict } from './verdict.js';
import { outcomeOf } from './verdict.js';

export interface Policies {
  /** In the order of their names. */
  readonly all: readonly AppraisalPolicy[];
  /** @throws Refusal NOT_FOUND */
  named(name: string): AppraisalPolicy;
  /** What every policy says of a result that was verified, in the order of `all`. `expected`: the enclave that it must be. */
  verdictsOn(result: AttestationResult, expected?: string): Verdict[];
  /** What every policy says where there is no genuine result: the same, and why. */
  verdictsWithout(refusal: Refusal): Verdict[];
}

export interface PoliciesOptions {
  readonly policies: readonly AppraisalPolicy[];
  readonly referenceValues: ReferenceValues;
  /** Seconds since 1970. */
  readonly now: () => number;
}

export function createPolicies({ policies, referenceValues, now }: PoliciesOptions): Policies {
  const all = [...policies].sort((a, b) => (a.name < b.name ? -1 : 1));
  const digests = new Map(all.map((policy) => [policy.name, policyDigest(policy)]));
  const identityOf = (name: string) => ({ policy: name, policySha256: digests.get(name) ?? '' });

  function verdictOn(result: AttestationResult, policy: AppraisalPolicy, expected?: string): Verdict {
    const { failures, enclave } = appraise(result, policy, { referenceValues, now: now() });
    const isOther = expected !== undefined && enclave !== undefined && enclave !== expected;
    const found = isOther ? [...failures, { claim: 'enclave', expected, actual: enclave }] : failures;
    return found.length === 0
      ? { ...identityOf(policy.name), outcome: 'ACCEPTED', code: null, reason: null, failures: [] }
      : {
          ...identityOf(policy.name),
          outcome: 'NOT_ACCEPTABLE',
          code: 'POLICY_NOT_SATISFIED',
          reason: `Genuine, but ${policy.name} does not accept it: ${found.map(inWords).join('; ')}.`,
          failures: found,
        };
  }

  return {
    all,
    named: (name) => {
      const policy = all.find((each) => each.name === name);
      if (policy !== undefined) return policy;
      throw new Refusal('NOT_FOUND', `There is no such policy; there are: ${all.map((each) => each.name).join(', ')}.`);
    },
    verdictsOn: (result, expected) => all.map((policy) => verdictOn(result, policy, expected)),
    verdictsWithout: (refusal) =>
      all.map(({ name }) => ({
        ...identityOf(name),
        outcome: outcomeOf(refusal),
        code: refusal.code,
        reason: refusal.message,
        failures: refusal.failures,
      })),
  };
}

function inWords({ claim, expected, actual }: ClaimFailure): string {
  return `${claim} is ${actual}, not ${expected}`;
}
