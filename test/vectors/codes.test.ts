import { expect, test } from '@jest/globals';
import type { RefusalCode } from '../../enclave/refusals.js';
import { REFUSALS } from '../../enclave/refusals.js';
import type { OwnVector } from '../support/ownVectors.js';
import { bytesOfFolder, ownVectors } from '../support/ownVectors.js';
import { hclCases } from './hclCases.js';

const FOLDERS = ['dcap', 'sev-snp', 'azure-hcl', 'tokens'];

/** Codes of evidence, collateral and results that no file can lead to, and why. */
const OF_NO_FILE: Partial<Record<RefusalCode, string>> = {
  EVIDENCE_NOT_FRESH: 'is about a number that the relying party has just sent: a file holds both, and is always stale',
  EVIDENCE_REFUSED: 'is what another attestation service said, and no verifier of ours',
  RESULT_BINDING_MISMATCH: 'is about the key that a peer holds, which it proves on a connection',
  RESULT_MISSING: 'is about a peer that shows nothing',
};

const codes = Object.keys(REFUSALS).filter((code) => /^(EVIDENCE|COLLATERAL|RESULT)_/.test(code));
const vectors = FOLDERS.flatMap((folder) => ownVectors<OwnVector>(folder));

test('every code of evidence, collateral and results is reached by a vector, or it is said why none can', () => {
  const reached = vectors.flatMap(({ expect: { code } }) => code ?? []);
  expect([...new Set([...reached, ...Object.keys(OF_NO_FILE)])].sort()).toEqual(codes.sort());
  expect(reached.filter((code) => Object.hasOwn(OF_NO_FILE, code))).toEqual([]);
});

test('every vector says why it is there, and either accepts or has a code', () => {
  for (const vector of vectors) {
    expect(vector).toMatchObject({ id: expect.any(String), note: expect.any(String), at: expect.any(String) });
    const { accept, code, reasons } = vector.expect;
    expect(accept).toBe(code === undefined && reasons.length === 0);
  }
});

test('those of azure-hcl are those that hclCases.ts describes, and are small', () => {
  expect(
    ownVectors('azure-hcl')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(hclCases.map(({ id }) => id).sort());
  expect(bytesOfFolder('azure-hcl')).toBeLessThan(1_500_000);
});
