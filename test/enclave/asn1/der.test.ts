import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  integer,
  oid,
  parsing,
  readChildren,
  readDer,
  readOid,
  readTime,
  readWhole,
  sequence,
  time,
  writeDer,
  octetString,
  TAG,
} from '../../../enclave/asn1/der.js';

describe('DER', () => {
  test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])('gives back a value of %d bytes', (length) => {
    const content = new Uint8Array(length).fill(7);
    expect(readWhole(octetString(content))).toMatchObject({ tag: TAG.OCTET_STRING, content });
  });

  test('gives back the values inside a sequence, in order', () => {
    const children = readChildren(readWhole(sequence(integer(1), oid('1.2.840'), octetString(Uint8Array.of(9)))));
    expect(children.map(({ tag }) => tag)).toEqual([TAG.INTEGER, TAG.OID, TAG.OCTET_STRING]);
  });

  test.each(['1.2.840.113741.1.13.1.2.18', '2.5.29.19', '1.3.6.1.4.1.311.105.2', '2.999.1'])(
    'gives back the OID %s',
    (dotted) => {
      expect(readOid(readWhole(oid(dotted)))).toBe(dotted);
    },
  );

  test.each([
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [255, '020200ff'],
    [256, '02020100'],
    [Uint8Array.of(0, 0, 1), '020101'],
    [Uint8Array.of(0x80), '02020080'],
  ])('writes the whole number %p as %s', (value, hex) => {
    expect(Buffer.from(integer(value)).toString('hex')).toBe(hex);
  });

  test.each([
    [Date.UTC(1999, 11, 31, 23, 59, 59), TAG.UTC_TIME],
    [Date.UTC(2049, 11, 31, 23, 59, 59), TAG.UTC_TIME],
    [Date.UTC(2050, 0, 1), TAG.GENERALIZED_TIME],
  ])('gives back the time %d, whole seconds', (at, tag) => {
    const value = readWhole(time(at + 999));
    expect([value.tag, readTime(value)]).toEqual([tag, at]);
  });
});

describe('bytes that are not DER', () => {
  test.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['an indefinite length', '3080'],
    ['a length of five bytes', '30850000000001'],
    ['a length that is cut short', '3082ff'],
    ['a length that is longer than needed', '30810100'],
    ['a length with a zero in front', '3082007f00'],
    ['a value that is cut short', '300201'],
    ['a tag of several bytes', '1f0100'],
  ])('are refused: %s', (_, hex) => {
    expect(() => readDer(Buffer.from(hex, 'hex'))).toThrow(RangeError);
  });

  test.each([
    ['an OID that ends within a number', writeDer(TAG.OID, Uint8Array.of(0x2a, 0x86)), readOid],
    ['an OID without numbers', writeDer(TAG.OID), readOid],
    [
      'an OID with a number beyond all measure',
      writeDer(TAG.OID, new Uint8Array(12).fill(0xff), Uint8Array.of(1)),
      readOid,
    ],
    ['a time without a zone', writeDer(TAG.UTC_TIME, Buffer.from('260101000000')), readTime],
    ['a text where a time belongs', writeDer(TAG.UTF8_STRING, Buffer.from('260101000000Z')), readTime],
  ])('are refused: %s', (_, der, read) => {
    expect(() => read(readWhole(der))).toThrow(RangeError);
  });

  test('never give anything but a value or a RangeError, whatever they are', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const noise = createHash('shake256', { outputLength: 40 }).update(`${seed}`).digest();
      noise[0] = 0x30;
      noise[1] = seed % 39;
      try {
        readChildren(readDer(noise));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RangeError);
      }
    }
  });

  test('become a refusal where evidence is parsed', () => {
    const read = () => parsing('the certificate', () => readWhole(new Uint8Array()));
    expect(read).toThrow(
      expect.objectContaining({
        code: 'EVIDENCE_MALFORMED',
        message: 'the certificate cannot be parsed: DER ends at byte 0',
      }),
    );
  });
});
