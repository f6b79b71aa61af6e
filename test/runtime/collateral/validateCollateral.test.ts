import { describe, expect, test } from '@jest/globals';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readPem, writePem } from '../../../enclave/asn1/pem.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { dcapRequestOf } from '../../../runtime/collateral/examine.js';
import type { AnyCollateral, CollateralRequest, DcapCollateral } from '../../../runtime/collateral/request.js';
import { validateCollateral } from '../../../runtime/collateral/validateCollateral.js';
import { makeInsecureChip } from '../../support/insecureChip.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const DAY = 86_400_000;
const times = { thisUpdate: NOW - DAY, nextUpdate: NOW + 30 * DAY };
const platform = createInsecurePlatform({ now: NOW });
const stranger = createInsecurePlatform({ now: NOW });
const chip = makeInsecureChip({ product: 'Milan', ...times });
const root = (name: string, pem: string) => trustRoot({ name, simulated: true, pem });
const validate = validateCollateral({
  trustRoots: [root('platform', platform['root.pem']), root('chip', chip.root)],
  primitives: nodePrimitives,
});
const authorities = (files: typeof platform) =>
  readPem(files['pck-chain.pem'])
    .slice(1)
    .map((der) => writePem(der))
    .join('');
const own: DcapCollateral = {
  ...readCollateral(platform['collateral.json']),
  pck_crl_issuer_chain: authorities(platform),
};
const foreign = readCollateral(stranger['collateral.json']);
const dcap = dcapRequestOf(own);
const sevSnp = { kind: 'sev-snp', product: 'Milan', endorsement: 'vcek' } as const;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const foreignCrl = makeInsecureChip({ product: 'Milan', ...times, foreignCrl: true });

describe('collateral that a cache is asked to keep', () => {
  test('is the vendor’s where pinned roots vouch for it', () => {
    expect(() => validate(dcap, own, NOW)).not.toThrow();
    expect(() => validate(dcap, readCollateral(platform['collateral.json']), NOW)).not.toThrow();
    expect(() => validate(sevSnp, { chain: chip.chain, crl: hex(chip.crl) }, NOW)).not.toThrow();
  });

  test.each<[string, CollateralRequest, AnyCollateral, RegExp]>([
    ['everything is of another root', dcap, foreign, /untrusted-root/],
    [
      'TCB info was changed',
      dcap,
      { ...own, tcb_info: own.tcb_info.replace('OutOfDate', 'UpToDate') },
      /tcbinfo-signature/,
    ],
    [
      'the QE identity was changed',
      dcap,
      { ...own, qe_identity: own.qe_identity.replace(':5', ':4') },
      /qeid-signature/,
    ],
    ['the CRL of the root is of another', dcap, { ...own, root_ca_crl: foreign.root_ca_crl }, /crl-signature/],
    ['the PCK CRL is of another', dcap, { ...own, pck_crl: foreign.pck_crl }, /pck-crl-signature/],
    [
      'the PCK CRL is of another root',
      dcap,
      { ...own, pck_crl: foreign.pck_crl, pck_crl_issuer_chain: authorities(stranger) },
      /pck-crl:untrusted-root/,
    ],
    [
      'AMD’s chain is of another root',
      sevSnp,
      { chain: foreignCrl.chain, crl: hex(foreignCrl.crl) },
      /chain:untrusted-root/,
    ],
    ['AMD’s CRL is signed by nobody known', sevSnp, { chain: chip.chain, crl: hex(foreignCrl.crl) }, /crl-signature/],
  ])('is not where %s', (_, request, collateral, message) => {
    expect(() => validate(request, collateral, NOW)).toThrow(
      expect.objectContaining({ code: 'COLLATERAL_INVALID', message: expect.stringMatching(message) }),
    );
  });

  test('names every check that failed', () => {
    const edited = {
      ...own,
      tcb_info: own.tcb_info.replace('OutOfDate', 'UpToDate'),
      root_ca_crl: foreign.root_ca_crl,
    };
    expect(() => validate(dcap, edited, NOW)).toThrow(/tcbinfo-signature.*crl-signature/);
  });
});
