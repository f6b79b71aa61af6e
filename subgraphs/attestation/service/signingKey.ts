import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, generateKeyPairSync, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { readCertificate } from '../../../enclave/asn1/certificate.js';
import { readPem, writePem } from '../../../enclave/asn1/pem.js';
import type { CertificateExtension } from '../../../enclave/asn1/writeCertificate.js';
import { keyUsage, notCertificateAuthority, writeCertificate } from '../../../enclave/asn1/writeCertificate.js';
import type { EvidencePlatform } from '../../../enclave/evidence/attester.js';
import { REPORT_DATA_BYTES } from '../../../enclave/evidence/runtimeData.js';
import { evidenceExtension, keyDigest } from '../../../enclave/results/attestedSigner.js';
import { Refusal } from '../../../enclave/refusals.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';

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
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: MINIMUM_RSA_BITS });
  return certified(privateKey, { issuer, now, extensions: [] });
}

/**
 * Makes the key, and a certificate that carries the evidence of the enclave in which this runs: the quote vouches for the
 * key, in the form that Azure Attestation's own certificates have (attestedSigner.ts reads it).
 *
 * @throws Refusal CONFIGURATION_INVALID where the platform gives no quotes, and whatever the platform throws.
 */
export async function createAttestedSigningKey({
  issuer,
  now,
  platform,
}: {
  issuer: string;
  now: number;
  platform: EvidencePlatform;
}): Promise<SigningKeyPem> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MINIMUM_RSA_BITS });
  const reportData = new Uint8Array(REPORT_DATA_BYTES);
  reportData.set(keyDigest(publicKeyOf(privateKey), nodePrimitives.sha256));
  const evidence = await platform.evidence(reportData);
  if (evidence.kind === 'SevSnpVm')
    throw new Refusal('CONFIGURATION_INVALID', 'A signing certificate carries a quote, and SEV-SNP gives a report.');
  return certified(privateKey, { issuer, now, extensions: [evidenceExtension(evidence.quote)] });
}

interface CertificateRequest {
  readonly issuer: string;
  readonly now: number;
  readonly extensions: readonly CertificateExtension[];
}

function certified(privateKey: KeyObject, { issuer, now, extensions }: CertificateRequest): SigningKeyPem {
  const spki = publicKeyOf(privateKey);
  const certificate = writeCertificate({
    subject: { commonName: issuer },
    issuer: { commonName: issuer },
    publicKey: spki,
    signWith: { algorithm: 'sha256WithRSAEncryption', sign: (toBeSigned) => sign('sha256', toBeSigned, privateKey) },
    serial: createHash('sha256').update(spki).digest().subarray(0, 16),
    notBefore: now - HOUR_MS,
    notAfter: now + CERTIFICATE_YEARS * YEAR_MS,
    extensions: [notCertificateAuthority(), keyUsage('digitalSignature'), ...extensions],
  });
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), certificate: writePem(certificate) };
}

/** @throws Refusal CONFIGURATION_INVALID where key and certificate do not belong together or are too weak. */
export function readSigningKey(pem: SigningKeyPem): SigningKey {
  try {
    const privateKey = createPrivateKey(pem.key);
    const [certificate] = readPem(pem.certificate);
    if (!certificate) throw new RangeError('there is no certificate');
    const { asymmetricKeyType, asymmetricKeyDetails } = privateKey;
    if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < MINIMUM_RSA_BITS)
      throw new RangeError('the key is not RSA 2048');
    const spki = publicKeyOf(privateKey);
    if (!spki.equals(readCertificate(certificate).publicKey))
      throw new RangeError('the certificate is for another key');
    return { privateKey, certificate, keyId: keyIdOf(spki) };
  } catch (cause) {
    const why = cause instanceof RangeError ? cause.message : 'one of them cannot be read';
    throw new Refusal('CONFIGURATION_INVALID', `Signing key and certificate are not usable: ${why}.`, { cause });
  }
}

function publicKeyOf(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}

function keyIdOf(spki: Uint8Array): string {
  return Buffer.from(keyDigest(spki, nodePrimitives.sha256)).toString('base64');
}
