import type { AddressInfo } from 'node:net';
import { parseConfig } from './config.js';
import { createStaticServer } from './staticServer.js';

/** The portal's process: static files and config.json. Any web server could take its place. */
const config = parseConfig(process.env);
const server = await createStaticServer(config);

server.listen(config.port, config.host, () => {
  const { port } = server.address() as AddressInfo;
  say({ level: 30, process: 'portal', msg: 'listening', port });
  process.send?.({ ready: true, pid: process.pid });
});

server.on('error', (error) => {
  say({ level: 60, process: 'portal', msg: error.message });
  process.exit(1);
});

// `disconnect`: whoever started this process is gone, and nobody would stop it any more.
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}

/** One JSON line, in the form of the other processes. */
function say(entry: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ ...entry, time: Date.now() })}\n`);
}
