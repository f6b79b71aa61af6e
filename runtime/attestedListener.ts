import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AttestedServerOptions } from '../enclave/channel/server.js';
import { createAttestedServer } from '../enclave/channel/server.js';
import type { AttestedIdentity } from './attestedIdentity.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import type { Trust } from './trust.js';

export interface AttestedListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly identity: AttestedIdentity;
  readonly trust: Trust;
  /** What every peer must satisfy; absent means `component`. Routes may demand more. */
  readonly policies?: readonly string[];
  /** Milliseconds since 1970, for instance Date.now. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits?: Pick<AttestedServerOptions, 'handshakeTimeoutMs' | 'maximumConnections' | 'requestTimeoutMs'>;
}

export interface Listening {
  readonly port: number;
  /** Takes no new connection, finishes the requests at hand, and ends. */
  close(): Promise<void>;
}

/** Listens on attested TLS. Peers that are refused are logged and counted here; `listener` never sees them. */
export async function startAttestedListener(
  options: AttestedListenerOptions,
  listener: RequestListener,
): Promise<Listening> {
  const { identity, trust, policies = ['component'], log, metrics } = options;
  const server = createAttestedServer(
    {
      credential: identity.credential,
      appraisePeer: trust.appraisePeer({ policies }),
      now: () => options.now() / 1000,
      onRefusal: (refusal) => {
        metrics.countRefusal(refusal.code, 'peer');
        log.warn({ code: refusal.code, failures: refusal.failures, error: refusal }, 'Refused a peer.');
      },
      ...options.limits,
    },
    listener,
  );
  const sockets = new Set<Duplex>();
  let requests = 0;
  let draining = false;
  // Connections without a request may be in the middle of a handshake, or made ahead: nobody waits for them.
  const endWhenDrained = () => {
    if (draining && requests === 0) for (const socket of sockets) socket.destroy();
  };
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.prependListener('request', (_, response) => {
    requests++;
    if (draining) response.shouldKeepAlive = false;
    response.once('close', () => {
      requests--;
      setImmediate(endWhenDrained);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.info({ host: options.host, port }, 'Listening for attested peers.');
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        draining = true;
        server.close(() => resolve());
        endWhenDrained();
      }),
  };
}
