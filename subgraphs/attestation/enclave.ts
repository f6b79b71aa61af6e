import { identify } from '../../enclave/appraisal/appraise.js';
import { type ReferenceValue, type ReferenceValues, RTMR_NUMBERS } from '../../enclave/appraisal/policy.js';
import type { PeerVerdict } from '../../enclave/channel/peer.js';
import type { Refusal } from '../../enclave/refusals.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { EnclaveHistory, EnclaveStatus, StatusNow } from './enclaveHistory.js';
import type { Policies } from './policy.js';
import type { Results, ShownResult } from './results.js';
import type { Verdict } from './verdict.js';

/** An enclave as it was found when it was probed (type Enclave of the schema). Times are seconds since 1970. */
export interface Enclave extends StatusNow {
  readonly name: string;
  readonly attestationResult: ShownResult | null;
  /** False where nobody answered, so that nothing could be told. */
  readonly reachable: boolean;
  readonly reason: string | null;
  readonly verdicts: readonly Verdict[];
  readonly probedAt: number;
  /** The name under which the reference values know what it shows. */
  readonly recognizedAs: string | null;
  /** What it may be; several while an upgrade rolls out. */
  readonly referenceValues: readonly ShownReferenceValue[];
}

export interface ShownReferenceValue {
  readonly measurement: string | null;
  /** RTMR0 to RTMR3; null for one that may have any value. */
  readonly rtmrs: readonly (string | null)[] | null;
  readonly hostData: string | null;
  readonly signer: string | null;
  readonly productId: number | null;
  readonly minimumSecurityVersion: number | null;
  /** True where it is what the enclave shows. */
  readonly matches: boolean;
}

export interface Enclaves {
  /** All at once, in the order of the configuration. */
  all(): Promise<readonly Enclave[]>;
  /** Undefined where there is no enclave of that name. */
  one(name: string): Promise<Enclave | undefined>;
}

export interface EnclavesOptions {
  /** Name to https URL of the attested listener. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Connects, judges and leaves, in bounded time. Never throws. */
  readonly probe: (url: string) => Promise<PeerVerdict>;
  readonly policies: Policies;
  readonly referenceValues: ReferenceValues;
  readonly history: Pick<EnclaveHistory, 'observe'>;
  readonly results: Pick<Results, 'record'>;
  /** Milliseconds. */
  readonly now: () => number;
}

/** A probe is asked for again after this: one look at a page is one handshake with each enclave, not ten. */
const FRESH_MS = 5000;
/** Who could not be reached may just have started. */
const UNREACHED_FRESH_MS = 250;
/** The policy of every connection: whoever does not satisfy it is no peer. */
const PEER_POLICY = 'component';

interface Probe {
  /** Milliseconds. */
  readonly at: number;
  readonly found: Promise<Found>;
  /** How long what was found may be told; more is known once it was. */
  freshMs: number;
}

interface Found {
  readonly verdict: PeerVerdict;
  readonly statusNow: StatusNow;
  readonly shown: ShownResult | null;
}

export function createEnclaves(options: EnclavesOptions): Enclaves {
  const { addresses, probe, policies, referenceValues, history, results, now } = options;
  const probes = new Map<string, Probe>();

  async function look(name: string, url: string): Promise<Enclave> {
    let known = probes.get(name);
    if (known === undefined || now() - known.at > known.freshMs) {
      known = { at: now(), found: probe(url).then((verdict) => remember(name, verdict)), freshMs: FRESH_MS };
      probes.set(name, known);
    }
    const found = await known.found;
    if (found.verdict.outcome === 'COULD_NOT_TELL') known.freshMs = UNREACHED_FRESH_MS;
    return describe(name, found, known.at);
  }

  async function remember(name: string, verdict: PeerVerdict): Promise<Found> {
    const result = resultOf(verdict);
    const verdicts = verdictsOn(name, verdict);
    const statusNow = history.observe(name, statusOf(result, verdicts));
    const finding = () => ({ origin: 'PROBE' as const, enclave: nameOf(result), verdicts });
    return { verdict, statusNow, shown: result ? await results.record(result, finding()) : null };
  }

  /** The verdicts are worked out anew each time: a result ages between two probes. */
  function describe(name: string, { verdict, statusNow, shown }: Found, at: number): Enclave {
    const refusal = shown === null && verdict.outcome !== 'ACCEPTED' ? verdict.refusal : undefined;
    return {
      ...statusNow,
      name,
      attestationResult: shown,
      reachable: refusal?.code !== 'PEER_UNREACHABLE',
      reason: refusal ? reasonOf(refusal) : null,
      verdicts: verdictsOn(name, verdict),
      probedAt: Math.floor(at / 1000),
      recognizedAs: nameOf(resultOf(verdict)),
      referenceValues: (referenceValues[name] ?? []).map((value) => shownReference(value, resultOf(verdict))),
    };
  }

  function verdictsOn(name: string, verdict: PeerVerdict): Verdict[] {
    const result = resultOf(verdict);
    if (result) return policies.verdictsOn(result, name);
    return verdict.outcome === 'ACCEPTED' ? [] : policies.verdictsWithout(verdict.refusal);
  }

  function nameOf(result: AttestationResult | undefined): string | null {
    return (result && identify(result, referenceValues)) ?? null;
  }

  return {
    all: () => Promise.all([...addresses].map(([name, url]) => look(name, url))),
    one: async (name) => {
      const url = addresses.get(name);
      return url === undefined ? undefined : look(name, url);
    },
  };
}

/** The genuine result that was shown, accepted or not. */
function resultOf(verdict: PeerVerdict): AttestationResult | undefined {
  return verdict.outcome === 'ACCEPTED' ? verdict.peer.result : verdict.result;
}

function statusOf(result: AttestationResult | undefined, verdicts: readonly Verdict[]): EnclaveStatus {
  const verdict = verdicts.find(({ policy }) => policy === PEER_POLICY);
  return {
    outcome: verdict?.outcome ?? 'COULD_NOT_TELL',
    code: verdict?.code ?? null,
    measurement: result?.measurement ?? null,
    tcbStatus: result?.tcbStatus ?? null,
    failures: verdict?.failures ?? [],
  };
}

function shownReference(value: ReferenceValue, result: AttestationResult | undefined): ShownReferenceValue {
  const { measurement, rtmrs, hostData, signer, productId, minimumSecurityVersion } = value;
  return {
    measurement: measurement ?? null,
    rtmrs: rtmrs ? RTMR_NUMBERS.map((number) => rtmrs[number] ?? null) : null,
    hostData: hostData ?? null,
    signer: signer ?? null,
    productId: productId ?? null,
    minimumSecurityVersion: minimumSecurityVersion ?? null,
    matches: result !== undefined && identify(result, { it: [value] }) !== undefined,
  };
}

function reasonOf({ definition, message }: Refusal): string {
  return `${definition.meaning} ${message}`;
}
