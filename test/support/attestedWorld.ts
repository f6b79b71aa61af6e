import { type AttestedClient, createAttestedClient } from '../../runtime/attestedClient.js';
import type { AttestedIdentity } from '../../runtime/attestedIdentity.js';
import type { Trust } from '../../runtime/trust.js';
import { startAttestedSystem } from './attestedSystem.js';

/** An attested system whose enclaves keep their identities, and connections between them. */
export interface AttestedWorld {
  readonly trust: Trust;
  /** Of the enclave of this name, attested once. Any name will do; the reference values know five. */
  identity(name: string): Promise<AttestedIdentity>;
  client(from: string, url: string, expectEnclave: string): Promise<AttestedClient>;
  close(): Promise<void>;
}

export async function startAttestedWorld(): Promise<AttestedWorld> {
  const system = await startAttestedSystem();
  const identities = new Map<string, Promise<AttestedIdentity>>();
  const clients: AttestedClient[] = [];
  const identity = (name: string): Promise<AttestedIdentity> => {
    const made = identities.get(name) ?? system.identity(name);
    identities.set(name, made);
    return made;
  };
  return {
    trust: system.trust,
    identity,
    client: async (from, url, expectEnclave) => {
      const options = { peer: expectEnclave, url, expectEnclave, trust: system.trust, now: Date.now };
      const client = createAttestedClient({ ...options, identity: await identity(from) });
      clients.push(client);
      return client;
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await system.close();
    },
  };
}
