import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { insecurePlatform } from '../../../enclave/platforms/insecure/platform.js';
import { startGateway, type GatewayOptions, type RunningGateway } from '../../../gateway/gateway.js';
import { OPERATION_LIMITS } from '../../../gateway/transport/limits.js';
import { createAttestedClient } from '../../../runtime/attestedClient.js';
import type { AttestedIdentity } from '../../../runtime/attestedIdentity.js';
import type { AttestedRoute } from '../../../runtime/attestedRoutes.js';
import type { Caller } from '../../../runtime/caller.js';
import { silentLog } from '../../../runtime/log.js';
import { createMetrics } from '../../../runtime/metrics.js';
import { startSubgraph, type SubgraphRequest } from '../../../runtime/subgraphServer.js';
import { composeSupergraph } from '../../../schema/compose.js';
import { startAttestedSystem, type AttestedSystem } from '../../support/attestedSystem.js';
import { measurementOf } from '../../support/issuer.js';
import { startIdentityProvider, type TestIdentityProvider } from './identityProvider.js';

const header = (imports: string) => `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective", "@requiresScopes", "@authenticated" ${imports}])
    @link(url: "https://cloister.example/attested/v0.1", import: ["@attested"])
    @composeDirective(name: "@attested")
  directive @attested(policy: String!) on FIELD_DEFINITION | OBJECT | INTERFACE | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | SCALAR | ENUM
`;

const patientSdl = `${header('')}
  type Query {
    "Public." about: String
    "One." patient(id: ID!): Patient @authenticated
    "Found." find(name: String @attested(policy: "patient-record")): [Patient!] @authenticated
    "Fails." broken: String
    "Studies." studies: [Study!] @authenticated
    "Anything." things: [Thing] @authenticated
    "Who asks." caller: String
  }
  type Mutation {
    "Counts." count: Int @requiresScopes(scopes: [["count"]])
    "Writes." rename(name: String! @attested(policy: "patient-record")): Patient @authenticated
  }
  "A patient." type Patient @key(fields: "id") {
    "Id." id: ID!
    "Name." name: String @attested(policy: "patient-record")
    "Since." since: String
    "Phone." phone: String @requiresScopes(scopes: [["phone"]]) @attested(policy: "patient-record")
  }
  "A study." type Study @key(fields: "id") { "Id." id: ID! "Pixels." pixels: String @attested(policy: "imaging") "Rows." rows: Int }
  "A thing." union Thing = Patient | Study
`;

const diagnosisSdl = `${header(', "@external", "@requires"')}
  type Query { "Models." models: [String!] "Ask." ask(question: String @attested(policy: "imaging")): String }
  "A patient." type Patient @key(fields: "id") {
    "Id." id: ID!
    "Name." name: String @external
    "Takes the name, which the diagnosis service may not have." risk: String @requires(fields: "name")
    "Public." score: Int
  }
  "A study." type Study @key(fields: "id") {
    "Id." id: ID!
    "Pixels." pixels: String @external
    "Takes the pixels." finding: String @requires(fields: "pixels") @attested(policy: "imaging")
  }
`;

const patients = [
  { __typename: 'Patient', id: '1', name: 'Ada Lovelace', since: '2020', phone: '555' },
  { __typename: 'Patient', id: '2', name: 'Ben', since: '2021', phone: '556' },
];
const studies = [
  { __typename: 'Study', id: 's1', pixels: 'PIXELS', rows: 2 },
  { __typename: 'Study', id: 's2', pixels: 'MORE', rows: 3 },
];

/** `counted`: genuine and accepted, but all it does is count what it is sent. */
export type DiagnosisState = 'good' | 'counted' | 'wrong measurement' | 'unreachable';

export interface TestSystem {
  readonly url: string;
  readonly gateway: RunningGateway;
  readonly attested: AttestedSystem;
  readonly identityProvider: TestIdentityProvider;
  readonly supergraphSdl: string;
  readonly subgraphUrls: ReadonlyMap<string, string>;
  /** Every operation and request that a subgraph received. */
  readonly received: { readonly subgraph: string; readonly representations?: unknown; readonly caller: Caller }[];
  /** Times that Mutation.count ran. */
  readonly counted: () => number;
  /** What the counting diagnosis service was sent: connections, and application bytes over them. */
  readonly countedAtDiagnosis: () => { readonly connections: number; readonly bytes: number };
  /** What images arrived at the patient service. */
  readonly uploads: { readonly patient: string | null; readonly bytes: number; readonly caller: Caller }[];
  graphql(query: string, options?: RequestOptions): Promise<Answer>;
  /** As the enclave of this name, over attested TLS. */
  asEnclave(name: string, query: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface RequestOptions {
  /** Scopes of a good token; absent: no token. */
  readonly scopes?: readonly string[];
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came, as far as tests look at it. */
export interface GraphQLAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: GraphQLAnswer;
  readonly text: string;
}

/** A real gateway before two real subgraphs over attested TLS, with simulated evidence. */
export async function startTestSystem(
  options: { readonly diagnosis?: DiagnosisState } & Partial<GatewayOptions> = {},
): Promise<TestSystem> {
  const { diagnosis: diagnosisState = 'good', ...overrides } = options;
  const attested = await startAttestedSystem();
  const identityProvider = await startIdentityProvider();
  const received: TestSystem['received'][number][] = [];
  const uploads: TestSystem['uploads'][number][] = [];
  const stops: (() => Promise<void>)[] = [];
  const { trust } = attested;
  let counted = 0;

  const noteFor =
    (subgraph: string) =>
    ({ caller }: SubgraphRequest) => {
      received.push({ subgraph, caller });
      return { caller };
    };
  const note = (subgraph: string, representation: unknown) => {
    const last = received.at(-1);
    if (last !== undefined) received[received.length - 1] = { ...last, subgraph, representations: representation };
  };
  const listening = (identity: AttestedIdentity) => ({
    host: '127.0.0.1',
    port: 0,
    identity,
    trust,
    now: Date.now,
    log: silentLog,
    metrics: createMetrics('test', { processMetrics: false }),
  });

  const patient = await startSubgraph<{ caller: Caller }>({
    ...listening(await attested.identity('patient')),
    typeDefs: patientSdl,
    context: noteFor('patient'),
    routes: imageRoutes(uploads),
    resolvers: {
      Query: {
        about: () => 'a hospital',
        patient: (_: unknown, { id }: { id: string }) => patients.find((candidate) => candidate.id === id) ?? null,
        find: () => patients,
        broken: () => {
          throw new Error('SELECT * FROM patients WHERE name = Ada Lovelace');
        },
        studies: () => studies,
        things: () => [studies[0], patients[0], null],
        caller: (_: unknown, _args: unknown, { caller }: { caller: Caller }) => JSON.stringify(caller),
      },
      Mutation: {
        count: () => (counted += 1),
        rename: (_: unknown, { name }: { name: string }) => ({ ...patients[0], name }),
      },
      Patient: { __resolveReference: ({ id }: { id: string }) => patients.find((candidate) => candidate.id === id) },
      Study: { __resolveReference: ({ id }: { id: string }) => studies.find((candidate) => candidate.id === id) },
      Thing: { __resolveType: ({ __typename }: { __typename: string }) => __typename },
    },
  });
  stops.push(() => patient.close());

  let connections = 0;
  let bytes = 0;
  let diagnosisPort = 1;
  if (diagnosisState === 'good') {
    const diagnosis = await startSubgraph<{ caller: Caller }>({
      ...listening(await attested.identity('diagnosis')),
      typeDefs: diagnosisSdl,
      context: noteFor('diagnosis'),
      resolvers: {
        Query: { models: () => ['m'], ask: (_: unknown, { question }: { question?: string }) => question ?? 'nothing' },
        Patient: {
          __resolveReference: (reference: unknown) => (note('diagnosis', reference), reference),
          risk: ({ name }: { name: string }) => `risk of ${name}`,
          score: () => 7,
        },
        Study: {
          __resolveReference: (reference: { id: string }) => (
            note('diagnosis', reference),
            reference.id === 's2' ? null : reference
          ),
          finding: ({ pixels }: { pixels: string }) => `saw ${pixels}`,
        },
      },
    });
    stops.push(() => diagnosis.close());
    diagnosisPort = diagnosis.port;
  } else if (diagnosisState !== 'unreachable') {
    // The impostor is genuine in everything but the code that it runs, and would take whatever it is sent.
    const measurement = measurementOf(diagnosisState === 'counted' ? 'diagnosis' : 'impostor');
    const platform = insecurePlatform({ files: attested.service.platform, measurement });
    const { privateKey, certificate } = (await attested.identity('diagnosis', { platform })).credential();
    const server = createTlsServer(
      {
        key: privateKey,
        cert: certificate,
        requestCert: true,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.3',
        ALPNProtocols: ['http/1.1'],
      },
      (socket) => {
        socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
        socket.on('error', () => undefined);
      },
    );
    server.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    diagnosisPort = (server.address() as AddressInfo).port;
    stops.push(() => new Promise((resolve) => server.close(() => resolve())));
  }

  const url = (port: number) => `https://127.0.0.1:${port}`;
  const urls = new Map([
    ['patient', url(patient.port)],
    ['diagnosis', url(diagnosisPort)],
  ]);
  const supergraphSdl = composeSupergraph(
    {
      patient: { sdl: patientSdl, url: 'https://patient' },
      diagnosis: { sdl: diagnosisSdl, url: 'https://diagnosis' },
    },
    new Set(trust.policies.keys()),
  );
  const gateway = await startGateway({
    supergraphSdl,
    subgraphUrls: urls,
    identity: await attested.identity('gateway'),
    trust,
    accessTokens: identityProvider,
    portalOrigin: 'http://portal.test',
    graphiqlFolder: 'nowhere',
    limits: OPERATION_LIMITS,
    maximumBodyBytes: 100 * 1024,
    maximumImageBytes: 1024 * 1024,
    host: '127.0.0.1',
    httpPort: 0,
    attestedPort: 0,
    now: Date.now,
    log: silentLog,
    metrics: createMetrics('gateway', { processMetrics: false }),
    ...overrides,
  });
  const base = `http://127.0.0.1:${gateway.httpPort}`;

  return {
    url: base,
    gateway,
    attested,
    identityProvider,
    supergraphSdl,
    subgraphUrls: urls,
    received,
    uploads,
    counted: () => counted,
    countedAtDiagnosis: () => ({ connections, bytes }),
    graphql: async (query, { scopes, variables, operationName, headers = {} } = {}) => {
      const authorization =
        scopes === undefined ? {} : { authorization: `Bearer ${await identityProvider.token(scopes)}` };
      const response = await fetch(`${base}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization, ...headers },
        body: JSON.stringify({ query, variables, operationName }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as GraphQLAnswer };
    },
    asEnclave: async (name, query) => {
      const client = createAttestedClient({
        peer: 'gateway',
        url: url(gateway.attestedPort),
        identity: await attested.identity(name),
        trust,
        expectEnclave: 'gateway',
        now: Date.now,
      });
      const { status, headers, body } = await client.request({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      await client.close();
      const text = body.toString('utf8');
      return {
        status,
        headers: new Headers(headers as Record<string, string>),
        text,
        body: JSON.parse(text) as GraphQLAnswer,
      };
    },
    close: async () => {
      await gateway.close();
      for (const stop of stops) await stop();
      await identityProvider.close();
      await attested.close();
    },
  };
}

function imageRoutes(uploads: TestSystem['uploads'][number][]): AttestedRoute[] {
  return [
    {
      method: 'POST',
      path: '/imaging-studies',
      peers: ['gateway'],
      async handle({ query, caller, request }, response) {
        let bytes = 0;
        for await (const chunk of request as AsyncIterable<Buffer>) bytes += chunk.length;
        uploads.push({ patient: query.get('patient'), bytes, caller: caller() });
        response
          .writeHead(201, { 'content-type': 'application/json' })
          .end(JSON.stringify({ id: 's9', patientId: query.get('patient') }));
      },
    },
    {
      method: 'GET',
      path: '/imaging-studies/:id/rendition',
      peers: ['gateway'],
      handle({ params }, response) {
        if (params.id === 'gone') {
          response
            .writeHead(404, { 'content-type': 'application/json' })
            .end(JSON.stringify({ error: { code: 'NOT_FOUND', message: 'Ada Lovelace' } }));
          return;
        }
        response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from('PNG!'));
      },
    },
  ];
}
