import type { KeyObject } from 'node:crypto';
import { createPublicKey, sign } from 'node:crypto';
import { readCertificate } from '../asn1/certificate.js';
import { readWhole, TAG, utf8String } from '../asn1/der.js';
import { keyUsage, notCertificateAuthority, writeCertificate } from '../asn1/writeCertificate.js';
import { Refusal } from '../refusals.js';

/**
 * The extension that carries an attestation result: a UTF8String with the token as issued. Not registered anywhere:
 * 2.25 is the arc of UUIDs (X.667), and this is one whose upper 80 bits are zero, so that it fits a JavaScript number.
 */
export const ATTESTATION_RESULT_OID = '2.25.126398904144965';

/** A token has about 4 KB; a certificate of 32 KB carries no such thing. */
const MAXIMUM_CERTIFICATE_BYTES = 32_768;

export interface CertificateRequest {
  /** P-256, made in the enclave and named in its runtime data. */
  readonly privateKey: KeyObject;
  /** The attestation result. */
  readonly token: string;
  /** 1 to 20 random bytes. */
  readonly serial: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A self-signed certificate for the attested key that carries the enclave's attestation result. @returns DER */
export function writeAttestedCertificate(request: CertificateRequest): Uint8Array {
  const { privateKey, token, serial, notBefore, notAfter } = request;
  const name = { commonName: 'attested enclave' };
  return writeCertificate({
    subject: name,
    issuer: name,
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    signWith: { algorithm: 'ecdsa-with-SHA256', sign: (bytes) => sign('sha256', bytes, privateKey) },
    serial,
    notBefore,
    notAfter,
    extensions: [
      notCertificateAuthority(),
      keyUsage('digitalSignature'),
      { oid: ATTESTATION_RESULT_OID, value: utf8String(token) },
    ],
  });
}

/**
 * What a peer's certificate says. Its dates, names and self-made signature carry no authority and are not looked at: the
 * handshake proved that the peer holds the key, and the attestation result must vouch for that key.
 *
 * @param der as the handshake gave it; undefined or empty where the peer sent none.
 * @returns the token, unverified, and the SubjectPublicKeyInfo.
 * @throws Refusal RESULT_MISSING or RESULT_MALFORMED.
 */
export function readAttestedCertificate(der: Uint8Array | undefined): { token: string; publicKey: Uint8Array } {
  if (!der || der.length === 0) throw new Refusal('RESULT_MISSING', 'The peer sent no certificate.');
  if (der.length > MAXIMUM_CERTIFICATE_BYTES) {
    throw new Refusal(
      'RESULT_MALFORMED',
      `The peer's certificate has ${der.length} bytes, more than ${MAXIMUM_CERTIFICATE_BYTES}.`,
    );
  }
  let extension: Uint8Array | undefined;
  let publicKey: Uint8Array;
  try {
    const certificate = readCertificate(der);
    extension = certificate.extensions.get(ATTESTATION_RESULT_OID);
    publicKey = certificate.publicKey;
  } catch (cause) {
    throw new Refusal('RESULT_MALFORMED', "The peer's certificate cannot be read.", { cause });
  }
  if (!extension) throw new Refusal('RESULT_MISSING', "The peer's certificate carries no attestation result.");
  return { token: readToken(extension), publicKey };
}

function readToken(extension: Uint8Array): string {
  try {
    const value = readWhole(extension);
    if (value.tag !== TAG.UTF8_STRING) throw new RangeError('not a UTF8String');
    return new TextDecoder('utf-8', { fatal: true }).decode(value.content);
  } catch (cause) {
    throw new Refusal('RESULT_MALFORMED', "The attestation result in the peer's certificate cannot be read.", {
      cause,
    });
  }
}
