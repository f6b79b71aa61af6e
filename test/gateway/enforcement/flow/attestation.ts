import type { AppraisalPolicy } from '../../../../enclave/appraisal/policy.js';
import type { Facts } from '../../../../gateway/enforcement/decide.js';
import type { Caller } from '../../../../runtime/caller.js';
import { accepted, policy, wrongMeasurement } from '../../support/clinic.js';
import { POLICIES, type Graph } from './graph.js';
import type { Random } from './random.js';

/** Who satisfies what. */
export interface Attestation {
  readonly caller: Caller;
  /** `party policy`: the subgraphs by name, `gateway`, `(caller)`. */
  readonly verified: ReadonlySet<string>;
}

const CHANNELS: Readonly<Record<string, readonly ('sealed' | 'local')[]>> = { p: ['sealed'], q: ['sealed', 'local'] };

export const policies: ReadonlyMap<string, AppraisalPolicy> = new Map(
  POLICIES.map((name) => [name, policy(name, { recipientChannels: CHANNELS[name] ?? [] })]),
);

export function isChannelOf(policyName: string, channel: Caller['channel']): boolean {
  return CHANNELS[policyName]?.some((allowed) => allowed === channel) ?? false;
}

export function makeAttestation(graph: Graph, random: Random): Attestation {
  const verified = new Set<string>();
  // Some states hide nothing, so that what is refused needlessly is seen, too.
  const probability = random.pick([1, 0.8, 0.6]);
  for (const party of ['gateway', '(caller)', ...graph.subgraphs]) {
    for (const name of POLICIES) {
      if (random.chance(party === 'gateway' ? Math.max(0.95, probability) : probability))
        verified.add(`${party} ${name}`);
    }
  }
  const kind = random.pick(['person', 'person', 'person', 'enclave', 'anonymous'] as const);
  const channel = kind === 'enclave' ? 'attested' : random.pick(['sealed', 'sealed', 'local'] as const);
  return { verified, caller: { kind, id: kind === 'anonymous' ? '' : 'someone', roles: [], scopes: [], channel } };
}

export function factsOf({ caller, verified }: Attestation): Facts {
  return {
    caller,
    policies,
    verdictOf: (party, { name }) => (verified.has(`${party} ${name}`) ? accepted : wrongMeasurement),
  };
}
