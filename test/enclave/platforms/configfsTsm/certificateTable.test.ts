import { describe, expect, test } from '@jest/globals';
import { readCertificateTable } from '../../../../enclave/platforms/configfsTsm/certificateTable.js';
import { certificateTableOf } from './certificateTableOf.js';

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

describe('a host’s certificate table', () => {
  test('gives each certificate by its GUID, in whatever order', () => {
    const found = readCertificateTable(certificateTableOf({ ask: 'ask', ark: 'ark', vcek: 'vcek' }));
    expect(Object.keys(found).sort()).toEqual(['ark', 'ask', 'vcek']);
    expect([text(found.vcek), text(found.ask), text(found.ark)]).toEqual(['vcek', 'ask', 'ark']);
  });

  test('may hold a VLEK instead of a VCEK', () => {
    expect(text(readCertificateTable(certificateTableOf({ vlek: 'vlek' })).vlek)).toBe('vlek');
  });

  test('may hold what we do not know', () => {
    expect(readCertificateTable(certificateTableOf({ crl: 'crl' }))).toEqual({});
  });

  test('may be nothing but its end', () => {
    expect(readCertificateTable(Buffer.alloc(24))).toEqual({});
    expect(readCertificateTable(Buffer.alloc(4096))).toEqual({});
  });

  test('may be followed by padding', () => {
    const table = Buffer.concat([certificateTableOf({ vcek: 'vcek' }), Buffer.alloc(4096)]);
    expect(text(readCertificateTable(table).vcek)).toBe('vcek');
  });

  test('is refused where it does not end', () => {
    expect(() => readCertificateTable(certificateTableOf({ vcek: '' }).subarray(0, 24))).toThrow(RangeError);
    expect(() => readCertificateTable(Buffer.alloc(10))).toThrow(RangeError);
    expect(() => readCertificateTable(Buffer.alloc(24 * 100, 1).fill(0, 16, 24))).toThrow(RangeError);
  });

  test('is refused where an entry points outside, whatever it holds', () => {
    const table = certificateTableOf({ crl: 'crl', vcek: 'vcek' });
    table.writeUInt32LE(0xffffffff, 16);
    expect(() => readCertificateTable(table)).toThrow(/ends at/);
    table.writeUInt32LE(0, 16);
    table.writeUInt32LE(0xffffffff, 20);
    expect(() => readCertificateTable(table)).toThrow(/ends at/);
  });

  test('is refused where a certificate is there twice', () => {
    const table = certificateTableOf({ vcek: 'one', vlek: 'two' });
    table.copy(table, 24, 0, 16);
    expect(() => readCertificateTable(table)).toThrow('twice');
  });

  test('of many entries is bounded', () => {
    const entry = Buffer.alloc(24, 1);
    entry.fill(0, 16);
    expect(() => readCertificateTable(Buffer.concat(Array<Buffer>(33).fill(entry)))).toThrow('more than 32');
  });
});
