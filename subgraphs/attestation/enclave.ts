import type { PeerVerdict } from '../../enclave/channel/peer.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { Policies, Verdict } from './policy.js';

/** An enclave as it was found when it was probed (type Enclave of the schema). */
export interface Enclave {
  readonly name: string;
  readonly attestationResult: AttestationResult | null;
  /** False where nobody answered, so that nothing could be told. */
  readonly reachable: boolean;
  readonly reason: string | null;
  readonly verdicts: readonly Verdict[];
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
  /** Milliseconds. */
  readonly now: () => number;
}

/** A probe is asked for again after this: one look at a page is one handshake with each enclave, not ten. */
const FRESH_MS = 5000;

export function createEnclaves({ addresses, probe, policies, now }: EnclavesOptions): Enclaves {
  const probes = new Map<string, { readonly at: number; readonly verdict: Promise<PeerVerdict> }>();

  async function look(name: string, url: string): Promise<Enclave> {
    let known = probes.get(name);
    if (known === undefined || now() - known.at > FRESH_MS) {
      known = { at: now(), verdict: probe(url) };
      probes.set(name, known);
    }
    return describe(name, await known.verdict, policies);
  }

  return {
    all: () => Promise.all([...addresses].map(([name, url]) => look(name, url))),
    one: async (name) => {
      const url = addresses.get(name);
      return url === undefined ? undefined : look(name, url);
    },
  };
}

/** The verdicts are worked out anew each time: a result ages between two probes. */
function describe(name: string, verdict: PeerVerdict, policies: Policies): Enclave {
  const found = (result: AttestationResult): Enclave => ({
    name,
    attestationResult: result,
    reachable: true,
    reason: null,
    verdicts: policies.verdictsOn(result, name),
  });
  if (verdict.outcome === 'ACCEPTED') return found(verdict.peer.result);
  if (verdict.result !== undefined) return found(verdict.result);
  const { refusal } = verdict;
  return {
    name,
    attestationResult: null,
    reachable: refusal.code !== 'PEER_UNREACHABLE',
    reason: `${refusal.definition.meaning} ${refusal.message}`,
    verdicts: policies.verdictsWithout(refusal),
  };
}
