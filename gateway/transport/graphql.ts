import type { IncomingHttpHeaders } from 'node:http';
import { ApolloServer, HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import type { Log } from '../../runtime/log.js';
import { formatGraphQLError } from '../../runtime/refusalToGraphQL.js';
import type { Gateway } from '../execution/apolloTypes.js';
import type { RequestContext } from '../execution/context.js';
import type { Release } from '../enforcement/decide.js';
import { readBody } from './body.js';
import type { Exchange, Route } from './exchange.js';
import { limitOperations, type OperationLimits } from './limits.js';

export interface GraphQLOptions {
  readonly gateway: Gateway;
  readonly limits: OperationLimits;
  readonly maximumBodyBytes: number;
  readonly log: Log;
}

/** Validation errors of one document: enough to mend it, too few to fill an answer. */
const MAXIMUM_VALIDATION_ERRORS = 10;

/** GraphQL over HTTP (https://graphql.github.io/graphql-over-http): POST and GET /graphql, one operation a request. */
export async function createGraphQLRoute(options: GraphQLOptions): Promise<{ route: Route; stop(): Promise<void> }> {
  const { log, limits } = options;
  const server = new ApolloServer<RequestContext>({
    gateway: options.gateway,
    formatError: (formatted, thrown) => formatError(formatted, thrown, log),
    validationRules: [limitOperations(limits)],
    validationOptions: { maxErrors: MAXIMUM_VALIDATION_ERRORS },
    parseOptions: { maxLexicalTokens: limits.tokens },
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // Each of these would be switched on by an environment variable or a header.
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      hideSuggestions,
    ],
    logger: { debug: silent, info: silent, warn: silent, error: () => log.error({}, 'Apollo Server failed.') },
  });
  await server.start();
  const handle = (exchange: Exchange) => serve(server, exchange, options);
  return { route: { methods: ['GET', 'POST'], path: '/graphql', handle }, stop: () => server.stop() };
}

async function serve(server: ApolloServer<RequestContext>, exchange: Exchange, options: GraphQLOptions): Promise<void> {
  const { request, response, url, requestId } = exchange;
  const context: RequestContext = { ...(await exchange.caller()), requestId, outcome: {} };
  const isPost = request.method === 'POST';
  const body = isPost ? parseJson(await readBody(request, options.maximumBodyBytes), request.headers) : undefined;
  const answer = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? '',
      headers: headersOf(request.headers),
      search: url.search,
      body,
    },
    context: () => Promise.resolve(context),
  });
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  announce(exchange, context.outcome.release);
  response.statusCode = answer.status ?? 200;
  if (answer.body.kind !== 'complete') throw new Refusal('INTERNAL', 'An answer came in parts.');
  response.end(answer.body.string);
}

/** Says in a header what must be said with attested values. */
export function announce({ response }: Pick<Exchange, 'response'>, release: Release | undefined): void {
  if (release === undefined || release.notices.length === 0) return;
  // Header values are printable ASCII (RFC 9110); the answer itself carries the notice as written.
  response.setHeader('cloister-notice', release.notices.join(' ').replace(/[^\x20-\x7e]/g, '?'));
}

/** Undefined for other content types: Apollo Server then says which one it wants. */
function parseJson(body: Buffer, headers: IncomingHttpHeaders): unknown {
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) return undefined;
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new Refusal('BAD_INPUT', 'The body is not JSON.', { cause });
  }
}

function formatError(formatted: GraphQLFormattedError, thrown: unknown, log: Log): GraphQLFormattedError {
  if (thrown instanceof GraphQLError && thrown.originalError instanceof Refusal) {
    const { code, message, definition } = thrown.originalError;
    return { message, extensions: { code, kind: definition.kind } };
  }
  if (/^Syntax Error: Document contains more (than|that) \d+ tokens/.test(formatted.message)) {
    const message = 'The operation has too many tokens.';
    return { message, extensions: { code: 'OPERATION_TOO_COMPLEX', kind: 'caller' } };
  }
  return formatGraphQLError(formatted, thrown, (error) => log.error({ error }, 'An operation failed unexpectedly.'));
}

/** graphql-js suggests names that are close to a wrong one. Who is not signed in does not learn the schema that way. */
const hideSuggestions: ApolloServerPlugin<RequestContext> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse({ contextValue, response }) {
        if (contextValue.caller.kind === 'anonymous' && response.body.kind === 'single') {
          const { singleResult } = response.body;
          if (singleResult.errors !== undefined) singleResult.errors = singleResult.errors.map(withoutSuggestion);
        }
        return Promise.resolve();
      },
    }),
};

function withoutSuggestion(error: GraphQLFormattedError): GraphQLFormattedError {
  return { ...error, message: error.message.replace(/ ?Did you mean [^?]*\?/g, '') };
}

function headersOf(headers: IncomingHttpHeaders): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

function silent(): void {
  // Apollo Server's messages are free text, which our log does not take.
}
