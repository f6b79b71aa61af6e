import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { kindOfQuote, reportDataIn } from '../../../enclave/evidence/reportDataIn.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly quote?: string;
  readonly report?: string;
  readonly expect: { readonly tee?: string; readonly reportData?: string; readonly report?: { report_data?: string } };
}

function vectorsIn(folder: string): Vector[] {
  return readdirSync(sharedPath(folder))
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(sharedPath(folder), file), 'utf8')) as Vector);
}

describeWithShared('report data of real quotes', 'vectors/dcap-real', () => {
  test.each(vectorsIn('vectors/dcap-real').map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    const quote = Buffer.from(vector.quote ?? '', 'base64');
    const kind = kindOfQuote(quote);
    expect(kind).toBe(vector.expect.tee?.toLowerCase() === 'tdx' ? 'TdxVm' : 'SgxEnclave');
    if (kind === undefined) return;
    expect(Buffer.from(reportDataIn({ kind, quote }) ?? []).toString('hex')).toBe(vector.expect.reportData);
  });
});

describeWithShared('report data of real SEV-SNP reports', 'vectors/snp', () => {
  test.each(
    vectorsIn('vectors/snp')
      .filter(({ id }) => id.startsWith('milan'))
      .map((vector) => [vector.id, vector] as const),
  )('%s', (_id, vector) => {
    const report = Buffer.from(vector.report ?? '', 'base64');
    const found = Buffer.from(reportDataIn({ kind: 'SevSnpVm', report, certificates: undefined }) ?? []);
    expect(found).toEqual(report.subarray(0x50, 0x90));
    expect(JSON.stringify(vector.expect)).toContain(found.toString('hex'));
  });
});

describe('bytes that are no evidence', () => {
  test('hold no report data where they are too short', () => {
    expect(reportDataIn({ kind: 'SevSnpVm', report: new Uint8Array(100), certificates: undefined })).toBeUndefined();
    for (const length of [0, 47, 48, 431]) {
      expect(reportDataIn({ kind: 'SgxEnclave', quote: new Uint8Array(length) })).toBeUndefined();
    }
    expect(reportDataIn({ kind: 'SgxEnclave', quote: new Uint8Array(432) })).toHaveLength(64);
  });

  test('are of no kind where the header names another TEE', () => {
    const quote = new Uint8Array(5000);
    quote[4] = 0x82;
    expect(kindOfQuote(quote)).toBeUndefined();
    expect(reportDataIn({ kind: 'TdxVm', quote })).toBeUndefined();
  });

  test('are not read as the other kind', () => {
    expect(reportDataIn({ kind: 'TdxVm', quote: new Uint8Array(5000) })).toBeUndefined();
  });
});
