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

  test('may fix what a TD or a guest is besides its measurement, and how an issuer writes', () => {
    const td = { measurement: 'ab'.repeat(48), rtmrs: { 1: 'cd'.repeat(48) } };
    const guest = { measurement: 'ef'.repeat(48), hostData: '12'.repeat(32) };
    const ear = { ...issuer, format: 'ear', algorithm: 'ES384' };
    const intel = { issuer: 'https://intel', jwksUri: 'https://intel/certs', format: 'intel-trust-authority' };
    const full = { ...good, issuers: [ear, intel], referenceValues: { gateway: [td], patient: [guest] } };
    expect(parseTrustFile(full)).toEqual(full);
  });

  test('tells two enclaves with one measurement apart by what both fix', () => {
    const measurement = 'ab'.repeat(48);
    const [one, other] = ['cd'.repeat(48), 'ef'.repeat(48)];
    const file = (gateway: unknown, patient: unknown) => ({
      ...good,
      referenceValues: { gateway: [gateway], patient: [patient] },
    });
    const apart = file({ measurement, rtmrs: { 2: one } }, { measurement, rtmrs: { 1: one, 2: other } });
    expect(() => parseTrustFile(apart)).not.toThrow();
    for (const blurred of [
      file({ measurement, rtmrs: { 2: one } }, { measurement }),
      file({ measurement, rtmrs: { 2: one } }, { measurement, rtmrs: { 1: other } }),
      file({ measurement, rtmrs: { 2: one } }, { measurement, rtmrs: { 2: one } }),
      file({ measurement, hostData: '12'.repeat(32) }, { measurement, rtmrs: { 2: one } }),
    ])
      expect(() => parseTrustFile(blurred)).toThrow(/under two names/);
  });

  test.each([
    ['an unknown format', { issuers: [{ ...issuer, format: 'maa' }] }, /issuers\[0\]\.format must be azure or/],
    [
      'an algorithm where the format has one',
      { issuers: [{ ...issuer, algorithm: 'PS384' }] },
      /algorithm is not known here/,
    ],
    [
      'a symmetric algorithm',
      { issuers: [{ ...issuer, format: 'ear', algorithm: 'HS256' }] },
      /algorithm must be RS256 or/,
    ],
    [
      'a register of the wrong length',
      { referenceValues: { gateway: [{ measurement, rtmrs: { 0: 'ab' } }] } },
      /rtmrs\.0 must be 96/,
    ],
    [
      'host data of a signer',
      {
        referenceValues: {
          gateway: [{ signer: measurement, productId: 1, minimumSecurityVersion: 1, hostData: measurement }],
        },
      },
      /hostData is not known/,
    ],
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
