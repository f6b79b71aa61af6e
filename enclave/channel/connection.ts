import type { TLSSocket } from 'node:tls';
import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { Credential } from './credential.js';
import { Refusal } from '../refusals.js';
import type { AppraisePeer, PeerVerdict } from './peer.js';
import { refusedPeer } from './peer.js';

/** What both ends of attested TLS have in common. */

/** Spoken inside; no HTTP/2. */
export const ALPN = ['http/1.1'];

/** TLS 1.3 only: its handshake signature proves that the peer holds the key. No tickets: nothing may stand for that proof. */
export function secureContextOf(credential: Credential | undefined): SecureContextOptions {
  return {
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(credential ? { key: credential.privateKey, cert: credential.certificate } : {}),
  };
}

/** Judges who is at the other end of a finished handshake. Reads and writes no application data. */
export async function judgePeer(socket: TLSSocket, appraisePeer: AppraisePeer): Promise<PeerVerdict> {
  if (socket.isSessionReused()) {
    return refusedPeer(new Refusal('RESULT_MISSING', 'The connection resumes another one and shows no certificate.'));
  }
  // `raw` is what OpenSSL parsed; `{}` without a certificate, whatever the types say.
  const certificate = socket.getPeerCertificate() as { raw?: Buffer } | null;
  return appraisePeer(certificate?.raw);
}

/** setTimeout takes at most 2^31 - 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Destroys the socket at `until` (seconds since 1970): a connection must not outlive what it was accepted for. */
export function limitLifetime(socket: TLSSocket, until: number, now: () => number): void {
  let timer: NodeJS.Timeout;
  const check = () => {
    const remainingMs = (until - now()) * 1000;
    if (remainingMs <= 0) socket.destroy();
    else timer = setTimeout(check, Math.min(remainingMs, LONGEST_TIMER_MS)).unref();
  };
  check();
  socket.once('close', () => clearTimeout(timer));
}
