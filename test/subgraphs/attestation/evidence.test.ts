import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EvidenceKind } from '../../../subgraphs/attestation/evidence.js';
import { EVIDENCE_KINDS, parseEvidence, reportDataOf } from '../../../subgraphs/attestation/evidence.js';
import { refusalOf } from '../../support/refusals.js';

const parse = (evidence: string, kind: EvidenceKind = 'SgxEnclave') => parseEvidence({ kind, evidence });

test('evidence is taken with and without padding', () => {
  expect([parse('AAE').bytes, parse('AAE=').bytes].map((bytes) => [...bytes])).toEqual([
    [0, 1],
    [0, 1],
  ]);
});

test('runtime data is JSON unless it is said to be binary', () => {
  const typed = (type?: 'JSON' | 'BINARY') =>
    parseEvidence({ kind: 'TdxVm', evidence: 'AA', runtimeData: { data: 'AA', ...(type && { type }) } }).runtimeData;
  expect([typed()?.type, typed('JSON')?.type, typed('BINARY')?.type]).toEqual(['JSON', 'JSON', 'Binary']);
  expect(parse('AA').runtimeData).toBeUndefined();
});

test('evidence of exactly 32 KiB is taken, and a byte more is not', async () => {
  const of = (bytes: number) => Buffer.alloc(bytes).toString('base64url');
  expect(parse(of(32_768)).bytes).toHaveLength(32_768);
  expect(await refusalOf(() => parse(of(32_769)))).toBe('TOO_LARGE');
});

test('any text is bytes or a coded refusal, and any bytes have report data or none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...EVIDENCE_KINDS), fc.string({ unit: 'binary' }), async (kind, text) => {
      expect(['BAD_INPUT', 'not refused']).toContain(await refusalOf(() => parse(text, kind)));
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...EVIDENCE_KINDS), fc.uint8Array({ minLength: 1, maxLength: 1300 }), (kind, bytes) => {
      const found = reportDataOf(parse(Buffer.from(bytes).toString('base64url'), kind));
      expect([undefined, 64]).toContain(found?.length);
    }),
  );
});

test.each(['null', '7', '[]', '{"SnpReport":7}', '{"SnpReport":"AA"}', '{'])(
  'an envelope that is %s has no report data',
  (envelope) => {
    expect(reportDataOf(parse(Buffer.from(envelope).toString('base64url'), 'SevSnpVm'))).toBeUndefined();
  },
);
