import { pathToFileURL } from 'node:url';
import { SUBGRAPHS, SUBGRAPH_SDL_FEDERATION_1, type SubgraphName } from '../retail/subgraphs.js';
import { peerModule } from './peers.js';

/** node mercuriusProcess.js FOLDER PORT URLS: its packages are in FOLDER. */
const [folder = '', port = '', urlText = '{}'] = process.argv.slice(2);
const urls = JSON.parse(urlText) as Readonly<Record<SubgraphName, string>>;

interface Fastify {
  readonly register: (plugin: unknown, options: unknown) => unknown;
  readonly listen: (options: { readonly port: number; readonly host: string }) => Promise<unknown>;
}

const load = async (name: string): Promise<unknown> =>
  ((await import(pathToFileURL(peerModule(folder, name)).href)) as { readonly default: unknown }).default;
const createFastify = (await load('fastify')) as () => Fastify;

const app = createFastify();
void app.register(await load('@mercuriusjs/gateway'), {
  gateway: { services: SUBGRAPHS.map((name) => ({ name, url: urls[name], schema: SUBGRAPH_SDL_FEDERATION_1[name] })) },
});
await app.listen({ port: Number(port), host: '127.0.0.1' });
process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());
