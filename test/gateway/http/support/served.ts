import {
  createGraphQLHandler,
  type Asker,
  type GraphQLHandlerOptions,
} from '../../../../gateway/http/graphqlHandler.js';
import { readCostModel } from '../../../../gateway/http/demand/costModel.js';
import { DEMAND } from '../../../../gateway/http/demand/demandControl.js';
import type { Executor } from '../../../../gateway/http/executor.js';
import { INPUT_LIMITS } from '../../../../gateway/http/inputLimits.js';
import { createNodeEdge, type NodeEdgeOptions } from '../../../../gateway/http/nodeEdge.js';
import { OPERATION_LIMITS } from '../../../../gateway/http/operationLimits.js';
import { PREFLIGHT_HEADERS } from '../../../../gateway/http/preflight.js';
import { serveSchema } from '../../../../gateway/http/servedSchema.js';
import { graphqlJsExecutor } from '../../../support/graphqlJsExecutor.js';
import { startLocalServer } from '../../../support/localServer.js';

export const CLINIC_SDL = `
  type Query { about: String! hello(name: String): String patient(id: ID!): Patient patients(ids: [ID!]): [Patient!] slow: String broken: String! }
  type Mutation { rename(id: ID!, name: String!): Patient }
  type Subscription { ticks: Int }
  type Patient { id: ID! name: String friends: [Patient!] mother: Patient }
  enum Colour { RED GREEN }
`;

const patient = (id: string): Record<string, unknown> => ({
  id,
  name: `Patient ${id}`,
  friends: () => [patient(`${id}a`), patient(`${id}b`)],
  mother: () => patient(`${id}m`),
});

export const clinicRoot = {
  about: 'a clinic',
  hello: ({ name }: { name?: string }) => `hello ${name ?? 'you'}`,
  patient: ({ id }: { id: string }) => patient(id),
  patients: ({ ids }: { ids?: string[] }) => (ids ?? ['1', '2']).map(patient),
  slow: () => new Promise<string>((resolve) => setTimeout(() => resolve('done'), 200)),
  broken: () => {
    throw new Error('the database says no');
  },
  rename: ({ id }: { id: string }) => patient(id),
};

export interface ServedOptions {
  readonly executor?: Executor;
  readonly handler?: Partial<GraphQLHandlerOptions<unknown>>;
  readonly edge?: Partial<NodeEdgeOptions<unknown>>;
  readonly limits?: Partial<typeof OPERATION_LIMITS>;
  /** A supergraph whose costs count. */
  readonly supergraph?: string;
}

export interface Served {
  readonly url: string;
  readonly executor: Executor;
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** The layer on a real socket. A request's `x-caller` header is who asks: no test is about authentication. */
export async function serve(options: ServedOptions = {}): Promise<Served> {
  const executor = options.executor ?? graphqlJsExecutor(CLINIC_SDL, clinicRoot);
  const limits = { ...OPERATION_LIMITS, ...options.limits };
  const costs = options.supergraph === undefined ? {} : { costs: readCostModel(options.supergraph) };
  const schema = serveSchema({ executor, limits, ...costs });
  const handler = createGraphQLHandler<unknown>({
    schemaFor: () => schema,
    inputLimits: INPUT_LIMITS,
    preflight: { headers: PREFLIGHT_HEADERS },
    introspection: 'everybody',
    documents: { mode: 'off' },
    demand: DEMAND,
    timeoutMs: 10_000,
    maximumErrors: 100,
    ...options.handler,
  });
  const edge = createNodeEdge<unknown>({
    handler,
    askerOf: ({ headers }): Asker => {
      const identity = headers['x-caller'];
      return { identity: typeof identity === 'string' ? identity : undefined, context: { identity } };
    },
    maximumBodyBytes: 100_000,
    bodyTimeoutMs: 5000,
    ...options.edge,
  });
  const server = await startLocalServer((request, response) => void edge(request, response));
  const url = `${server.url}/graphql`;
  return {
    url,
    executor,
    post: (body, headers = {}) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: () => server.close(),
  };
}

/** `[status, code]` of an answer that refuses. */
export async function refusalOf(response: Response): Promise<[status: number, code: string | undefined]> {
  const body = (await response.json()) as { errors?: { extensions?: { code?: string } }[] };
  return [response.status, body.errors?.[0]?.extensions?.code];
}
