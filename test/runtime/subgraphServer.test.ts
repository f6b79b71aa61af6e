import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import type { AttestedClient } from '../../runtime/attestedClient.js';
import { createAttestedClient } from '../../runtime/attestedClient.js';
import type { AttestedRoute } from '../../runtime/attestedRoutes.js';
import type { Caller } from '../../runtime/caller.js';
import { CALLER_HEADER, encodeCaller, REQUEST_ID_HEADER } from '../../runtime/caller.js';
import { createLog } from '../../runtime/log.js';
import type { Metrics } from '../../runtime/metrics.js';
import { createMetrics } from '../../runtime/metrics.js';
import { startSubgraph } from '../../runtime/subgraphServer.js';
import type { AttestedSystem } from '../support/attestedSystem.js';
import { startAttestedSystem } from '../support/attestedSystem.js';

const typeDefs = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { whoami: String, echo(text: Int!): Int, fail(how: String!): String, secret: Int }
  type Thing @key(fields: "id") { id: ID! name: String }
`;

interface Context {
  readonly caller: Caller;
  readonly requestId: string;
}

const resolvers = {
  Query: {
    whoami: (_: unknown, __: unknown, context: Context) => `${context.caller.id} ${context.requestId}`,
    echo: (_: unknown, { text }: { text: number }) => text,
    secret: () => 'Maria Silva',
    fail: (_: unknown, { how }: { how: string }) => {
      if (how === 'refusal') throw new Refusal('SCOPE_MISSING', 'This needs the scope x.');
      if (how === 'coded') throw new GraphQLError('Busy.', { extensions: { code: 'BUSY' } });
      if (how === 'upstream')
        throw new GraphQLError('Body of Maria Silva', {
          extensions: { code: 'DOWNSTREAM', response: { body: 'Maria Silva' } },
        });
      throw new Error('row of Maria Silva not found');
    },
  },
  Thing: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `thing ${id}` }) },
};

const routes: AttestedRoute[] = [
  {
    method: 'GET',
    path: '/images/:id',
    peers: ['inference'],
    policy: 'imaging',
    handle: ({ params, query, peer }, response) =>
      void response.end(`${params.id ?? ''} ${query.get('ticket') ?? ''} ${peer.enclave}`),
  },
  {
    method: 'POST',
    path: '/imaging-studies',
    peers: ['gateway'],
    handle: async ({ body, caller }, response) => {
      const bytes = await body(1000);
      response.end(`${caller().id} ${bytes.length}`);
    },
  },
  { method: 'GET', path: '/open', handle: ({ caller }, response) => void response.end(caller().id) },
  {
    method: 'GET',
    path: '/broken',
    handle: () => {
      throw new Error('row of Maria Silva not found');
    },
  },
];

const caller: Caller = { kind: 'person', id: 'u-17', roles: ['clinician'], scopes: [], channel: 'local' };
const asClinician = { [CALLER_HEADER]: encodeCaller(caller), 'content-type': 'application/json' };

let system: AttestedSystem;
let subgraph: { port: number; close(): Promise<void> };
let metrics: Metrics;
const lines: string[] = [];
const clients: AttestedClient[] = [];

async function clientOf(name: string): Promise<AttestedClient> {
  const identity = await system.identity(name);
  const client = createAttestedClient({
    peer: 'patient',
    url: `https://127.0.0.1:${subgraph.port}`,
    identity,
    trust: system.trust,
    expectEnclave: 'patient',
    now: Date.now,
  });
  clients.push(client);
  return client;
}

let gateway: AttestedClient;
let inference: AttestedClient;

beforeAll(async () => {
  system = await startAttestedSystem();
  metrics = createMetrics('patient', { processMetrics: false });
  subgraph = await startSubgraph<Context>({
    typeDefs,
    resolvers,
    context: ({ caller: from, requestId }) => ({ caller: from, requestId }),
    routes,
    host: '127.0.0.1',
    port: 0,
    identity: await system.identity('patient'),
    trust: system.trust,
    now: Date.now,
    log: createLog({ name: 'patient', level: 'debug', destination: { write: (line) => void lines.push(line) } }),
    metrics,
  });
  gateway = await clientOf('gateway');
  inference = await clientOf('inference');
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await subgraph.close();
  await system.close();
});

interface GraphQLAnswer {
  status: number;
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[];
  error?: { code: string; message: string };
}

async function ask(
  query: unknown,
  headers: Record<string, string> = asClinician,
  variables?: unknown,
): Promise<GraphQLAnswer> {
  const answer = await gateway.request({
    method: 'POST',
    path: '/graphql',
    headers,
    body: JSON.stringify({ query, variables }),
  });
  return { status: answer.status, ...(JSON.parse(answer.body.toString()) as Omit<GraphQLAnswer, 'status'>) };
}

describe('GraphQL', () => {
  test('answers the gateway, and knows the caller and the request', async () => {
    const answer = await ask('{ whoami }', { ...asClinician, [REQUEST_ID_HEADER]: 'r-1' });
    expect(answer).toEqual({ status: 200, data: { whoami: 'u-17 r-1' } });
  });

  test('speaks federation', async () => {
    expect((await ask('{ _service { sdl } }')).data?._service).toEqual({
      sdl: expect.stringContaining('type Thing'),
    });
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { ... on Thing { name } } }';
    const answer = await ask(query, asClinician, { r: [{ __typename: 'Thing', id: '7' }] });
    expect(answer.data).toEqual({ _entities: [{ name: 'thing 7' }] });
    expect((await ask('{ __schema { queryType { name } } }')).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    });
  });

  test('is refused to every other enclave', async () => {
    const answer = await inference.request({
      method: 'POST',
      path: '/graphql',
      headers: asClinician,
      body: '{"query":"{ whoami }"}',
    });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      error: {
        code: 'POLICY_NOT_SATISFIED',
        failures: [{ claim: 'enclave', expected: 'gateway', actual: 'inference' }],
      },
    });
  });

  test('is refused without a caller', async () => {
    expect(await ask('{ whoami }', { 'content-type': 'application/json' })).toMatchObject({
      status: 400,
      error: { code: 'BAD_INPUT' },
    });
  });

  test('keeps the code and message of a refusal', async () => {
    const { data, errors } = await ask('{ fail(how: "refusal") }');
    expect(data).toEqual({ fail: null });
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'This needs the scope x.',
        path: ['fail'],
        extensions: { code: 'SCOPE_MISSING', kind: 'caller' },
      }),
    ]);
    expect((await ask('{ fail(how: "coded") }')).errors?.[0]).toMatchObject({
      message: 'Busy.',
      extensions: { code: 'BUSY' },
    });
  });

  test.each([
    ['an unexpected error', '{ fail(how: "bug") }'],
    ['an upstream error with a body', '{ fail(how: "upstream") }'],
    ['a value of the wrong type', '{ secret }'],
  ])('says nothing of %s but INTERNAL, to the caller and in the log', async (_, query) => {
    const answer = await ask(query);
    expect(JSON.stringify(answer)).not.toContain('Silva');
    expect(answer.errors?.[0]).toMatchObject({
      message: 'An unexpected error occurred.',
      extensions: { code: 'INTERNAL' },
    });
    expect(answer.errors?.[0]?.extensions).not.toHaveProperty('stacktrace');
    expect(lines.join('')).not.toContain('Silva');
    expect(lines.at(-1)).toContain('A resolver failed.');
  });

  test('does not repeat a variable that was wrong', async () => {
    const answer = await ask('query($t: Int!) { echo(text: $t) }', asClinician, { t: 'Maria "; Silva' });
    expect(answer.errors?.[0]).toMatchObject({
      message: 'Variable "$t" has an invalid value.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
    expect(JSON.stringify(answer)).not.toContain('Silva');
  });

  test('says what is wrong with a document', async () => {
    expect((await ask('{ nosuch }')).errors?.[0]).toMatchObject({
      message: expect.stringContaining('Cannot query field "nosuch"'),
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect((await ask('{')).errors?.[0]).toMatchObject({ extensions: { code: 'GRAPHQL_PARSE_FAILED' } });
  });

  test.each([
    ['a body over 100 KB', `{"query":"${'#'.repeat(102_400)}"}`, asClinician, 413, 'TOO_LARGE'],
    ['a body that is not JSON', '{', asClinician, 400, 'BAD_INPUT'],
    [
      'another content type',
      '{"query":"{ whoami }"}',
      { ...asClinician, 'content-type': 'text/plain' },
      400,
      'BAD_INPUT',
    ],
  ])('refuses %s', async (_, body, headers, status, code) => {
    const answer = await gateway.request({ method: 'POST', path: '/graphql', headers, body });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { code } });
  });

  test('refuses a batch', async () => {
    const answer = await gateway.request({
      method: 'POST',
      path: '/graphql',
      headers: asClinician,
      body: '[{"query":"{ whoami }"}]',
    });
    expect(answer.status).toBe(400);
  });

  test('is not served by GET', async () => {
    expect(
      (await gateway.request({ method: 'GET', path: '/graphql?query={whoami}', headers: asClinician })).status,
    ).toBe(404);
  });
});

describe('a route', () => {
  test('gives its parameters, its query and its peer to the handler', async () => {
    const answer = await inference.request({ method: 'GET', path: '/images/a%2Fb?ticket=t1' });
    expect(answer.body.toString()).toBe('a/b t1 inference');
  });

  test('is closed to enclaves that it does not name', async () => {
    expect((await gateway.request({ method: 'GET', path: '/images/1' })).status).toBe(403);
  });

  test('is closed to peers that do not satisfy its policy', async () => {
    const attestation = await clientOf('attestation');
    const answer = await attestation.request({ method: 'GET', path: '/images/1' });
    expect(answer.status).toBe(403);
  });

  test('reads a body within its bound', async () => {
    const post = (size: number) =>
      gateway.request({
        method: 'POST',
        path: '/imaging-studies?patient=1',
        headers: asClinician,
        body: Buffer.alloc(size),
      });
    expect((await post(1000)).body.toString()).toBe('u-17 1000');
    expect((await post(1001)).status).toBe(413);
    expect((await post(0)).body.toString()).toBe('u-17 0');
  });

  test('takes the word of no other enclave than the gateway on who the caller is', async () => {
    const answer = await inference.request({ method: 'GET', path: '/open', headers: asClinician });
    expect(JSON.parse(answer.body.toString())).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
    expect((await gateway.request({ method: 'GET', path: '/open', headers: asClinician })).body.toString()).toBe(
      'u-17',
    );
  });

  test('that fails says nothing but INTERNAL', async () => {
    const answer = await gateway.request({ method: 'GET', path: '/broken' });
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).toBe('{"error":{"code":"INTERNAL","message":"An unexpected error occurred."}}');
  });

  test('that does not exist is not found', async () => {
    for (const path of ['/', '/images', '/images/', '/images/1/2', '/images/%zz/1', '//graphql', '//x/open', '//[']) {
      expect((await gateway.request({ method: 'GET', path })).status).toBe(404);
    }
  });

  test('gives each request an identifier, and takes one only where it is one', async () => {
    const id = async (given: string) =>
      (await gateway.request({ method: 'GET', path: '/', headers: { [REQUEST_ID_HEADER]: given } })).headers[
        REQUEST_ID_HEADER
      ];
    expect(await id('r-17')).toBe('r-17');
    expect(await id('Maria Silva')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('is counted by its pattern, never by its path', async () => {
    const { body } = await metrics.render();
    expect(body).toContain('route="GET /images/:id"');
    expect(body).not.toContain('a%2Fb');
    expect(body).toContain('cloister_refusals_total{code="POLICY_NOT_SATISFIED",where="POST /graphql"');
  });
});

test('a policy that is not in force is found at the start', async () => {
  const identity = await system.identity('patient');
  const options = {
    typeDefs,
    resolvers,
    context: () => ({}),
    host: '127.0.0.1',
    port: 0,
    identity,
    trust: system.trust,
    now: Date.now,
    log: createLog({ name: 'x', level: 'silent' }),
    metrics,
  };
  const route: AttestedRoute = { method: 'GET', path: '/x', policy: 'nosuch', handle: () => undefined };
  await expect(startSubgraph({ ...options, routes: [route] } as never)).rejects.toMatchObject({
    code: 'POLICY_UNKNOWN',
  });
});
