import { describe, expect, test } from '@jest/globals';
import { writePem } from '../../../enclave/asn1/pem.js';
import { revocationListBytes } from '../../../runtime/collateral/revocationListBytes.js';

const der = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05);

describe('a CRL', () => {
  test.each<[string, Uint8Array | string]>([
    ['DER', der],
    ['hex', '3003020105'],
    ['hex in upper case and a newline', '3003020105\n'],
    ['PEM', writePem(der, 'X509 CRL')],
  ])('is read from %s', (_, answer) => {
    expect(Buffer.from(revocationListBytes(Buffer.from(answer as string)))).toEqual(Buffer.from(der));
  });

  test.each([
    ['nothing', ''],
    ['a page', '<html></html>'],
    ['half a byte', '300'],
    ['two lists', writePem(der, 'X509 CRL').repeat(2)],
    ['a certificate', writePem(der)],
  ])('is not read from %s', (_, answer) => {
    expect(() => revocationListBytes(Buffer.from(answer))).toThrow(RangeError);
  });
});
