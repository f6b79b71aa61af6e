import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A port on which nothing listens now. */
export async function freePort(): Promise<number> {
  const server = await listenOn(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((settle) => server.close(settle));
  return port;
}

/** A base port from which on all `offsets` are free now. */
export async function freePortBase(offsets: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const base = 20_000 + Math.floor(Math.random() * 300) * 100;
    const servers = await Promise.allSettled(offsets.map((offset) => listenOn(base + offset)));
    const open = servers.flatMap((server) => (server.status === 'fulfilled' ? [server.value] : []));
    await Promise.all(open.map((server) => new Promise((settle) => server.close(settle))));
    if (open.length === offsets.length) return base;
  }
  throw new Error('no range of free ports was found');
}

export function listenOn(port: number): Promise<Server> {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => settle(server));
  });
}
