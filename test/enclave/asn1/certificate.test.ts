import { createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { octetString } from '../../../enclave/asn1/der.js';
import { readCertificate } from '../../../enclave/asn1/certificate.js';
import { readPem, writePem } from '../../../enclave/asn1/pem.js';
import type { CertificateContent, CertificateSigner } from '../../../enclave/asn1/writeCertificate.js';
import {
  certificateAuthority,
  keyUsage,
  notCertificateAuthority,
  writeCertificate,
} from '../../../enclave/asn1/writeCertificate.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

const START = Date.UTC(2026, 0, 1);
const END = Date.UTC(2056, 0, 1);

function issue(kind: 'ec' | 'rsa', changes: Partial<CertificateContent> = {}): { der: Uint8Array; spki: Uint8Array } {
  const { privateKey, publicKey } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const spki = Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }));
  const signWith: CertificateSigner = {
    algorithm: kind === 'ec' ? 'ecdsa-with-SHA256' : 'sha256WithRSAEncryption',
    sign: (toBeSigned) => sign('sha256', toBeSigned, privateKey),
  };
  const name = { commonName: 'https://localhost:4001', organization: 'Test' };
  const der = writeCertificate({
    subject: name,
    issuer: name,
    publicKey: spki,
    signWith,
    serial: Uint8Array.of(0, 0x9a, 7),
    notBefore: START,
    notAfter: END,
    ...changes,
  });
  return { der, spki };
}

describe('a certificate that we write', () => {
  test.each(['ec', 'rsa'] as const)('is read and verified by Node (%s)', (kind) => {
    const { der, spki } = issue(kind, { extensions: [certificateAuthority(1), keyUsage('keyCertSign', 'cRLSign')] });
    const certificate = new X509Certificate(writePem(der));
    expect(certificate.subject).toBe('CN=https://localhost:4001\nO=Test');
    expect(certificate.ca).toBe(true);
    expect(certificate.serialNumber).toBe('9A07');
    expect(certificate.validFrom).toBe('Jan  1 00:00:00 2026 GMT');
    expect(certificate.validTo).toBe('Jan  1 00:00:00 2056 GMT');
    expect(certificate.verify(createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }))).toBe(true);
  });

  test('is read back with every field', () => {
    const own = { oid: '1.3.6.1.4.1.99999.1', value: octetString(new TextEncoder().encode('token')) };
    const { der, spki } = issue('ec', { extensions: [certificateAuthority(0), own] });
    const certificate = readCertificate(der);
    expect(certificate.serial).toBe('9a07');
    expect(certificate.publicKey).toEqual(spki);
    expect(certificate.issuer).toEqual(certificate.subject);
    expect([certificate.notBefore, certificate.notAfter]).toEqual([START, END]);
    expect(certificate.extensions.get(own.oid)).toEqual(own.value);
    expect([...certificate.critical]).toEqual(['2.5.29.19']);
    expect(certificate).toMatchObject({ isAuthority: true, pathLength: 0, keyUsage: undefined });
  });

  test('is no CA where it does not say so', () => {
    expect(readCertificate(issue('ec').der).isAuthority).toBe(false);
    const { der } = issue('ec', { extensions: [notCertificateAuthority(), keyUsage('digitalSignature')] });
    expect(readCertificate(der)).toMatchObject({ isAuthority: false, keyUsage: 0x80 });
  });

  test('is read as itself even where it carries another certificate as PEM text', () => {
    const inner = issue('rsa');
    const outer = issue('ec', {
      extensions: [{ oid: '1.3.6.1.4.1.99999.2', value: octetString(new TextEncoder().encode(writePem(inner.der))) }],
    });
    expect(readCertificate(outer.der).publicKey).toEqual(outer.spki);
  });
});

describe('bytes that are not a certificate', () => {
  test('are refused when cut at any length', () => {
    const { der } = issue('ec');
    for (let length = 0; length < der.length; length++)
      expect(() => readCertificate(der.subarray(0, length))).toThrow(RangeError);
  });

  test('are refused when something follows', () => {
    const { der } = issue('ec');
    expect(() => readCertificate(Uint8Array.of(...der, 0))).toThrow('1 bytes after the DER value');
  });
});

describe('PEM', () => {
  test('gives back the blocks that were written, in order', () => {
    const blocks = [Uint8Array.of(1, 2, 3), new Uint8Array(100).fill(7)];
    const text = blocks.map((der) => writePem(der)).join('');
    expect(readPem(text)).toEqual(blocks);
    expect(readPem(text, 'PUBLIC KEY')).toEqual([]);
    expect(text.split('\n').every((line) => line.length <= 64)).toBe(true);
  });
});

describeWithShared('a real certificate of Azure Attestation', 'vectors/maa', () => {
  test('is read as the RSA key that it is for, not as the PCK certificate inside its quote', () => {
    const file = sharedPath('vectors/maa/simpleattest-sgxenclave_shared.json');
    const { jwks } = JSON.parse(readFileSync(file, 'utf8')) as { jwks: { keys: { x5c: string[] }[] } };
    const certificate = readCertificate(Buffer.from(jwks.keys[0]?.x5c[0] ?? '', 'base64'));
    const key = createPublicKey({ key: Buffer.from(certificate.publicKey), format: 'der', type: 'spki' });
    expect([key.asymmetricKeyType, key.asymmetricKeyDetails?.modulusLength]).toEqual(['rsa', 2048]);
    expect(
      certificate.extensions.has('1.3.6.1.4.1.311.105.1') || certificate.extensions.has('1.3.6.1.4.1.311.105.2'),
    ).toBe(true);
  });
});
