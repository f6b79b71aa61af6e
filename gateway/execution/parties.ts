import { appraise } from '../../enclave/appraisal/appraise.js';
import type { AppraisalPolicy, ReferenceValues } from '../../enclave/appraisal/policy.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import { CALLING_ENCLAVE, THIS_GATEWAY, type PartyVerdict } from '../enforcement/decide.js';
import type { Subgraphs } from './subgraphs.js';

/** What is known of everybody who may hold an attested value: the subgraphs and this gateway. */
export interface Parties {
  /** Connects to those of which nothing good is known, within the bounded time, all at once. */
  verify(names: readonly string[]): Promise<void>;
  /** What the policy says of a party now. @param callingEnclave the caller's result, where the caller is an enclave. */
  verdictOf(party: string, policy: AppraisalPolicy, callingEnclave?: AttestationResult): PartyVerdict;
}

export interface PartiesOptions {
  readonly subgraphs: Subgraphs;
  /** The gateway's own attestation result, as it is now. */
  readonly ownResult: () => AttestationResult;
  readonly referenceValues: ReferenceValues;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** How long an operation waits for parties to be verified. */
  readonly verifyTimeoutMs?: number;
  /** A party that was refused is not tried again before; one that could not be reached, after an eighth of that. */
  readonly retrySeconds?: number;
}

const VERIFY_TIMEOUT_MS = 5000;
const RETRY_SECONDS = 2;

export function createParties(options: PartiesOptions): Parties {
  const { subgraphs, now, verifyTimeoutMs = VERIFY_TIMEOUT_MS, retrySeconds = RETRY_SECONDS } = options;
  const attempts = new Map<string, { readonly at: number; readonly done: Promise<unknown> }>();
  const verdicts = createVerdicts(options.referenceValues, now);

  const verifyOne = (name: string): Promise<unknown> => {
    const connection = subgraphs.connection(name);
    if (connection.state()?.outcome === 'ACCEPTED') return Promise.resolve();
    const last = attempts.get(name);
    // Who was refused will be refused again; who could not be reached may just have started.
    const isUnreached = connection.state()?.outcome === 'COULD_NOT_TELL';
    if (last !== undefined && now() - last.at < (isUnreached ? retrySeconds / 8 : retrySeconds)) return last.done;
    const done = connection.verify();
    attempts.set(name, { at: now(), done });
    return done;
  };

  return {
    async verify(names) {
      const waiting = Promise.all(names.map(verifyOne));
      await withinTime(waiting, verifyTimeoutMs);
    },
    verdictOf(party, policy, callingEnclave) {
      if (party === THIS_GATEWAY) return verdicts(options.ownResult(), policy);
      if (party === CALLING_ENCLAVE) {
        return callingEnclave === undefined ? unverified('The calling enclave') : verdicts(callingEnclave, policy);
      }
      const state = subgraphs.connection(party).state();
      if (state === undefined) return unverified(`The subgraph ${party}`);
      if (state.outcome === 'ACCEPTED') return verdicts(state.peer.result, policy);
      const { code, message, failures } = state.refusal;
      return { accepted: false, code, message, failures };
    },
  };
}

function unverified(who: string): PartyVerdict {
  const message = `${who} could not be verified in time.`;
  return { accepted: false, code: 'PEER_UNREACHABLE', message, failures: [] };
}

/** Appraisals, remembered for the second in which they were made: within it nothing that they depend on changes. */
function createVerdicts(
  referenceValues: ReferenceValues,
  now: () => number,
): (result: AttestationResult, policy: AppraisalPolicy) => PartyVerdict {
  const remembered = new WeakMap<AttestationResult, Map<AppraisalPolicy, { second: number; verdict: PartyVerdict }>>();
  return (result, policy) => {
    const second = Math.floor(now());
    const known = remembered.get(result)?.get(policy);
    if (known?.second === second) return known.verdict;
    const { accepted, failures } = appraise(result, policy, { referenceValues, now: second });
    const claims = failures.map(({ claim }) => claim).join(', ');
    const verdict: PartyVerdict = accepted
      ? { accepted, simulated: result.simulated }
      : { accepted, code: 'POLICY_NOT_SATISFIED', message: `its attestation result fails in ${claims}.`, failures };
    const byPolicy = remembered.get(result) ?? new Map<AppraisalPolicy, { second: number; verdict: PartyVerdict }>();
    remembered.set(result, byPolicy.set(policy, { second, verdict }));
    return verdict;
  };
}

async function withinTime(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
