import { describe, expect, test } from '@jest/globals';
import { parseTrustFile } from '../../../enclave/appraisal/trustFile.js';

const measurement = 'ab'.repeat(32);
const issuer = { issuer: 'https://issuer', jwksUri: 'https://issuer/certs' };
const good = { mode: 'development', issuers: [issuer], referenceValues: { gateway: [{ measurement }] } };

describe('a trust file', () => {
  test('names issuers and reference values', () => {
    expect(parseTrustFile(good)).toEqual(good);
    const pinned = { ...issuer, certificateSha256: ['cd'.repeat(32)] };
    const signer = { signer: 'ef'.repeat(32), productId: 1, minimumSecurityVersion: 2 };
    const full = { ...good, mode: 'production', issuers: [pinned], referenceValues: { gateway: [signer] } };
    expect(parseTrustFile(full)).toEqual(full);
  });

  test.each([
    ['an unknown mode', { mode: 'test' }, /mode must be development or production/],
    ['no issuer', { issuers: [] }, /issuers must not be empty/],
    ['an issuer twice', { issuers: [issuer, issuer] }, /names https:\/\/issuer twice/],
    [
      'a misspelt pin',
      { issuers: [{ ...issuer, certificateSHA256: [] }] },
      /issuers\[0\]\.certificateSHA256 is not known/,
    ],
    ['an empty list of pins', { issuers: [{ ...issuer, certificateSha256: [] }] }, /certificateSha256/],
    ['a JWKS in a file', { issuers: [{ ...issuer, jwksUri: 'file:///jwks' }] }, /jwksUri must be/],
    [
      'a measurement in capitals',
      { referenceValues: { gateway: [{ measurement: measurement.toUpperCase() }] } },
      /measurement must be/,
    ],
    ['an empty measurement', { referenceValues: { gateway: [{ measurement: '' }] } }, /measurement must be/],
    ['a signer without a product', { referenceValues: { gateway: [{ signer: measurement }] } }, /productId/],
    [
      'both a measurement and a signer',
      { referenceValues: { gateway: [{ measurement, signer: measurement }] } },
      /signer is not known/,
    ],
    [
      'a measurement under two names',
      { referenceValues: { gateway: [{ measurement }], patient: [{ measurement }] } },
      /under two names/,
    ],
  ])('is rejected with %s', (_, change, message) => {
    expect(() => parseTrustFile({ ...good, ...change })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
    expect(() => parseTrustFile({ ...good, ...change })).toThrow(message);
  });

  test('in production rests on TLS or on pins, never on neither', () => {
    const plain = { issuer: 'http://issuer', jwksUri: 'http://issuer/certs' };
    expect(() => parseTrustFile({ ...good, mode: 'production', issuers: [plain] })).toThrow(/needs an https jwksUri/);
    expect(() => parseTrustFile({ ...good, issuers: [plain] })).not.toThrow();
  });
});
