import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createSigningKey, readSigningKey } from '../../../../subgraphs/attestation/service/signingKey.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const pem = createSigningKey({ issuer: 'https://attest.test', now: NOW });

describe('the signing key', () => {
  test('has a self-signed certificate in the name of the issuer, good for 30 years', () => {
    const certificate = new X509Certificate(pem.certificate);
    expect(certificate.subject).toBe('CN=https://attest.test');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(Date.parse(certificate.validTo) - NOW).toBeGreaterThan(29 * 365 * 86_400_000);
  });

  test('is read back with an identifier that depends on the key alone', () => {
    expect(readSigningKey(pem).keyId).toBe(readSigningKey(pem).keyId);
    expect(readSigningKey(createSigningKey({ issuer: 'https://attest.test', now: NOW })).keyId).not.toBe(
      readSigningKey(pem).keyId,
    );
  });

  test.each([
    [
      'with the certificate of another key',
      { ...pem, certificate: createSigningKey({ issuer: 'x', now: NOW }).certificate },
      'for another key',
    ],
    ['without a certificate', { ...pem, certificate: '' }, 'there is no certificate'],
    ['that cannot be read', { ...pem, key: 'text' }, 'cannot be read'],
    ['that is too short', { ...pem, key: rsaPem(1024) }, 'not RSA 2048'],
  ])('%s is refused', (_, broken, message) => {
    expect(() => readSigningKey(broken)).toThrow(message);
    expect(() => readSigningKey(broken)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }));
  });
});

function rsaPem(modulusLength: number): string {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
