import { describe, expect, test } from '@jest/globals';
import type { CollateralRequest } from '../../../runtime/collateral/request.js';
import { describeRequest, keyOfRequest, normalizeRequest } from '../../../runtime/collateral/request.js';

const dcap = { kind: 'dcap', tee: 'sgx', fmspc: '00606A000000', ca: 'processor' } as const;
const sevSnp = { kind: 'sev-snp', product: 'Milan', endorsement: 'vcek' } as const;
const tcb = { bootLoader: 3, tee: 0, snp: 8, microcode: 209 };
const vcek = { kind: 'vcek', product: 'Milan', chipId: 'AB'.repeat(64), tcb } as const;
const keyOf = (request: CollateralRequest) => keyOfRequest(normalizeRequest(request));

describe('a request for collateral', () => {
  test('is one and the same in upper and in lower case', () => {
    expect(keyOf({ ...dcap, fmspc: '00606a000000' })).toBe(keyOf(dcap));
    expect(keyOf({ ...vcek, chipId: 'ab'.repeat(64) })).toBe(keyOf(vcek));
  });

  test('is another one where anything in it differs', () => {
    const others: CollateralRequest[] = [
      dcap,
      { ...dcap, tee: 'tdx' },
      { ...dcap, ca: 'platform' },
      { ...dcap, fmspc: '00606A000001' },
      sevSnp,
      { ...sevSnp, product: 'Genoa' },
      { ...sevSnp, endorsement: 'vlek' },
      vcek,
      { ...vcek, product: 'Genoa' },
      { ...vcek, chipId: 'ac'.repeat(64) },
      { ...vcek, product: 'Turin', tcb: { ...tcb, fmc: 0 } },
      { ...vcek, tcb: { ...tcb, bootLoader: 30 } },
      { ...vcek, tcb: { ...tcb, tee: 1 } },
      { ...vcek, tcb: { ...tcb, microcode: 20 } },
    ];
    expect(new Set(others.map(keyOf)).size).toBe(others.length);
  });

  test.each<[string, object]>([
    ['an FMSPC that is a path', { ...dcap, fmspc: '../../../ab' }],
    ['an FMSPC that is too short', { ...dcap, fmspc: '00606A0000' }],
    ['another CA', { ...dcap, ca: 'root' }],
    ['another TEE', { ...dcap, tee: 'snp' }],
    ['a product that is not there', { ...sevSnp, product: 'Naples' }],
    ['a product that is a path', { ...sevSnp, product: '../x' }],
    ['a chip id of another length', { ...vcek, chipId: 'ab'.repeat(8) }],
    ['a chip id that is not hex', { ...vcek, chipId: 'xy'.repeat(64) }],
    ['a level that is no byte', { ...vcek, tcb: { ...tcb, snp: 256 } }],
    ['a level that is no number', { ...vcek, tcb: { ...tcb, snp: '8&x=1' } }],
    ['a level that Turin has and Milan has not', { ...vcek, tcb: { ...tcb, fmc: 1 } }],
    ['Turin without that level', { ...vcek, product: 'Turin' }],
  ])('is refused with %s', (_, request) => {
    expect(() => normalizeRequest(request as CollateralRequest)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
  });

  test('names a chip by its first bytes only', () => {
    expect(describeRequest(normalizeRequest(vcek))).toBe('SEV-SNP Milan chip abababab…');
  });
});
