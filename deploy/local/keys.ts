import {
  X509Certificate,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { writePem } from '../../enclave/asn1/pem.js';
import { writeCertificate } from '../../enclave/asn1/writeCertificate.js';
import { Refusal } from '../../enclave/refusals.js';
import type { DataFiles } from './addresses.js';
import { readOrMake, writePrivately } from './dataFolder.js';

const CERTIFICATE_YEARS = 10;
const PATIENT_KEY_BYTES = 32;

/** The key and certificate with which the attestation service signs. @returns SHA-256 of the certificate, hex. */
export function prepareAttestationServiceKey(files: DataFiles, now: number): string {
  const ifDeleted = 'Delete it to have another made; no record depends on it.';
  const key = readOrMake(files.attestationServiceKey, {
    make: () =>
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    parse: (pem) => createPrivateKey(pem),
    ifDeleted,
  });
  const renewed = { make: () => selfSigned(key, now), parse: (pem: string) => new X509Certificate(pem), ifDeleted };
  let certificate = readOrMake(files.attestationServiceCertificate, renewed);
  if (!certificate.checkPrivateKey(key) || Date.parse(certificate.validTo) <= now) {
    rmSync(files.attestationServiceCertificate);
    certificate = readOrMake(files.attestationServiceCertificate, renewed);
  }
  return createHash('sha256').update(certificate.raw).digest('hex');
}

function selfSigned(key: KeyObject, now: number): string {
  const name = { commonName: 'INSECURE attestation service', organization: 'Cloister, simulated' };
  return writePem(
    writeCertificate({
      subject: name,
      issuer: name,
      publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }),
      signWith: { algorithm: 'sha256WithRSAEncryption', sign: (bytes) => sign('sha256', bytes, key) },
      // Positive and without a leading zero byte (RFC 5280, 4.1.2.2).
      serial: Uint8Array.of(1, ...randomBytes(15)),
      notBefore: now - 3_600_000,
      notAfter: now + CERTIFICATE_YEARS * 365 * 86_400_000,
    }),
  );
}

/**
 * The key that seals patient records, in place of one that hardware would keep.
 * @throws Refusal CONFIGURATION_INVALID where records exist and their key does not: a new key could never open them.
 */
export function preparePatientKey(files: DataFiles): void {
  const { patientDataKey, patientRecords } = files;
  if (!existsSync(patientDataKey)) {
    if (existsSync(patientRecords))
      throw new Refusal(
        'CONFIGURATION_INVALID',
        `${patientDataKey} is missing, and nothing else opens the records in ${patientRecords}; restore it from a backup, or delete ${files.folder} to begin anew.`,
      );
    writePrivately(patientDataKey, randomBytes(PATIENT_KEY_BYTES));
  }
  const size = readFileSync(patientDataKey).byteLength;
  if (size !== PATIENT_KEY_BYTES)
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `${patientDataKey} holds ${size} bytes instead of ${PATIENT_KEY_BYTES}: it is damaged, and nothing else opens the records; restore it from a backup, or delete ${files.folder} to begin anew.`,
    );
}
