import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { verifySnpHclReport, verifyTdxHclReport } from '../../../../enclave/verification/azureHcl/verifyHclReport.js';
import type { VerifiedQuote } from '../../../../enclave/verification/dcap/verifyQuote.js';
import { verifyQuote } from '../../../../enclave/verification/dcap/verifyQuote.js';
import { EvidenceRefusal } from '../../../../enclave/verification/evidenceRefusal.js';
import { nodePrimitives, rememberSignatures } from '../../../../enclave/verification/nodePrimitives.js';
import type { VerifyReportOptions } from '../../../../enclave/verification/sevSnp/verifyReport.js';
import { trustRoot } from '../../../../enclave/verification/trustRoot.js';
import { withWebPrimitives } from '../../../../enclave/verification/webPrimitives.js';
import type { EvidenceChange, Form } from '../../../support/dcapKit/evidence.js';
import { makeEvidence } from '../../../support/dcapKit/evidence.js';
import { writeTdReport } from '../../../support/dcapKit/tdReport.js';
import { createTestAuthority } from '../../../support/dcapKit/testAuthority.js';
import { hclRuntimeData, writeHclReport, writeTdMacReport } from '../../../support/hclReport.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';
import { makeSnpEvidence, SNP_NOW, snpVerifyOptions } from '../../../support/snpEvidence.js';

const runtimeData = hclRuntimeData();
const digest = createHash('sha256').update(runtimeData).digest();
const reportData = new Uint8Array(64);
reportData.set(digest);

/** Code and reasons; anything but a coded refusal fails the test. */
function refusalOf(verify: () => unknown): { code: string; reasons: readonly string[] } {
  try {
    verify();
    return { code: 'accepted', reasons: [] };
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return { code: thrown.code, reasons: thrown.reasons };
    throw thrown;
  }
}

describe('an HCL report on SEV-SNP', () => {
  const evidence = makeSnpEvidence({ report: { reportData } });
  const hcl = (changes: Partial<Parameters<typeof writeHclReport>[0]> = {}) =>
    writeHclReport({ type: 2, hardware: evidence.report, runtimeData, ...changes });
  const verify = (bytes: Uint8Array, options?: Partial<VerifyReportOptions>) =>
    verifySnpHclReport(bytes, snpVerifyOptions(evidence, options));

  test('is genuine where the report inside is, and vouches for the runtime data', () => {
    expect(verify(hcl())).toMatchObject({
      hardware: { signer: 'vcek', product: 'Milan', trustRoot: { name: 'test-ark' } },
      runtimeData: { attestationKey: { kid: 'HCLAkPub' }, userData: 'ab'.repeat(64) },
    });
  });

  test('gets the same answer from WebCrypto', async () => {
    const run = (bytes: Uint8Array) =>
      withWebPrimitives((primitives) => refusalOf(() => verify(bytes, { primitives })), globalThis.crypto.subtle);
    expect(await run(hcl())).toEqual({ code: 'accepted', reasons: [] });
    const other = hcl({ runtimeData: runtimeData.replace('true', 'false') });
    expect(await run(other)).toEqual({ code: 'EVIDENCE_BINDING_MISMATCH', reasons: ['runtime-data'] });
  });

  test('with the report of another chain is refused, and with other runtime data for that too', () => {
    const expected = { code: 'EVIDENCE_ROOT_UNTRUSTED', reasons: ['untrusted-ark'] };
    expect(refusalOf(() => verify(hcl(), { trustRoots: [] }))).toEqual(expected);
    const other = hcl({ runtimeData: runtimeData.replace('true', 'false') });
    expect(refusalOf(() => verify(other, { trustRoots: [] }))).toEqual({
      ...expected,
      reasons: ['untrusted-ark', 'runtime-data'],
    });
  });

  test('that could not be told is so here too', () => {
    expect(refusalOf(() => verify(hcl(), { revocationList: undefined })).code).toBe('COLLATERAL_UNAVAILABLE');
  });

  test('is not read as one of TDX, nor the reverse', () => {
    const expected = { code: 'EVIDENCE_MALFORMED', reasons: ['hardware-type'] };
    expect(refusalOf(() => verify(hcl({ type: 4 })))).toEqual(expected);
    const tdx = () => verifyTdxHclReport(hcl(), { quote: undefined, primitives: nodePrimitives });
    expect(refusalOf(tdx)).toEqual(expected);
  });

  test('is not accepted with one bit of hardware report or runtime data flipped', () => {
    const primitives = rememberSignatures(64);
    const bytes = hcl();
    const flipped = [...range(32, 1216), ...range(1236, 1236 + runtimeData.length)];
    const accepted = flipped.filter((at) => {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      return refusalOf(() => verify(changed, { primitives })).code === 'accepted';
    });
    expect(accepted).toEqual([]);
  });
});

describe('an HCL report on TDX', () => {
  const authority = createTestAuthority(SNP_NOW);
  const root = trustRoot({ name: 'test', simulated: true, pem: authority.certificate('root') });

  function quoteOf(form: Form, change: EvidenceChange = {}): VerifiedQuote {
    const { quote, collateral } = makeEvidence(authority, form, SNP_NOW, change);
    return verifyQuote(quote, {
      now: SNP_NOW,
      trustRoots: [root],
      collateral,
      primitives: nodePrimitives,
    });
  }

  /** The TDREPORT from which the quote of this form was made. */
  function hclOf(form: Form): Uint8Array {
    const { report } = makeEvidence(authority, form, SNP_NOW, { td: { reportData } });
    if (!('td' in report)) throw new Error('not a form of TDX');
    const body = writeTdReport({ ...report.td, td15: report.td.td15 ?? { teeTcbSvn2: report.td.teeTcbSvn } });
    return writeHclReport({ type: 4, hardware: writeTdMacReport(body), runtimeData });
  }

  const verify = (bytes: Uint8Array, quote: VerifiedQuote | undefined) =>
    refusalOf(() => verifyTdxHclReport(bytes, { quote, primitives: nodePrimitives }));

  test.each(['tdx-v4', 'tdx10-v5', 'tdx15-v5'] as const)('is genuine by a %s quote of the same TD', (form) => {
    const quote = quoteOf(form, { td: { reportData } });
    const verified = verifyTdxHclReport(hclOf(form), { quote, primitives: nodePrimitives });
    expect(verified.hardware).toBe(quote);
    expect(verified.runtimeData.attestationKey.kid).toBe('HCLAkPub');
  });

  test('is something that could not be told without a quote', () => {
    expect(verify(hclOf('tdx-v4'), undefined)).toEqual({ code: 'EVIDENCE_UNAVAILABLE', reasons: ['td-quote-missing'] });
  });

  test('with other runtime data is refused, with a quote and without', () => {
    const bytes = hclOf('tdx-v4');
    bytes[1300] = (bytes[1300] ?? 0) ^ 1;
    const code = 'EVIDENCE_BINDING_MISMATCH';
    expect(verify(bytes, undefined)).toEqual({ code, reasons: ['td-quote-missing', 'runtime-data'] });
    expect(verify(bytes, quoteOf('tdx-v4', { td: { reportData } }))).toEqual({ code, reasons: ['runtime-data'] });
  });

  test.each<[string, Form, EvidenceChange]>([
    ['other report data', 'tdx-v4', { td: { reportData: new Uint8Array(64) } }],
    ['another TD', 'tdx-v4', { td: { reportData, mrTd: '11'.repeat(48) } }],
    ['another run-time measurement', 'tdx-v4', { td: { reportData, rtmrs: [0, 1, 2, 3].map(() => '22'.repeat(48)) } }],
    ['another owner', 'tdx-v4', { td: { reportData, mrOwner: '33'.repeat(48) } }],
    [
      'another service TD',
      'tdx15-v5',
      {
        td: { reportData, td15: { teeTcbSvn2: [5, 1, 6, ...Array<number>(13).fill(0)], mrServiceTd: '44'.repeat(48) } },
      },
    ],
    ['an SGX enclave', 'sgx-v3', { sgx: { reportData } }],
  ])('is refused with a genuine quote of %s', (_, form, change) => {
    const bytes = hclOf(form === 'tdx15-v5' ? form : 'tdx-v4');
    expect(verify(bytes, quoteOf(form, change))).toEqual({
      code: 'EVIDENCE_BINDING_MISMATCH',
      reasons: ['td-quote-mismatch'],
    });
  });
});

describeWithShared('a real HCL report of a TDX machine', 'vectors/azure-hcl', () => {
  test('cannot be told genuine by itself, though it is consistent', () => {
    const bytes = new Uint8Array(readFileSync(sharedPath('vectors/azure-hcl/azure-tdx-hcl-report.bin')));
    const verify = () => verifyTdxHclReport(bytes, { quote: undefined, primitives: nodePrimitives });
    expect(refusalOf(verify)).toEqual({ code: 'EVIDENCE_UNAVAILABLE', reasons: ['td-quote-missing'] });
  });
});

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
