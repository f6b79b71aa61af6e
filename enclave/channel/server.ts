import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { Refusal } from '../refusals.js';
import { ALPN, judgePeer, limitLifetime, secureContextOf } from './connection.js';
import type { Credential } from './credential.js';
import type { AppraisePeer } from './peer.js';
import { refusedPeer, rememberPeer } from './peer.js';

export interface AttestedServerOptions {
  /** The credential to show now; asked for each connection, so that it may be replaced while the server runs. */
  readonly credential: () => Credential;
  readonly appraisePeer: AppraisePeer;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Told of each connection that was refused. Absent: nobody is. */
  readonly onRefusal?: (refusal: Refusal) => void;
  /** For handshake and appraisal together. */
  readonly handshakeTimeoutMs?: number;
  readonly maximumConnections?: number;
  /** Of a whole request, as it arrives. */
  readonly requestTimeoutMs?: number;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const MAXIMUM_CONNECTIONS = 1024;
const REQUEST_TIMEOUT_MS = 120_000;
/** Longer than clients keep idle connections, so that they are the ones to close. */
const KEEP_ALIVE_MS = 75_000;
/** Answers within this time before a result expires end their connection, so that expiry finds none in use. */
const RETIRE_SECONDS = 60;

/**
 * An HTTP server over attested TLS. A connection reaches `listener` only after the peer's attestation result has been
 * verified, found to name the key of this very connection, and accepted; until then nothing is read from it as HTTP and
 * nothing is written. `peerOf(request)` says who sent a request.
 */
export function createAttestedServer(options: AttestedServerOptions, listener: RequestListener): Server {
  const { now, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS, onRefusal = () => undefined } = options;
  let shown = options.credential();
  const server = createServer(
    {
      ...secureContextOf(shown),
      ALPNProtocols: ALPN,
      requestCert: true,
      // No chain to check: the certificate is self-signed, and `admit` checks what it carries.
      rejectUnauthorized: false,
      handshakeTimeout: handshakeTimeoutMs,
      requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    listener,
  );
  server.maxConnections = options.maximumConnections ?? MAXIMUM_CONNECTIONS;

  server.prependListener('connection', () => {
    const current = options.credential();
    if (current === shown) return;
    shown = current;
    server.setSecureContext(secureContextOf(current));
  });

  // node:https serves HTTP from 'secureConnection'. We stand in front of that and let through what was admitted.
  const serveHttp = server.listeners('secureConnection') as ((this: Server, socket: TLSSocket) => void)[];
  server.removeAllListeners('secureConnection');
  const retireAt = new WeakMap<object, number>();
  const waiting = new Set<TLSSocket>();

  async function admit(socket: TLSSocket): Promise<void> {
    // Both ends stop believing this connection when either result expires.
    const ownExpiry = shown.expiresAt;
    waiting.add(socket);
    socket.once('close', () => waiting.delete(socket));
    socket.on('error', ignore);
    const verdict = await withinTime(judgePeer(socket, options.appraisePeer), handshakeTimeoutMs);
    waiting.delete(socket);
    if (verdict.outcome !== 'ACCEPTED') {
      socket.destroy();
      onRefusal(verdict.refusal);
      return;
    }
    if (socket.destroyed) return;
    rememberPeer(socket, verdict.peer);
    const { until } = verdict.peer;
    limitLifetime(socket, until, now);
    retireAt.set(socket, Math.min(until, ownExpiry) - RETIRE_SECONDS);
    socket.off('error', ignore);
    for (const serve of serveHttp) serve.call(server, socket);
  }

  server.on('secureConnection', (socket) => void admit(socket));
  server.prependListener('request', (request, response) => {
    if (now() >= (retireAt.get(request.socket) ?? 0)) response.shouldKeepAlive = false;
  });
  server.on('tlsClientError', (cause, socket) => {
    socket.destroy();
    onRefusal(new Refusal('RESULT_MISSING', 'A peer did not finish the TLS 1.3 handshake.', { cause }));
  });
  server.on('close', () => waiting.forEach((socket) => socket.destroy()));
  return server;
}

function withinTime(verdict: ReturnType<typeof judgePeer>, timeoutMs: number): ReturnType<typeof judgePeer> {
  let timer: NodeJS.Timeout;
  const late = new Promise<Awaited<typeof verdict>>((resolve) => {
    const refusal = new Refusal('TIMEOUT', `The peer could not be appraised within ${timeoutMs} ms.`);
    timer = setTimeout(() => resolve(refusedPeer(refusal)), timeoutMs);
  });
  return Promise.race([verdict, late]).finally(() => clearTimeout(timer));
}

function ignore(): void {
  // A socket that fails before it is admitted is closed; there is nobody to tell.
}
