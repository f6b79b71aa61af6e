import { ApolloServer } from '@apollo/server';
import type { Ask } from './runCase.js';

/** Plain Apollo Server with plain Apollo Gateway, asked without HTTP before it: the gateway that others are measured by. */
export async function startApollo(supergraphSdl: string): Promise<{ readonly ask: Ask; close(): Promise<void> }> {
  process.env.APOLLO_TELEMETRY_DISABLED = '1';
  const { ApolloGateway } = await import('@apollo/gateway');
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const gateway = new ApolloGateway({ supergraphSdl, logger: silent });
  const server = new ApolloServer({ gateway, logger: silent, stopOnTerminationSignals: false });
  await server.start();
  return {
    ask: async (body) => {
      const { body: answer } = await server.executeOperation(body);
      if (answer.kind !== 'single') throw new Error('An answer came in parts.');
      return JSON.parse(JSON.stringify(answer.singleResult)) as unknown;
    },
    close: () => server.stop(),
  };
}

function ignore(): void {
  // What Apollo logs is no part of the answer.
}
