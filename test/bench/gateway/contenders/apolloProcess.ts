import { readFile } from 'node:fs/promises';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { Pool } from 'undici';

/** node apolloProcess.js SUPERGRAPH PORT default|undici */
const [supergraphFile = '', port = '', fetcherName] = process.argv.slice(2);
const pools = new Map<string, Pool>();

const gateway = new ApolloGateway({
  supergraphSdl: await readFile(supergraphFile, 'utf8'),
  ...(fetcherName === 'undici'
    ? {
        buildService: ({ url }) =>
          new RemoteGraphQLDataSource({ ...(url ? { url } : {}), fetcher: fetchByPool as never }),
      }
    : {}),
});
await startStandaloneServer(new ApolloServer({ gateway }), { listen: { port: Number(port), host: '127.0.0.1' } });
process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());

interface Sent {
  readonly method: 'POST';
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** As much of `fetch` as Apollo's data source uses. */
async function fetchByPool(url: string, { body, headers, method }: Sent): Promise<unknown> {
  const { origin, pathname } = new URL(url);
  const pool = pools.get(origin) ?? new Pool(origin, { connections: 64, pipelining: 1 });
  pools.set(origin, pool);
  const answer = await pool.request({ path: pathname, method, headers, body });
  return {
    url,
    status: answer.statusCode,
    ok: answer.statusCode < 300,
    statusText: '',
    headers: { get: (name: string) => answer.headers[name.toLowerCase()] ?? null },
    text: () => answer.body.text(),
    json: () => answer.body.json(),
  };
}
