import { isIP } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import { connect, createSecureContext } from 'node:tls';
import { Refusal } from '../refusals.js';
import { ALPN, judgePeer, limitLifetime, secureContextOf } from './connection.js';
import type { Credential } from './credential.js';
import type { AppraisePeer, PeerVerdict } from './peer.js';
import { refusedPeer, rememberPeer } from './peer.js';

export interface AttestedClientOptions {
  /** The credential to show now. Absent: show none, and be refused by every attested server after the handshake. */
  readonly credential?: () => Credential;
  readonly appraisePeer: AppraisePeer;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** For connecting, handshake and appraisal together. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

/** Where to connect. */
export interface Address {
  /** A name or an address; IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** Where an origin is. URL keeps the brackets of IPv6 addresses and leaves out port 443. */
export function addressOf({ hostname, port }: { readonly hostname: string; readonly port: string }): Address {
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port) };
}

/**
 * Connects, and judges the server before a byte of application data is written. Never throws.
 *
 * @returns the verdict, and the socket where it is ACCEPTED; else the connection is closed already.
 */
export async function connectAttested(
  address: Address,
  options: AttestedClientOptions,
): Promise<{ verdict: PeerVerdict; socket?: TLSSocket }> {
  const socket = dial(address, options);
  const where = `${address.hostname}:${address.port}`;
  const verdict = await judgeInTime(socket, where, options);
  if (verdict.outcome !== 'ACCEPTED') {
    socket.destroy();
    return { verdict };
  }
  if (socket.destroyed) {
    const message = `${where} closed the connection after the handshake; it may have refused our attestation result.`;
    return { verdict: refusedPeer(new Refusal('PEER_UNREACHABLE', message)) };
  }
  limitLifetime(socket, verdict.peer.until, options.now);
  rememberPeer(socket, verdict.peer);
  return { verdict, socket };
}

function dial({ hostname, port }: Address, options: AttestedClientOptions): TLSSocket {
  const socket = connect({
    host: hostname,
    port,
    // RFC 6066: server_name holds no addresses.
    servername: isIP(hostname) === 0 ? hostname : '',
    secureContext: contextOf(options.credential?.()),
    ALPNProtocols: ALPN,
    // No chain to check: the certificate is self-signed, and `judgePeer` checks what it carries.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
  });
  socket.setNoDelay(true);
  return socket;
}

/** The shape of undici's `connect` option. */
export type Connector = (
  address: { readonly hostname: string; readonly port: string },
  callback: (...answer: [error: Error, socket: null] | [error: null, socket: TLSSocket]) => void,
) => void;

/**
 * For `new Pool(origin, { connect })` of undici. A refused peer makes requests fail with the Refusal itself.
 *
 * @param onVerdict told of the verdict on each connection; with its socket where accepted, before a request goes over it.
 */
export function attestedConnector(
  options: AttestedClientOptions & { readonly onVerdict?: (verdict: PeerVerdict, socket?: TLSSocket) => void },
): Connector {
  return (origin, callback) => {
    void connectAttested(addressOf(origin), options).then(({ verdict, socket }) => {
      options.onVerdict?.(verdict, socket);
      if (verdict.outcome !== 'ACCEPTED') callback(verdict.refusal, null);
      else if (socket) callback(null, socket);
    });
  };
}

/**
 * Who is there? Connects, judges and leaves without having sent a byte of application data. A server that refuses us has
 * shown who it is all the same.
 */
export async function probe(address: Address, options: AttestedClientOptions): Promise<PeerVerdict> {
  const socket = dial(address, options);
  const verdict = await judgeInTime(socket, `${address.hostname}:${address.port}`, options);
  socket.on('error', () => undefined).destroy();
  return verdict;
}

const contexts = new WeakMap<Credential, SecureContext>();
let anonymous: SecureContext | undefined;

/** Reading a key costs more than a handshake needs; a credential lasts for many. */
function contextOf(credential: Credential | undefined): SecureContext {
  if (!credential) return (anonymous ??= createSecureContext(secureContextOf(undefined)));
  const known = contexts.get(credential);
  if (known) return known;
  const context = createSecureContext(secureContextOf(credential));
  contexts.set(credential, context);
  return context;
}

function judgeInTime(socket: TLSSocket, where: string, options: AttestedClientOptions): Promise<PeerVerdict> {
  const { timeoutMs = TIMEOUT_MS, appraisePeer } = options;
  return new Promise((resolve) => {
    const unreachable = (what: string, cause?: unknown) =>
      settle(refusedPeer(new Refusal('PEER_UNREACHABLE', `${where} ${what}.`, { cause })));
    const onError = (cause: Error) => unreachable('cannot be reached over attested TLS', cause);
    const onClose = () => unreachable('closed the connection during the handshake');
    const onLateError = () => undefined;
    const timer = setTimeout(() => unreachable(`was not verified within ${timeoutMs} ms`), timeoutMs);
    const settle = (verdict: PeerVerdict) => {
      clearTimeout(timer);
      // After an acceptance errors are for whoever uses the socket; before, they end here.
      if (verdict.outcome === 'ACCEPTED') socket.off('error', onLateError);
      resolve(verdict);
    };
    socket.on('error', onError);
    socket.once('close', onClose);
    socket.once('secureConnect', () => {
      // The certificate is here and proved. What happens to the connection from now on says nothing about whose it is.
      socket.off('close', onClose).off('error', onError).on('error', onLateError);
      void judgePeer(socket, appraisePeer).then(settle);
    });
  });
}
