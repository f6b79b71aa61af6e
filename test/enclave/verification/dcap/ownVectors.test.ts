import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { RefusalCode } from '../../../../enclave/refusals.js';
import { REFUSALS } from '../../../../enclave/refusals.js';
import type { Collateral } from '../../../../enclave/verification/dcap/collateral.js';
import { parseQuote } from '../../../../enclave/verification/dcap/quote.js';
import { DCAP_REASONS } from '../../../../enclave/verification/dcap/reasons.js';
import { TCB_STATUSES } from '../../../../enclave/verification/dcap/tcbStatus.js';
import type { VerifiedQuote } from '../../../../enclave/verification/dcap/verifyQuote.js';
import { verifyQuote } from '../../../../enclave/verification/dcap/verifyQuote.js';
import { EvidenceRefusal } from '../../../../enclave/verification/evidenceRefusal.js';
import { nodePrimitives } from '../../../../enclave/verification/nodePrimitives.js';
import type { Primitives } from '../../../../enclave/verification/primitives.js';
import { trustRoot } from '../../../../enclave/verification/trustRoot.js';
import { withWebPrimitives } from '../../../../enclave/verification/webPrimitives.js';
import { checkout } from '../../../support/shared.js';
import { cases } from '../../../vectors/cases.js';

interface Vector {
  readonly id: string;
  readonly at: string;
  readonly quote: string;
  readonly collateral: Collateral;
  readonly expect: {
    readonly accept: boolean;
    readonly code?: RefusalCode;
    readonly reasons: readonly string[];
    readonly [field: string]: unknown;
  };
}

const folder = join(checkout, 'test/vectors/dcap');
const trustRoots = [
  trustRoot({ name: 'test', simulated: true, pem: readFileSync(join(folder, 'test-root.pem'), 'utf8') }),
];
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Vector);

type Outcome = Record<string, unknown>;

/** What the vectors state, as the verifier sees it. */
function judge({ quote, at, collateral }: Vector, primitives: Primitives): Outcome {
  try {
    const now = Date.parse(at);
    return accepted(verifyQuote(Buffer.from(quote, 'base64'), { now, trustRoots, collateral, primitives }));
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal)
      return { accept: false, code: thrown.code, reasons: thrown.reasons.map(withoutFreeText) };
    throw thrown;
  }
}

function accepted(verified: VerifiedQuote): Outcome {
  return {
    accept: true,
    reasons: [],
    tcbStatus: verified.tcbStatus,
    platformTcb: verified.platformTcbStatus,
    qeTcb: verified.qeTcbStatus,
    ...(verified.tdxModuleTcbStatus && { tdxModuleTcb: verified.tdxModuleTcbStatus }),
    advisoryIDs: verified.advisoryIds,
    tcbEvaluationDataNumber: verified.tcbEvaluationDataNumber,
    fmspc: verified.fmspc,
  };
}

function withoutFreeText(reason: string): string {
  return reason.replace(/parse:.*$/s, 'parse:');
}

/** Codes of evidence and collateral that no quote leads to: they are about what comes with it, or about another party. */
const OTHERS = ['EVIDENCE_BINDING_MISMATCH', 'EVIDENCE_NOT_FRESH', 'EVIDENCE_REFUSED', 'EVIDENCE_UNAVAILABLE'];

describe('our own vectors', () => {
  test('are those that test/vectors/cases.ts describes, and are small', () => {
    expect(vectors.map(({ id }) => id).sort()).toEqual(cases.map(({ id }) => id).sort());
    const sizes = readdirSync(folder).map((name) => readFileSync(join(folder, name)).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(2_500_000);
  });

  test('reach every reason why a quote is refused', () => {
    const reached = new Set(
      vectors.flatMap(({ expect: { reasons } }) => reasons.map((reason) => reason.replace(/missing:.*$/, 'missing:'))),
    );
    expect([...reached].sort()).toEqual([...DCAP_REASONS].sort());
  });

  test('reach every code with which evidence or its collateral is refused', () => {
    const codes = Object.keys(REFUSALS).filter((code) => /^(EVIDENCE|COLLATERAL)_/.test(code));
    const reached = new Set(vectors.flatMap(({ expect: { code } }) => code ?? []));
    expect([...reached].sort()).toEqual(codes.filter((code) => !OTHERS.includes(code)).sort());
  });

  test('reach every status', () => {
    const reached = new Set(vectors.flatMap(({ expect: { tcbStatus } }) => tcbStatus ?? []));
    const computed = ['TDRelaunchAdvised', 'TDRelaunchAdvisedConfigurationNeeded'];
    expect([...reached].sort()).toEqual([...TCB_STATUSES, ...computed].filter((status) => status !== 'Revoked').sort());
  });

  for (const vector of vectors) {
    const outcome = vector.expect.accept
      ? `accepts ${vector.id} as ${String(vector.expect.tcbStatus)}`
      : `refuses ${vector.id} with ${String(vector.expect.code)}`;

    test(outcome, async () => {
      const verdict = judge(vector, nodePrimitives);
      expect(vector.expect).toMatchObject(verdict);
      expect(await withWebPrimitives((primitives) => judge(vector, primitives), globalThis.crypto.subtle)).toEqual(
        verdict,
      );
    });
  }

  test.each(vectors.filter((vector) => vector.expect.tee !== undefined))('reads the report of $id', (vector) => {
    const { report, version } = parseQuote(Buffer.from(vector.quote, 'base64'));
    expect(version).toBe(vector.expect.quoteVersion);
    expect(report).toMatchObject({ tee: vector.expect.tee, debug: vector.expect.debug });
    expect(Buffer.from(report.reportData).toString('hex')).toBe(vector.expect.reportData);
    if (report.tee === 'sgx')
      expect(vector.expect).toMatchObject({
        mrenclave: report.mrEnclave,
        mrsigner: report.mrSigner,
        isvProdId: report.isvProductId,
        isvSvn: report.isvSvn,
        attributes: report.attributes,
      });
    else {
      const { mrTd, mrSeam, mrSignerSeam, seamAttributes, tdAttributes, xfam, mrConfigId, mrOwner, mrOwnerConfig } =
        report;
      expect(vector.expect).toMatchObject({
        ...{ mrTd, mrSeam, mrSignerSeam, seamAttributes, tdAttributes, xfam, mrConfigId, mrOwner, mrOwnerConfig },
        ...Object.fromEntries(report.rtmrs.map((rtmr, index) => [`rtmr${index}`, rtmr])),
        teeTcbSvn: Buffer.from(report.teeTcbSvn).toString('hex'),
        ...(report.td15 && {
          teeTcbSvn2: Buffer.from(report.td15.teeTcbSvn2).toString('hex'),
          mrServiceTd: report.td15.mrServiceTd,
        }),
      });
    }
  });
});
