import { createHash } from 'node:crypto';
import type { ApolloGateway, GraphQLDataSource } from '@apollo/gateway';
import {
  getOperationAST,
  GraphQLError,
  print,
  validate,
  type DocumentNode,
  type GraphQLFormattedError,
  type OperationDefinitionNode,
} from 'graphql';
import type { HttpTransport } from '../execution/transport/httpTransport.js';
import type { ExecutionAnswer, Executor, PreparedOperation } from '../http/executor.js';
import type { ForwardedContext } from './forwardedHeaders.js';

/** `@apollo/gateway` as it comes, on our connections: to compare with, and to fall back on. */
export async function createPlainApolloExecutor(
  supergraphSdl: string,
  transport: HttpTransport,
): Promise<{ readonly executor: Executor; stop(): Promise<void> }> {
  // It exports figures to its maker unless this is set before it is constructed (its dist/index.js reads nothing else).
  process.env.APOLLO_TELEMETRY_DISABLED = '1';
  const { ApolloGateway } = await import('@apollo/gateway');
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name }) => dataSource(name, transport),
    __exposeQueryPlanExperimental: false,
    logger: silent,
  });
  const { executor: execute, schema } = await load(gateway);
  return {
    executor: {
      schema,
      prepare(document, operationName) {
        const errors = validate(schema, document);
        if (errors.length > 0) throw Object.assign(new Error('The document is not valid.'), { errors });
        return prepared(document, operationName);
      },
      async execute({ document, operation }, { context, variables }) {
        const source = print(document);
        const result = await execute({
          document,
          operation,
          operationName: operation.name?.value ?? null,
          source,
          queryHash: createHash('sha256').update(source).digest('hex'),
          request: { query: source, variables, ...(operation.name ? { operationName: operation.name.value } : {}) },
          schema,
          context,
          metrics: {},
          logger: silent,
          cache: NO_CACHE,
          overallCachePolicy: {},
          requestIsBatched: false,
        } as never);
        return answerOf(result);
      },
    },
    stop: () => gateway.stop(),
  };
}

type Loaded = Awaited<ReturnType<ApolloGateway['load']>> & { readonly schema: NonNullable<ApolloGateway['schema']> };

async function load(gateway: ApolloGateway): Promise<Loaded> {
  const { executor } = await gateway.load();
  if (gateway.schema === undefined) throw new Error('Apollo Gateway has no schema.');
  return { executor, schema: gateway.schema };
}

function prepared(document: DocumentNode, operationName: string | undefined): PreparedOperation {
  const operation: OperationDefinitionNode | null | undefined = getOperationAST(document, operationName);
  if (operation) return { document, operation };
  throw new GraphQLError(
    operationName === undefined
      ? 'Must provide operation name if query contains multiple operations.'
      : `Unknown operation named "${operationName}".`,
  );
}

function dataSource(name: string, transport: HttpTransport): GraphQLDataSource {
  return {
    async process({ context, request }) {
      const { query, variables } = request;
      // Apollo itself asks without a context.
      const known = context as Partial<ForwardedContext> | undefined;
      const { body } = await transport.post(name, JSON.stringify({ query, variables }), {
        context: { headers: known?.headers ?? {} },
        signal: undefined,
      });
      if (typeof body !== 'object' || body === null) throw new Error(`The subgraph ${name} gave no GraphQL response.`);
      return body;
    },
  };
}

function answerOf({ data, errors }: { data?: unknown; errors?: readonly GraphQLError[] }): ExecutionAnswer {
  const formatted = (errors ?? []).map(formatError);
  const hasData = data !== undefined;
  return {
    text: JSON.stringify({ ...(formatted.length > 0 ? { errors: formatted } : {}), ...(hasData ? { data } : {}) }),
    hasErrors: formatted.length > 0,
    hasData,
    errors: formatted,
    data: () => data,
  };
}

/** Apollo also keeps plain errors, whatever its types say. */
function formatError(error: GraphQLError): GraphQLFormattedError {
  const { extensions = {}, message, path } = error as Pick<GraphQLError, 'message'> & Partial<GraphQLError>;
  // In `response` it keeps the whole answer of the subgraph.
  const shown = Object.fromEntries(Object.entries(extensions).filter(([key]) => key !== 'response'));
  return { message, ...(path === undefined ? {} : { path }), extensions: shown };
}

const NO_CACHE = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  delete: () => Promise.resolve(),
};

function ignore(): void {
  // Apollo's messages are free text, which our log does not take.
}
