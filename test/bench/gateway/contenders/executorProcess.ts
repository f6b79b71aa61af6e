import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Pool } from 'undici';
import { createCompiledExecutor } from '../../../../gateway/execution/compiled/executor.js';
import type { SubgraphAnswer } from '../../../../gateway/execution/compiled/transport.js';

/** node executorProcess.js SUPERGRAPH PORT URLS: the compiled executor with as little around it as is possible. */
const [supergraphFile = '', port = '', urlText = '{}'] = process.argv.slice(2);

const places = new Map(
  Object.entries(JSON.parse(urlText) as Readonly<Record<string, string>>).map(([name, url]) => {
    const { origin, pathname } = new URL(url);
    return [name, { path: pathname, pool: new Pool(origin, { connections: 64, pipelining: 1 }) }] as const;
  }),
);
const headers = { 'content-type': 'application/json' };

const executor = createCompiledExecutor({
  supergraphSdl: await readFile(supergraphFile, 'utf8'),
  transport: {
    async fetch(subgraph, body): Promise<SubgraphAnswer> {
      const place = places.get(subgraph);
      if (place === undefined) throw new Error(`there is no subgraph ${subgraph}`);
      const answer = await place.pool.request({ path: place.path, method: 'POST', headers, body });
      return { status: answer.statusCode, body: await answer.body.json() };
    },
  },
});

createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (text += chunk));
  request.on('end', () => {
    const { operationName, query, variables } = JSON.parse(text) as {
      readonly query: string;
      readonly operationName?: string;
      readonly variables?: Readonly<Record<string, unknown>>;
    };
    const prepared = executor.prepare(query, operationName);
    void executor.execute(prepared, { variables: variables ?? {}, context: undefined }).then((answer) => {
      const bytes = Buffer.from(answer.text);
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length });
      response.end(bytes);
    });
  });
}).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());
