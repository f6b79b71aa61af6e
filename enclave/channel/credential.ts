import type { KeyObject } from 'node:crypto';
import { writePem } from '../asn1/pem.js';
import { writeAttestedCertificate } from './certificate.js';

/** What an enclave shows in a handshake. Replaced before its attestation result expires. */
export interface Credential {
  /** PEM: the one certificate. */
  readonly certificate: string;
  /** PEM, PKCS #8. Never leaves the process. */
  readonly privateKey: string;
  /** When the attestation result in it expires; seconds since 1970. */
  readonly expiresAt: number;
}

/** Certificates are dated back by this, for peers whose clock is behind. */
const BACKDATE_MS = 60_000;

export interface CredentialRequest {
  /** P-256, private; its public half is the key `tls` of the attestation result. */
  readonly key: KeyObject;
  readonly token: string;
  /** Of the attestation result; seconds since 1970. */
  readonly expiresAt: number;
  /** Seconds since 1970. */
  readonly now: number;
  /** 1 to 20 random bytes. */
  readonly serial: Uint8Array;
}

export function makeCredential({ key, token, expiresAt, now, serial }: CredentialRequest): Credential {
  const notBefore = now * 1000 - BACKDATE_MS;
  const der = writeAttestedCertificate({ privateKey: key, token, serial, notBefore, notAfter: expiresAt * 1000 });
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return Object.freeze({ certificate: writePem(der), privateKey, expiresAt });
}
