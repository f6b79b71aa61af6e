import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { encode, Tag } from 'cbor2';
import { bitString, octetString } from '../../../enclave/asn1/der.js';
import type { CertificateExtension } from '../../../enclave/asn1/writeCertificate.js';
import { writeCertificate } from '../../../enclave/asn1/writeCertificate.js';
import { certificateEvidence } from '../../../enclave/evidence/certificateEvidence.js';
import { parseQuote } from '../../../enclave/verification/dcap/quote.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = key.publicKey.export({ type: 'spki', format: 'der' });
const sha256 = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest());
const quote = new TextEncoder().encode('a quote, which nobody looks into here');

function certificate(...extensions: CertificateExtension[]): Uint8Array {
  return writeCertificate({
    subject: { commonName: 'enclave' },
    issuer: { commonName: 'enclave' },
    publicKey,
    signWith: { algorithm: 'ecdsa-with-SHA256', sign: (bytes) => sign('sha256', bytes, key.privateKey) },
    serial: Uint8Array.of(1),
    notBefore: 0,
    notAfter: 1_000_000,
    extensions,
  });
}

const DICE = '2.23.133.5.4.9';
const claimsOf = (digest: Uint8Array, algorithm = 1) =>
  encode(
    new Map<string, unknown>([
      ['pubkey-hash', encode([algorithm, digest])],
      ['nonce', new Uint8Array(8)],
    ]),
  );
const dice = (contents: unknown, tag = 60_000) => certificate({ oid: DICE, value: encode(new Tag(tag, contents)) });
const read = (der: Uint8Array) => certificateEvidence(der, nodePrimitives);

describe('a certificate with evidence', () => {
  test('of TCG DICE binds its key through the claims that the quote vouches for', () => {
    const claims = claimsOf(sha256(publicKey));
    expect(read(dice([quote, claims]))).toEqual({
      format: 'dice',
      quote,
      expectedReportData: sha256(claims),
      namesKey: true,
    });
  });

  test('of TCG DICE may write its claims as a plain pair', () => {
    const claims = encode({ 'pubkey-hash': [1, sha256(publicKey)] });
    expect(read(dice([quote, claims]))).toMatchObject({ namesKey: true });
  });

  test('of TCG DICE says where it is about another key', () => {
    expect(read(dice([quote, claimsOf(sha256(quote))]))).toMatchObject({ namesKey: false });
  });

  test('of Gramine before that binds its key by its digest alone', () => {
    // The content of this OID is the whole encoding of the one that was meant.
    const extension = { oid: '0.6.9.42.840.113741.1337.6', value: quote };
    const der = certificate(extension);
    expect(Buffer.from(der).includes(Buffer.from('06092a864886f84d8a3906', 'hex'))).toBe(true);
    const expected = { format: 'gramine', expectedReportData: sha256(publicKey), namesKey: true };
    expect(read(der)).toMatchObject({ ...expected, quote });
    expect(read(certificate({ ...extension, value: octetString(quote) }))).toMatchObject(expected);
  });

  test('may have none', () => {
    expect(read(certificate())).toBeUndefined();
  });

  test.each<[string, Uint8Array]>([
    ['bytes that are no CBOR', certificate({ oid: DICE, value: Uint8Array.of(0xff) })],
    ['nothing at all', certificate({ oid: DICE, value: new Uint8Array() })],
    ['another tag', dice([quote, claimsOf(sha256(publicKey))], 60_001)],
    ['a quote without claims', dice([quote])],
    ['texts where bytes belong', dice(['quote', 'claims'])],
    ['claims that are no CBOR', dice([quote, Uint8Array.of(0x5f)])],
    ['claims that name no key', dice([quote, encode({ nonce: 1 })])],
    ['a hash algorithm that nobody uses', dice([quote, claimsOf(sha256(publicKey), 7)])],
    ['a BIT STRING cut short', certificate({ oid: '1.2.840.113556.10.1.1', value: bitString(quote).subarray(0, 4) })],
  ])('is refused with %s', (_, der) => {
    expect(() => read(der)).toThrow(expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }));
  });

  test('is refused where it is no certificate', () => {
    expect(() => read(quote)).toThrow(expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }));
  });
});

describeWithShared('the signing certificate of Azure Attestation', 'vectors/maa-samples', () => {
  test('carries a quote that vouches for its key', () => {
    const { keys } = JSON.parse(
      readFileSync(sharedPath('vectors/maa-samples/get.certs.response.body.json'), 'utf8'),
    ) as { keys: { x5c: string[] }[] };
    const evidence = keys
      .map(({ x5c: [base64 = ''] }) => read(Buffer.from(base64, 'base64')))
      .find((found) => found !== undefined);
    const { report } = parseQuote(evidence?.quote ?? new Uint8Array());
    expect(evidence).toMatchObject({ format: 'open-enclave', namesKey: true });
    expect(report.reportData.subarray(0, 32)).toEqual(evidence?.expectedReportData);
  });
});
