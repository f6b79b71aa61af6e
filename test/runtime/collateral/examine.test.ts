import { describe, expect, test } from '@jest/globals';
import { writePem } from '../../../enclave/asn1/pem.js';
import { createInsecurePlatform, refreshCollateral } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { dcapRequestOf, examineCollateral } from '../../../runtime/collateral/examine.js';
import type { AnyCollateral, CollateralRequest } from '../../../runtime/collateral/request.js';
import { makeInsecureChip } from '../../support/insecureChip.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const platform = createInsecurePlatform({ now: NOW });
const dcap = readCollateral(platform['collateral.json']);
const request = dcapRequestOf(dcap);
const chip = makeInsecureChip({ product: 'Milan', thisUpdate: NOW, nextUpdate: NOW + 20 * DAY });
const other = makeInsecureChip({ product: 'Genoa', thisUpdate: NOW, nextUpdate: NOW + 20 * DAY });
const { chipId, tcb } = chip;
const crl = Buffer.from(chip.crl).toString('hex');
const sevSnp = { kind: 'sev-snp', product: 'Milan', endorsement: 'vcek' } as const;
const vcek = { kind: 'vcek', product: 'Milan', chipId, tcb } as const;
const edited = (field: 'tcb_info' | 'qe_identity', from: string, to: string) => ({
  ...dcap,
  [field]: dcap[field].replace(from, to),
});

describe('collateral', () => {
  test('is good until the first of its parts ends', () => {
    const later = readCollateral(refreshCollateral(platform, NOW + 5 * DAY)['collateral.json']);
    const mixed = { ...later, pck_crl: dcap.pck_crl };
    const lifetime = examineCollateral(request, mixed);
    expect(lifetime.beginsAt).toBe(NOW + 5 * DAY - HOUR);
    expect(lifetime.expiresAt).toBe(NOW + 30 * DAY);
  });

  test('of AMD is good until the next CRL, and a certificate as long as it says', () => {
    const chain = examineCollateral(sevSnp, { chain: chip.chain, crl });
    expect(chain.expiresAt).toBe(NOW + 20 * DAY);
    expect(examineCollateral(vcek, { certificate: writePem(chip.vcek) }).expiresAt).toBe(NOW + 7 * 365 * DAY);
  });

  test('says itself what it is about', () => {
    expect(request).toEqual({ kind: 'dcap', tee: 'sgx', fmspc: '494e53454355', ca: 'processor' });
    expect(() => dcapRequestOf({ ...dcap, tcb_info: '{}' })).toThrow(
      expect.objectContaining({ code: 'COLLATERAL_INVALID' }),
    );
  });

  test.each<[string, CollateralRequest, AnyCollateral, RegExp]>([
    ['another platform', { ...request, fmspc: '000000000000' }, dcap, /FMSPC of the TCB info is 494e53454355/],
    ['another TEE', { ...request, tee: 'tdx' }, dcap, /id of the TCB info is SGX, not TDX/],
    ['another CA', { ...request, ca: 'platform' }, dcap, /CA of the PCK CRL is processor, not platform/],
    ['another QE', request, edited('qe_identity', '"QE"', '"QVE"'), /id of the QE identity is QVE/],
    ['TCB info that is not JSON', request, { ...dcap, tcb_info: 'x' }, /tcbinfo-parse/],
    ['TCB info with an unknown status', request, edited('tcb_info', 'OutOfDate', 'Splendid'), /tcbinfo-parse/],
    ['no CRL', request, { ...dcap, pck_crl: '' }, /crl-parse/],
    ['half a CRL', request, { ...dcap, root_ca_crl: dcap.root_ca_crl.slice(0, 100) }, /crl-parse/],
    ['one CRL twice', request, { ...dcap, pck_crl: dcap.root_ca_crl }, /both CRLs are of one CA/],
    ['no chain', request, { ...dcap, tcb_info_issuer_chain: '' }, /no issuer/],
    ['a PCK CRL of another CA', request, { ...dcap, pck_crl_issuer_chain: platform['root.pem'] }, /of another CA/],
    ['a chain of another product', sevSnp, { chain: other.chain, crl }, /not named ARK-Milan/],
    ['a chain of the other kind', { ...sevSnp, endorsement: 'vlek' }, { chain: chip.chain, crl }, /SEV-VLEK-Milan/],
    ['a chain of one', sevSnp, { chain: chip.root, crl }, /not of 2 certificates/],
    ['a chain of a page', sevSnp, { chain: '<html></html>', crl }, /not of 2 certificates/],
    [
      'a CRL of another root',
      sevSnp,
      { chain: chip.chain, crl: Buffer.from(other.crl).toString('hex') },
      /that of the root/,
    ],
    ['a CRL that is none', sevSnp, { chain: chip.chain, crl: '3000' }, /./],
    [
      'the certificate of another chip',
      { ...vcek, chipId: '00'.repeat(64) },
      { certificate: writePem(chip.vcek) },
      /hardware id/,
    ],
    [
      'a certificate of another TCB',
      { ...vcek, tcb: { ...tcb, snp: 9 } },
      { certificate: writePem(chip.vcek) },
      /snp level is 8, not 9/,
    ],
    ['a certificate that is none', vcek, { certificate: writePem(Uint8Array.of(1, 2, 3)) }, /./],
    ['the certificate of a CA', vcek, { certificate: chip.root }, /not named SEV-Milan/],
    ['no certificate', vcek, { certificate: '' }, /not one certificate/],
  ])('does not fit where it is %s', (_, asked, collateral, message) => {
    expect(() => examineCollateral(asked, collateral)).toThrow(
      expect.objectContaining({ code: 'COLLATERAL_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
