import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse, validate, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { composeSuite } from './compose.js';
import type { FederationSuite, SubgraphRequest, SuiteSubgraph } from './suite.js';

/** All subgraphs of all suites on one port: POST /SUITE/SUBGRAPH, and GET /SUITE/supergraph. */
export interface SubgraphServer {
  /** Without a slash at its end. */
  readonly origin: string;
  supergraphOf(suite: FederationSuite): string;
  /** Requests since it was last called. */
  takeRequests(): SubgraphRequest[];
  close(): Promise<void>;
}

interface Service {
  readonly subgraph: SuiteSubgraph;
  /** Built when it is first asked. */
  schema?: GraphQLSchema;
}

/** @param port 0 lets the system choose. */
export async function startSubgraphServer(suites: readonly FederationSuite[], port = 0): Promise<SubgraphServer> {
  const services = new Map<string, Service>();
  for (const suite of suites) {
    for (const subgraph of suite.subgraphs()) services.set(`/${suite.id}/${subgraph.name}`, { subgraph });
  }
  let requests: SubgraphRequest[] = [];
  let origin = '';
  const supergraphs = new Map<string, string>();
  const supergraphOf = (suite: FederationSuite): string => {
    const known = supergraphs.get(suite.id) ?? composeSuite(suite, origin);
    supergraphs.set(suite.id, known);
    return known;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = decodeURIComponent(request.url ?? '/');
    const composed = suites.find(({ id }) => path === `/${id}/supergraph`);
    if (composed !== undefined) {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(supergraphOf(composed));
      return;
    }
    const service = services.get(path);
    if (service === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { query, variables } = JSON.parse(await textOf(request)) as Pick<SubgraphRequest, 'query' | 'variables'>;
    const [, suite = '', subgraph = ''] = path.split('/');
    const asked: SubgraphRequest = { suite, subgraph, query, variables };
    requests.push(asked);
    const raw = service.subgraph.intercept?.(asked);
    if (raw !== undefined) {
      response.writeHead(raw.status, { 'content-type': raw.contentType }).end(raw.body);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(await run(service, asked)));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const errors = [{ message: error instanceof Error ? error.message : 'failed' }];
      response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    supergraphOf,
    takeRequests: () => {
      const taken = requests;
      requests = [];
      return taken;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** As a careful subgraph does: parsed, validated, executed. */
async function run(service: Service, { query, variables }: SubgraphRequest): Promise<ExecutionResult> {
  const { subgraph } = service;
  const schema = (service.schema ??= buildSubgraphSchema({
    typeDefs: parse(subgraph.sdl),
    resolvers: subgraph.resolvers as never,
  }));
  const document = parse(query);
  const errors = validate(schema, document);
  if (errors.length > 0) return { errors };
  return execute({
    schema,
    document,
    ...(variables === undefined ? {} : { variableValues: variables }),
    contextValue: {},
  });
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
