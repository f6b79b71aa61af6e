import { describe, expect, test } from '@jest/globals';
import { writePem } from '../../../enclave/asn1/pem.js';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { dcapRequestOf } from '../../../runtime/collateral/examine.js';
import { pckAuthorityOf } from '../../../runtime/collateral/pckAuthority.js';
import { requestOfQuote } from '../../../runtime/collateral/requestOfQuote.js';

const platform = createInsecurePlatform({ now: Date.UTC(2026, 10, 2, 12) });
const report = { tee: 'sgx' } as Parameters<typeof requestOfQuote>[0]['report'];
const quote = (certificationData: string, certificationType = 5) => ({
  report,
  certificationType,
  certificationData: new TextEncoder().encode(certificationData),
});

describe('a quote', () => {
  test('needs the collateral that its platform has', () => {
    const collateral = readCollateral(platform['collateral.json']);
    expect(requestOfQuote(quote(platform['pck-chain.pem']))).toEqual(dcapRequestOf(collateral));
  });

  test.each([
    ['without a chain', quote(''), 'EVIDENCE_CHAIN_INVALID'],
    ['with a chain of something else', quote(platform['root.pem'].repeat(2)), 'EVIDENCE_CHAIN_INVALID'],
    ['with a chain that cannot be read', quote(writePem(Uint8Array.of(1)).repeat(2)), 'EVIDENCE_CHAIN_INVALID'],
    ['that leaves its chain to others', quote('', 1), 'EVIDENCE_MALFORMED'],
  ])('%s needs none', (_, evidence, code) => {
    expect(() => requestOfQuote(evidence)).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    ['Intel SGX PCK Platform CA', 'platform'],
    ['Intel SGX PCK Processor CA', 'processor'],
    ['somebody', 'processor'],
  ])('of %s asks for the CRL of the %s CA', (name, ca) => {
    expect(pckAuthorityOf(new TextEncoder().encode(name))).toBe(ca);
  });
});
