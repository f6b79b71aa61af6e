import { createAttestedClient } from '../../runtime/attestedClient.js';
import type { Listening } from '../../runtime/attestedListener.js';
import { startSubgraph, type SubgraphOptions } from '../../runtime/subgraphServer.js';
import type { DiagnosisConfig } from './config.js';
import { createDiagnosis } from './diagnosis.js';
import { type DiagnosisContext, resolvers } from './resolvers.js';

export interface DiagnosisSubgraphOptions extends Pick<
  SubgraphOptions<DiagnosisContext>,
  'typeDefs' | 'identity' | 'trust' | 'now' | 'log' | 'metrics'
> {
  readonly config: Pick<DiagnosisConfig, 'host' | 'attestedPort' | 'inference' | 'inferenceTimeoutMs'>;
}

/** The diagnosis subgraph. It keeps nothing and never sees an image: it passes references on to the inference enclave. */
export async function startDiagnosisSubgraph(options: DiagnosisSubgraphOptions): Promise<Listening> {
  const { config, identity, trust, now } = options;
  const inference = createAttestedClient({
    peer: 'inference',
    url: config.inference,
    identity,
    trust,
    policies: ['component', 'imaging'],
    expectEnclave: 'inference',
    now,
    timeoutMs: config.inferenceTimeoutMs,
  });
  const diagnosis = createDiagnosis({ inference, now });
  const listening = await startSubgraph<DiagnosisContext>({
    ...options,
    host: config.host,
    port: config.attestedPort,
    resolvers,
    context: ({ caller }) => ({ caller, diagnosis }),
  });
  return {
    port: listening.port,
    close: async () => {
      await listening.close();
      await inference.close();
    },
  };
}
