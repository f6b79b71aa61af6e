import { appraise } from '../../enclave/appraisal/appraise.js';
import type { AppraisalPolicy, ReferenceValues } from '../../enclave/appraisal/policy.js';
import { refusedPeer } from '../../enclave/channel/peer.js';
import { type ClaimFailure, Refusal, type RefusalCode, toRefusal } from '../../enclave/refusals.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { ResultVerifier } from '../../enclave/results/resultVerifier.js';

export type VerdictOutcome = 'ACCEPTED' | 'NOT_GENUINE' | 'NOT_ACCEPTABLE' | 'COULD_NOT_TELL';

/** What one policy says (type Verdict of the schema). */
export interface Verdict {
  readonly policy: string;
  readonly outcome: VerdictOutcome;
  readonly code: RefusalCode | null;
  readonly failures: readonly ClaimFailure[];
}

export interface Policies {
  readonly all: readonly AppraisalPolicy[];
  /** What every policy says of a result that was verified, in the order of `all`. `expected`: the enclave that it must be. */
  verdictsOn(result: AttestationResult, expected: string): Verdict[];
  /** What every policy says where there is no genuine result: the same, and why. */
  verdictsWithout(refusal: Refusal): Verdict[];
  /** Verifies a token and appraises it. Changes nothing and remembers nothing. @throws Refusal BAD_INPUT, NOT_FOUND */
  appraise(token: string, policy: string): Promise<Verdict>;
}

export interface PoliciesOptions {
  readonly policies: readonly AppraisalPolicy[];
  readonly referenceValues: ReferenceValues;
  readonly verifyResult: ResultVerifier;
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** Characters of a token: 64 KiB. */
const TOKEN_LENGTH = 65_536;

export function createPolicies({ policies, referenceValues, verifyResult, now }: PoliciesOptions): Policies {
  const all = [...policies].sort((a, b) => (a.name < b.name ? -1 : 1));

  function verdictOn(result: AttestationResult, policy: AppraisalPolicy, expected?: string): Verdict {
    const { failures, enclave } = appraise(result, policy, { referenceValues, now: now() });
    const isOther = expected !== undefined && enclave !== undefined && enclave !== expected;
    const found = isOther ? [...failures, { claim: 'enclave', expected, actual: enclave }] : failures;
    return found.length === 0
      ? { policy: policy.name, outcome: 'ACCEPTED', code: null, failures: [] }
      : { policy: policy.name, outcome: 'NOT_ACCEPTABLE', code: 'POLICY_NOT_SATISFIED', failures: found };
  }

  return {
    all,
    verdictsOn: (result, expected) => all.map((policy) => verdictOn(result, policy, expected)),
    verdictsWithout: (refusal) => all.map((policy) => refusedVerdict(policy.name, refusal)),
    appraise: async (token, name) => {
      if (token.length > TOKEN_LENGTH)
        throw new Refusal('BAD_INPUT', `The token has ${token.length} characters; the limit is ${TOKEN_LENGTH}.`);
      const policy = all.find((each) => each.name === name);
      if (policy === undefined)
        throw new Refusal(
          'NOT_FOUND',
          `There is no such policy; there are: ${all.map((each) => each.name).join(', ')}.`,
        );
      try {
        return verdictOn(await verifyResult(token), policy);
      } catch (thrown) {
        return refusedVerdict(policy.name, toRefusal(thrown));
      }
    },
  };
}

function refusedVerdict(policy: string, refusal: Refusal): Verdict {
  const { outcome } = refusedPeer(refusal);
  return { policy, outcome, code: refusal.code, failures: refusal.failures };
}
