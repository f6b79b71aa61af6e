import { createServer } from 'node:net';
import { Refusal } from '../../enclave/refusals.js';
import { LISTENERS, flagOf, listenerNames, type Listener, type Ports } from './listeners.js';

/**
 * Makes sure that every port is free before anything starts.
 * @throws Refusal CONFIGURATION_INVALID that names each port that is taken, which part needs it, and the flag that moves it.
 */
export async function requireFreePorts(ports: Ports, host = '127.0.0.1'): Promise<void> {
  const failures = await Promise.all(
    listenerNames.map(async (listener) => ({ listener, code: await tryListen(ports[listener], host) })),
  );
  const taken = failures.filter(
    (failure): failure is { listener: Listener; code: string } => failure.code !== undefined,
  );
  if (taken.length === 0) return;
  throw new Refusal(
    'CONFIGURATION_INVALID',
    taken.map(({ listener, code }) => sentence(listener, ports[listener], code)).join(' '),
  );
}

function sentence(listener: Listener, port: number, code: string): string {
  const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be used (${code})`;
  const move =
    listener === 'gateway'
      ? '--port N moves all ports'
      : `--${flagOf(listener)} N moves this one, --port N all of them`;
  return `Port ${port}, which ${LISTENERS[listener].part} needs, ${why}; ${move}.`;
}

/** The error code of listening there, or undefined where it works. */
function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => settle(undefined));
    });
  });
}
