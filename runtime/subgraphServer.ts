import type { BaseContext } from '@apollo/server';
import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js';
import { parse } from 'graphql';
import type { AttestedPeer } from '../enclave/channel/peer.js';
import { Refusal } from '../enclave/refusals.js';
import type { AttestedListenerOptions, Listening } from './attestedListener.js';
import { startAttestedListener } from './attestedListener.js';
import type { AttestedExchange, AttestedRoute } from './attestedRoutes.js';
import { serveRoutes } from './attestedRoutes.js';
import type { Caller } from './caller.js';
import type { Log } from './log.js';
import { formatGraphQLError } from './refusalToGraphQL.js';

/** What each GraphQL request of a subgraph knows. */
export interface SubgraphRequest {
  /** Who asked the gateway. */
  readonly caller: Caller;
  /** The gateway. */
  readonly peer: AttestedPeer;
  readonly requestId: string;
  readonly log: Log;
}

export interface SubgraphOptions<Context extends BaseContext> extends AttestedListenerOptions {
  /** SDL, the text of schema/<name>.graphql. */
  readonly typeDefs: string;
  readonly resolvers: GraphQLResolverMap<Context>;
  /** Called once per request: what resolvers share in it, for instance its dataloaders. */
  readonly context: (request: SubgraphRequest) => Context | Promise<Context>;
  /** Beyond POST /graphql. */
  readonly routes?: readonly AttestedRoute[];
  /** Of one GraphQL request's body. */
  readonly maximumBodyBytes?: number;
}

const MAXIMUM_BODY_BYTES = 100 * 1024;

/**
 * A subgraph: Apollo Server behind attested TLS, for the gateway alone. Introspection is on, since the only one who can
 * ask holds the schema; cross-site requests cannot come, since browsers have no attested key.
 */
export async function startSubgraph<Context extends BaseContext>(
  options: SubgraphOptions<Context>,
): Promise<Listening> {
  const { log, metrics, maximumBodyBytes = MAXIMUM_BODY_BYTES } = options;
  const apollo = new ApolloServer<Context>({
    schema: buildSubgraphSchema({
      typeDefs: parse(options.typeDefs),
      resolvers: options.resolvers as GraphQLResolverMap<unknown>,
    }),
    introspection: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // The process decides when it ends; see shutdown.ts.
    stopOnTerminationSignals: false,
    formatError: (formatted, thrown) =>
      formatGraphQLError(formatted, thrown, (hidden) => {
        metrics.countRefusal('INTERNAL', 'graphql');
        log.error(
          { error: hidden, field: formatted.path?.filter((part) => typeof part === 'string').join('.') },
          'A resolver failed.',
        );
      }),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
    ],
    logger: { debug: () => undefined, info: () => undefined, warn: complain, error: complain },
  });
  await apollo.start();

  const graphql: AttestedRoute = {
    method: 'POST',
    path: '/graphql',
    peers: ['gateway'],
    handle: async (exchange, response) => {
      const { request, peer, requestId, log: requestLog } = exchange;
      const caller = exchange.caller();
      const body = await readOperation(exchange, maximumBodyBytes);
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: 'POST', headers: headersOf(request.headers), search: '', body },
        context: async () => options.context({ caller, peer, requestId, log: requestLog }),
      });
      response.statusCode = answer.status ?? 200;
      for (const [name, value] of answer.headers) response.setHeader(name, value);
      if (answer.body.kind === 'complete') response.end(answer.body.string);
      else {
        for await (const chunk of answer.body.asyncIterator) response.write(chunk);
        response.end();
      }
    },
  };
  const listening = await startAttestedListener(options, serveRoutes([graphql, ...(options.routes ?? [])], options));
  return {
    port: listening.port,
    close: async () => {
      await listening.close();
      await apollo.stop();
    },
  };

  /** Apollo's own messages may quote an operation: that it spoke is all that is logged. */
  function complain(): void {
    log.warn({}, 'The GraphQL server reports a problem.');
  }
}

/** @throws Refusal TOO_LARGE or BAD_INPUT. */
async function readOperation(exchange: AttestedExchange, maximumBytes: number): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(exchange.request.headers['content-type'] ?? '')) {
    throw new Refusal('BAD_INPUT', 'The content type must be application/json.');
  }
  const body = await exchange.body(maximumBytes);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new Refusal('BAD_INPUT', 'The body is not JSON.', { cause });
  }
}

function headersOf(headers: Readonly<Record<string, string | string[] | undefined>>): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}
