import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EvidenceRefusal } from '../../../../enclave/verification/evidenceRefusal.js';
import { nodePrimitives } from '../../../../enclave/verification/nodePrimitives.js';
import type { Primitives } from '../../../../enclave/verification/primitives.js';
import { SNP_REASONS } from '../../../../enclave/verification/sevSnp/reasons.js';
import { verifyReport } from '../../../../enclave/verification/sevSnp/verifyReport.js';
import { trustRoot } from '../../../../enclave/verification/trustRoot.js';
import { withWebPrimitives } from '../../../../enclave/verification/webPrimitives.js';
import type { OwnVector } from '../../../support/ownVectors.js';
import { bytesOfFolder, ownVectors, ownVectorsPath, sentenceOf, withoutFreeText } from '../../../support/ownVectors.js';
import { snpCases } from '../../../vectors/snpCases.js';

interface Vector extends OwnVector {
  readonly trustRoot: string;
  readonly report: string;
  readonly leaf?: string;
  readonly ask?: string;
  readonly ark?: string;
  readonly chain?: string;
  readonly crl?: string;
}

const vectors = ownVectors<Vector>('sev-snp');
const root = trustRoot({
  name: 'test',
  simulated: true,
  pem: readFileSync(join(ownVectorsPath('sev-snp'), 'test-root.pem'), 'utf8'),
});
const bytes = (base64 = '') => new Uint8Array(Buffer.from(base64, 'base64'));

function judge(vector: Vector, primitives: Primitives) {
  const { crl } = vector;
  try {
    verifyReport(bytes(vector.report), {
      now: Date.parse(vector.at),
      trustRoots: vector.trustRoot === 'none' ? [] : [root],
      certificates: vector.chain ?? [bytes(vector.leaf), bytes(vector.ask), bytes(vector.ark)],
      revocationList: crl === undefined ? 'not-checked' : crl === '' ? undefined : bytes(crl),
      primitives,
    });
    return { accept: true, reasons: [] };
  } catch (thrown) {
    if (!(thrown instanceof EvidenceRefusal)) throw thrown;
    return { accept: false, code: thrown.code, reasons: thrown.reasons.map(withoutFreeText) };
  }
}

describe('our own vectors', () => {
  test('are those that test/vectors/snpCases.ts describes, and are small', () => {
    expect(vectors.map(({ id }) => id).sort()).toEqual(snpCases.map(({ id }) => id).sort());
    expect(bytesOfFolder('sev-snp')).toBeLessThan(1_500_000);
  });

  test('reach every reason why a report is refused', () => {
    const reached = new Set(vectors.flatMap(({ expect: { reasons } }) => reasons));
    expect([...reached].sort()).toEqual([...SNP_REASONS].sort());
  });

  for (const vector of vectors) {
    test(sentenceOf(vector), async () => {
      const verdict = judge(vector, nodePrimitives);
      expect(vector.expect).toMatchObject(verdict);
      const { subtle } = globalThis.crypto;
      expect(await withWebPrimitives((primitives) => judge(vector, primitives), subtle)).toEqual(verdict);
    });
  }
});
