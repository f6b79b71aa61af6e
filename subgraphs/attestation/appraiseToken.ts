import { identify } from '../../enclave/appraisal/appraise.js';
import type { ReferenceValues } from '../../enclave/appraisal/policy.js';
import { Refusal, toRefusal } from '../../enclave/refusals.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { ResultVerifier } from '../../enclave/results/resultVerifier.js';
import type { Policies } from './policy.js';
import type { Results } from './results.js';
import type { Verdict } from './verdict.js';

/** Verifies a token that somebody brings, and appraises it. @throws Refusal BAD_INPUT, NOT_FOUND */
export type AppraiseToken = (token: string, policy: string) => Promise<Verdict>;

export interface AppraiseTokenOptions {
  readonly policies: Policies;
  readonly referenceValues: ReferenceValues;
  readonly verifyResult: ResultVerifier;
  readonly results: Pick<Results, 'record'>;
}

/** Characters of a token: 64 KiB. */
const TOKEN_LENGTH = 65_536;

export function createAppraiseToken(options: AppraiseTokenOptions): AppraiseToken {
  const { policies, referenceValues, verifyResult, results } = options;

  async function verdictsOn(token: string): Promise<Verdict[]> {
    let result: AttestationResult;
    try {
      result = await verifyResult(token);
    } catch (thrown) {
      return policies.verdictsWithout(toRefusal(thrown));
    }
    const verdicts = policies.verdictsOn(result);
    await results.record(result, { origin: 'TOKEN', enclave: identify(result, referenceValues) ?? null, verdicts });
    return verdicts;
  }

  return async (token, name) => {
    if (token.length > TOKEN_LENGTH)
      throw new Refusal('BAD_INPUT', `The token has ${token.length} characters; the limit is ${TOKEN_LENGTH}.`);
    const { name: policy } = policies.named(name);
    const verdict = (await verdictsOn(token)).find((each) => each.policy === policy);
    if (verdict !== undefined) return verdict;
    throw new Error(`no verdict of ${policy}`);
  };
}
