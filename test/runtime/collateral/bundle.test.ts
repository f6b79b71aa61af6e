import { describe, expect, test } from '@jest/globals';
import { writePem } from '../../../enclave/asn1/pem.js';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import type { BundleEntry } from '../../../runtime/collateral/bundle.js';
import { readBundle, writeBundle } from '../../../runtime/collateral/bundle.js';
import { dcapRequestOf } from '../../../runtime/collateral/examine.js';
import { makeInsecureChip } from '../../support/insecureChip.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const platform = createInsecurePlatform({ now: NOW });
const collateral = readCollateral(platform['collateral.json']);
const chip = makeInsecureChip({ product: 'Turin', thisUpdate: NOW, nextUpdate: NOW + 1_000 });
const { chipId, tcb } = chip;
const entries: BundleEntry[] = [
  { request: dcapRequestOf(collateral), collateral: { ...collateral, pck_crl_issuer_chain: 'PEM' }, fetchedAt: NOW },
  {
    request: { kind: 'sev-snp', product: 'Turin', endorsement: 'vlek' },
    collateral: { chain: chip.chain, crl: Buffer.from(chip.crl).toString('hex') },
  },
  { request: { kind: 'vcek', product: 'Turin', chipId, tcb }, collateral: { certificate: writePem(chip.vcek) } },
];

describe('a bundle of collateral', () => {
  test('is read as it was written', () => {
    expect(readBundle(writeBundle(entries))).toEqual(entries);
    expect(readBundle(writeBundle([]))).toEqual([]);
  });

  test('of one is the collateral file of the insecure platform', () => {
    expect(readBundle(platform['collateral.json'])).toEqual([{ request: dcapRequestOf(collateral), collateral }]);
  });

  const bundle = (entry: object) =>
    JSON.stringify({ format: 'cloister-collateral-bundle', version: 1, entries: [entry] });
  const [dcap, sevSnp] = entries;
  test.each([
    ['is not JSON', '{', 'The bundle is not JSON.'],
    ['is a list', '[]', 'The bundle is not a JSON object.'],
    ['is something else', '{"keys":[]}', /no cloister-collateral-bundle of version 1/],
    ['is of another version', '{"format":"cloister-collateral-bundle","version":2,"entries":[]}', /of version 1/],
    [
      'has too many entries',
      JSON.stringify({ format: 'cloister-collateral-bundle', version: 1, entries: Array(4097).fill(0) }),
      /4097/,
    ],
    ['has an entry that is none', bundle([]), /Entry 1 of the bundle is not a JSON object/],
    ['has no request', bundle({ collateral }), /The request of Entry 1/],
    ['has an unknown request', bundle({ request: { kind: 'tpm' }, collateral }), /no request of a known kind/],
    ['has a request badly formed', bundle({ request: { ...dcap?.request, fmspc: '../..' }, collateral }), /fmspc/],
    ['has a request of other types', bundle({ request: { kind: 'dcap', fmspc: 7 }, collateral }), /known kind/],
    ['lacks a field', bundle({ request: dcap?.request, collateral: { ...collateral, pck_crl: undefined } }), /pck_crl/],
    ['lacks a CRL', bundle({ request: sevSnp?.request, collateral: { chain: '' } }), /lacks crl/],
    ['is collateral that cannot be read', JSON.stringify({ ...collateral, tcb_info: '{}' }), /not readable/],
  ])('is COLLATERAL_INVALID where it %s', (_, text, message) => {
    expect(() => readBundle(text)).toThrow(
      expect.objectContaining({ code: 'COLLATERAL_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
