import type { GraphQLDataSource } from '@apollo/gateway';
import type { Log } from '../../runtime/log.js';
import type { Gateway } from './apolloTypes.js';
import { executorSdl } from './executorSdl.js';

/**
 * `@apollo/gateway` as planner and executor, without its connections: it sees the supergraph without the security features and
 * reaches subgraphs through `dataSources` only.
 */
export async function createApolloExecutor(options: {
  readonly supergraphSdl: string;
  /** By subgraph name. */
  readonly dataSources: ReadonlyMap<string, GraphQLDataSource>;
  readonly log: Log;
}): Promise<Gateway> {
  // It exports figures to its maker unless this is set before it is constructed (its dist/index.js reads nothing else).
  process.env.APOLLO_TELEMETRY_DISABLED = '1';
  const { ApolloGateway } = await import('@apollo/gateway');
  const { dataSources, log } = options;
  return new ApolloGateway({
    supergraphSdl: executorSdl(options.supergraphSdl),
    buildService: ({ name }) => {
      const dataSource = dataSources.get(name);
      if (dataSource === undefined) throw new Error(`There is no connection to the subgraph ${name}.`);
      return dataSource;
    },
    // The default lets any caller read query plans outside NODE_ENV=production.
    __exposeQueryPlanExperimental: false,
    validateSupergraph: true,
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => log.warn({}, 'Apollo Gateway warns.'),
      error: () => log.error({}, 'Apollo Gateway failed.'),
    },
  });
}
