import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse, type GraphQLSchema } from 'graphql';
import { resolvers } from './resolvers.js';
import { SUBGRAPHS, SUBGRAPH_SDL, type SubgraphName } from './subgraphs.js';

/** What gateways sent and got since the last reset: request and answer bodies, without headers. */
export interface Traffic {
  readonly calls: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface RunningRetail {
  readonly urls: Readonly<Record<SubgraphName, string>>;
  readonly takeTraffic: () => Traffic;
  readonly close: () => void;
}

/** Different request bodies that one subgraph remembers the answers of. */
const MAXIMUM_ANSWERS = 2000;

/** Each subgraph on a port of its own, in one process. A body that came before is answered with the bytes that it got then. */
export async function serveRetail(): Promise<RunningRetail> {
  let calls = 0;
  let bytesSent = 0;
  let bytesReceived = 0;
  const servers: Server[] = [];
  const urls: Partial<Record<SubgraphName, string>> = {};
  for (const name of SUBGRAPHS) {
    const schema = buildSubgraphSchema({ typeDefs: parse(SUBGRAPH_SDL[name]), resolvers: resolvers[name] as never });
    const answers = new Map<string, Buffer>();
    const answer = async (body: string): Promise<Buffer> => {
      const computed = await computeAnswer(schema, body);
      if (answers.size >= MAXIMUM_ANSWERS) answers.clear();
      answers.set(body, computed);
      return computed;
    };
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      collect(request, (body) => {
        calls += 1;
        bytesSent += body.length;
        const finish = (bytes: Buffer): void => {
          bytesReceived += bytes.length;
          send(response, bytes);
        };
        const key = body.toString('latin1');
        const known = answers.get(key);
        if (known !== undefined) finish(known);
        else void answer(key).then(finish, () => response.writeHead(500).end());
      });
    });
    servers.push(server);
    urls[name] = `http://127.0.0.1:${await listen(server)}/graphql`;
  }
  return {
    urls: urls as Readonly<Record<SubgraphName, string>>,
    takeTraffic: () => {
      const traffic = { calls, bytesSent, bytesReceived };
      calls = bytesSent = bytesReceived = 0;
      return traffic;
    },
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

async function computeAnswer(schema: GraphQLSchema, body: string): Promise<Buffer> {
  const { query, variables, operationName } = JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as {
    readonly query: string;
    readonly variables?: Readonly<Record<string, unknown>>;
    readonly operationName?: string;
  };
  const result = await graphql({
    schema,
    source: query,
    ...(variables ? { variableValues: variables } : {}),
    ...(operationName ? { operationName } : {}),
  });
  return Buffer.from(JSON.stringify(result));
}

function collect(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => then(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
}

function send(response: ServerResponse, bytes: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}

function listen(server: Server): Promise<number> {
  return new Promise((settle) => {
    server.listen(0, '127.0.0.1', () => settle((server.address() as AddressInfo).port));
  });
}
