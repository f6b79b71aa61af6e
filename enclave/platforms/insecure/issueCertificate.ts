import type { KeyObject } from 'node:crypto';
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { Name } from '../../asn1/name.js';
import { writePem } from '../../asn1/pem.js';
import type { CertificateExtension, CertificateSigner } from '../../asn1/writeCertificate.js';
import { writeCertificate } from '../../asn1/writeCertificate.js';

export interface CertificateRequest {
  readonly subject: Name;
  /** P-256. */
  readonly key: KeyObject;
  readonly issuer: Name;
  readonly issuerKey: KeyObject;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly CertificateExtension[];
}

/** A certificate of a simulated platform, PEM. Its serial number follows from its key. */
export function issueCertificate({ key, issuerKey, ...content }: CertificateRequest): string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  // A first byte below 0x80 that is not zero: a serial number is positive, and has one form.
  const serial = createHash('sha256').update(publicKey).digest().subarray(0, 16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return writePem(writeCertificate({ ...content, publicKey, signWith: signerOf(issuerKey), serial }));
}

export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function signerOf(key: KeyObject): CertificateSigner {
  return { algorithm: 'ecdsa-with-SHA256', sign: (toBeSigned) => sign('sha256', toBeSigned, key) };
}
