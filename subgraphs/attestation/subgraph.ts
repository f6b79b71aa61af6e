import { probe } from '../../enclave/channel/client.js';
import type { Listening } from '../../runtime/attestedListener.js';
import { startSubgraph, type SubgraphOptions } from '../../runtime/subgraphServer.js';
import type { AttestationConfig } from './config.js';
import { createEnclaves } from './enclave.js';
import { createPolicies } from './policy.js';
import { type AttestationContext, resolvers } from './resolvers.js';

export interface AttestationSubgraphOptions extends Pick<
  SubgraphOptions<AttestationContext>,
  'typeDefs' | 'identity' | 'trust' | 'now' | 'log' | 'metrics'
> {
  readonly config: Pick<AttestationConfig, 'host' | 'attestedPort' | 'enclaves'>;
}

/** For connecting to one enclave, handshake and appraisal. */
const PROBE_TIMEOUT_MS = 3000;

/** The attestation subgraph: who the enclaves are, and what the policies say of them. It holds no health data. */
export async function startAttestationSubgraph(options: AttestationSubgraphOptions): Promise<Listening> {
  const { config, identity, trust } = options;
  const now = (): number => options.now() / 1000;
  const policies = createPolicies({
    policies: [...trust.policies.values()],
    referenceValues: trust.referenceValues,
    verifyResult: trust.verifyResult,
    now,
  });
  const appraisePeer = trust.appraisePeer({ policies: ['component'] });
  const enclaves = createEnclaves({
    addresses: config.enclaves,
    policies,
    now: options.now,
    probe: (address) => {
      const { hostname, port } = new URL(address);
      const where = { hostname: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) };
      return probe(where, { credential: () => identity.credential(), appraisePeer, now, timeoutMs: PROBE_TIMEOUT_MS });
    },
  });
  return startSubgraph<AttestationContext>({
    ...options,
    host: config.host,
    port: config.attestedPort,
    resolvers,
    context: ({ caller }) => ({ caller, enclaves, policies }),
  });
}
