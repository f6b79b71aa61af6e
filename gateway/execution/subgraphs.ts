import { Refusal } from '../../enclave/refusals.js';
import { createAttestedClient, type AttestedClient } from '../../runtime/attestedClient.js';
import type { AttestedIdentity } from '../../runtime/attestedIdentity.js';
import type { Trust } from '../../runtime/trust.js';

/** The subgraphs over attested TLS: the only way by which the gateway reaches them. */
export interface Subgraphs {
  readonly names: readonly string[];
  /**
   * Connections to a subgraph each of which satisfies all these policies. An answer about one connection is no answer about
   * the next, which may reach another replica; so what is bound to a policy goes over connections that were made under it.
   *
   * @throws Refusal POLICY_UNKNOWN, or INTERNAL where there is no such subgraph.
   */
  connection(name: string, policies?: readonly string[]): AttestedClient;
  close(): Promise<void>;
}

export interface SubgraphsOptions {
  /** Origins by name. A subgraph is the enclave of its name. */
  readonly urls: ReadonlyMap<string, string>;
  readonly identity: AttestedIdentity;
  readonly trust: Trust;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What every connection satisfies, whatever it carries. */
const LEAST_POLICY = 'component';

export function createSubgraphs({ urls, identity, trust, now }: SubgraphsOptions): Subgraphs {
  const clients = new Map<string, AttestedClient>();
  return {
    names: [...urls.keys()],
    connection(name, policies = []) {
      const url = urls.get(name);
      if (url === undefined) throw new Refusal('INTERNAL', `There is no subgraph ${name}.`);
      const needed = [...new Set([LEAST_POLICY, ...policies])];
      const key = `${name} ${needed.slice(1).sort().join(' ')}`;
      const known = clients.get(key);
      if (known !== undefined) return known;
      const client = createAttestedClient({
        peer: name,
        url,
        identity,
        trust,
        policies: needed,
        expectEnclave: name,
        now,
      });
      clients.set(key, client);
      return client;
    },
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}
