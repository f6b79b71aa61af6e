import { randomBytes, X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readCertificate } from '../../../enclave/asn1/certificate.js';
import { writePem } from '../../../enclave/asn1/pem.js';
import {
  ATTESTATION_RESULT_OID,
  readAttestedCertificate,
  writeAttestedCertificate,
} from '../../../enclave/channel/certificate.js';
import { createEnclaveKey, TEST_NOW } from '../../support/issuer.js';

const { privateKey } = createEnclaveKey('tls');
const token = `${'a'.repeat(4000)}.b.c`;
const write = (text: string) =>
  writeAttestedCertificate({
    privateKey,
    token: text,
    serial: randomBytes(16),
    notBefore: TEST_NOW * 1000,
    notAfter: (TEST_NOW + 60) * 1000,
  });

describe('an attested certificate', () => {
  const der = write(token);

  test('carries the token and the key, and gives them back', () => {
    expect(readAttestedCertificate(der)).toEqual({ token, publicKey: readCertificate(der).publicKey });
  });

  test('is one that other software reads: self-signed, not a CA, P-256', () => {
    const other = new X509Certificate(writePem(der));
    expect(other.verify(other.publicKey)).toBe(true);
    expect(other.ca).toBe(false);
    expect(other.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(new Date(other.validTo).getTime()).toBe((TEST_NOW + 60) * 1000);
    expect(readCertificate(der).critical.has(ATTESTATION_RESULT_OID)).toBe(false);
  });

  test('is missing where the peer sent nothing', () => {
    for (const nothing of [undefined, new Uint8Array()]) {
      expect(() => readAttestedCertificate(nothing)).toThrow(expect.objectContaining({ code: 'RESULT_MISSING' }));
    }
  });

  test('is malformed where it is cut at any length, or has bytes after it', () => {
    const refused = expect.objectContaining({ code: 'RESULT_MALFORMED' });
    for (let length = 1; length < der.length; length += 13) {
      expect(() => readAttestedCertificate(der.subarray(0, length))).toThrow(refused);
    }
    expect(() => readAttestedCertificate(Buffer.concat([der, Buffer.of(0)]))).toThrow(refused);
  });

  test('is malformed where it is larger than its bound', () => {
    expect(() => readAttestedCertificate(write('a'.repeat(33_000)))).toThrow(
      expect.objectContaining({ code: 'RESULT_MALFORMED' }),
    );
  });

  test('is never taken for the certificate that somebody wrote into it as PEM text', () => {
    const decoy = writePem(
      writeAttestedCertificate({
        privateKey: createEnclaveKey('tls').privateKey,
        token: 'x.y.z',
        serial: randomBytes(16),
        notBefore: 0,
        notAfter: 1,
      }),
    );
    const read = readAttestedCertificate(write(decoy));
    expect(read.token).toBe(decoy);
    expect(read.publicKey).toEqual(readCertificate(der).publicKey);
  });
});
