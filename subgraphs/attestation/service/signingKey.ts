import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readCertificate } from '../../../enclave/asn1/certificate.js';
import { readPem, writePem } from '../../../enclave/asn1/pem.js';
import { keyUsage, notCertificateAuthority, writeCertificate } from '../../../enclave/asn1/writeCertificate.js';
import { Refusal } from '../../../enclave/refusals.js';

/** What attestation results are signed with. */
export interface SigningKey {
  /** RSA, 2048 bits or more. */
  readonly privateKey: KeyObject;
  /** DER; self-signed, its common name is the issuer. */
  readonly certificate: Uint8Array;
  readonly keyId: string;
}

/** The same as text, for two files. */
export interface SigningKeyPem {
  /** PKCS #8. */
  readonly key: string;
  readonly certificate: string;
}

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const CERTIFICATE_YEARS = 30;
const MINIMUM_RSA_BITS = 2048;

/** Makes the key and its certificate. @param options.now milliseconds since 1970. */
export function createSigningKey({ issuer, now }: { issuer: string; now: number }): SigningKeyPem {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: MINIMUM_RSA_BITS });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const certificate = writeCertificate({
    subject: { commonName: issuer },
    issuer: { commonName: issuer },
    publicKey: spki,
    signWith: { algorithm: 'sha256WithRSAEncryption', sign: (toBeSigned) => sign('sha256', toBeSigned, privateKey) },
    serial: createHash('sha256').update(spki).digest().subarray(0, 16),
    notBefore: now - HOUR_MS,
    notAfter: now + CERTIFICATE_YEARS * YEAR_MS,
    extensions: [notCertificateAuthority(), keyUsage('digitalSignature')],
  });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate: writePem(certificate) };
}

/** @throws Refusal CONFIGURATION_INVALID where key and certificate do not belong together or are too weak. */
export function readSigningKey(pem: SigningKeyPem): SigningKey {
  try {
    const privateKey = createPrivateKey(pem.key);
    const [certificate] = readPem(pem.certificate);
    if (!certificate) throw new RangeError('there is no certificate');
    const publicKey = createPublicKey(privateKey);
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
    if (publicKey.asymmetricKeyType !== 'rsa' || bits < MINIMUM_RSA_BITS)
      throw new RangeError('the key is not RSA 2048');
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    if (!spki.equals(readCertificate(certificate).publicKey))
      throw new RangeError('the certificate is for another key');
    return { privateKey, certificate, keyId: keyIdOf(spki) };
  } catch (cause) {
    const why = cause instanceof RangeError ? cause.message : 'one of them cannot be read';
    throw new Refusal('CONFIGURATION_INVALID', `Signing key and certificate are not usable: ${why}.`, { cause });
  }
}

/** Azure's rule for keys that live in an enclave: the digest of the public key as PEM text with a NUL at its end. */
function keyIdOf(spki: Uint8Array): string {
  return createHash('sha256')
    .update(`${writePem(spki, 'PUBLIC KEY')}\0`)
    .digest('base64');
}
