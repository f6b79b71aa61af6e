import type { ClaimFailure } from '../refusals.js';
import type { AttestationResult } from '../results/attestationResult.js';
import type { AppraisalPolicy, ReferenceValues } from './policy.js';
import { matches, unrecognised } from './referenceValue.js';
import { failedRequirements } from './requirements.js';

export interface AppraisalContext {
  readonly referenceValues: ReferenceValues;
  /** Seconds since 1970. */
  readonly now: number;
}

export interface Appraisal {
  readonly accepted: boolean;
  /** Every claim that failed; empty where accepted. */
  readonly failures: readonly ClaimFailure[];
  /** The name of the enclave that was recognised, whether or not it is accepted. */
  readonly enclave: string | undefined;
}

/**
 * Do we accept this enclave? Takes a result that was verified already (is it genuine? see results/verifyResult.ts) and
 * answers every claim that the policy does not accept, so that whoever must act can mend all of them at once.
 * It does not check that the peer holds the enclave's key: the channel does.
 */
export function appraise(result: AttestationResult, policy: AppraisalPolicy, context: AppraisalContext): Appraisal {
  const enclave = identify(result, context.referenceValues);
  const ageSeconds = context.now - result.issuedAt;
  const { tcbStatus } = result;
  const checks: (ClaimFailure | false)[] = [
    result.simulated && !policy.acceptsSimulated && failure('simulated', 'false', 'true'),
    !policy.teeTypes.includes(result.teeType) && failure('teeType', policy.teeTypes.join(', '), result.teeType),
    ...(enclave === undefined ? unrecognised(result, context.referenceValues, policy.enclaves) : []),
    enclave !== undefined &&
      !policy.enclaves.includes(enclave) &&
      failure('enclave', policy.enclaves.join(', '), enclave),
    result.debug && !policy.acceptsDebug && failure('debug', 'false', 'true'),
    tcbStatus !== undefined &&
      !policy.tcbStatuses.includes(tcbStatus) &&
      failure('tcbStatus', policy.tcbStatuses.join(', '), tcbStatus),
    ageSeconds > policy.maximumAgeSeconds &&
      failure('age', `at most ${policy.maximumAgeSeconds} seconds`, `${ageSeconds} seconds`),
    ...result.issuerVerdicts.map(
      ({ part, status }) => status !== 'affirming' && failure(`verdict on ${part}`, 'affirming', status),
    ),
    ...failedRequirements(result, policy),
    context.now >= result.expiresAt && failure('expiresAt', `after ${timeOf(context.now)}`, timeOf(result.expiresAt)),
  ];
  const failures = checks.filter((check) => check !== false);
  return { accepted: failures.length === 0, failures, enclave };
}

/** The name of the enclave whose reference value the result matches. The trust file has no value under two names. */
export function identify(result: AttestationResult, referenceValues: ReferenceValues): string | undefined {
  return Object.keys(referenceValues).find((name) => referenceValues[name]?.some((value) => matches(result, value)));
}

function failure(claim: string, expected: string, actual: string): ClaimFailure {
  return { claim, expected, actual };
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
