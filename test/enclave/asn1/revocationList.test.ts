import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { writeName } from '../../../enclave/asn1/name.js';
import { readRevocationList, writeRevocationList } from '../../../enclave/asn1/revocationList.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const issuer = { commonName: 'Test CA' };
const content = {
  issuer,
  signWith: { algorithm: 'ecdsa-with-SHA256', sign: (bytes: Uint8Array) => sign('sha256', bytes, privateKey) },
  thisUpdate: Date.UTC(2026, 0, 1),
  nextUpdate: Date.UTC(2026, 0, 31),
} as const;

describe('a revocation list', () => {
  test('is read back with its serial numbers, dates and signature', () => {
    const list = readRevocationList(
      writeRevocationList({ ...content, revoked: [Uint8Array.of(0x0a, 2), Uint8Array.of(0xff)] }),
    );
    expect([...list.serials]).toEqual(['a02', 'ff']);
    expect(list.issuer).toEqual(writeName(issuer));
    expect([list.thisUpdate, list.nextUpdate]).toEqual([content.thisUpdate, content.nextUpdate]);
    expect(verify('sha256', list.toBeSigned, publicKey, list.signature)).toBe(true);
  });

  test('may be without entries', () => {
    expect(readRevocationList(writeRevocationList(content)).serials.size).toBe(0);
  });

  test('is refused when cut at any length', () => {
    const der = writeRevocationList({ ...content, revoked: [Uint8Array.of(1)] });
    for (let length = 0; length < der.length; length++)
      expect(() => readRevocationList(der.subarray(0, length))).toThrow(RangeError);
  });
});
