import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Collateral } from '../../../../enclave/verification/dcap/collateral.js';
import { EvidenceRefusal } from '../../../../enclave/verification/evidenceRefusal.js';
import { parseQuote } from '../../../../enclave/verification/dcap/quote.js';
import type { SgxReport } from '../../../../enclave/verification/dcap/sgxReport.js';
import type { TdReport } from '../../../../enclave/verification/dcap/tdReport.js';
import { trustRoot } from '../../../../enclave/verification/trustRoot.js';
import type { VerifiedQuote } from '../../../../enclave/verification/dcap/verifyQuote.js';
import { verifyQuote } from '../../../../enclave/verification/dcap/verifyQuote.js';
import { nodePrimitives, rememberSignatures } from '../../../../enclave/verification/nodePrimitives.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';

interface Vector {
  readonly id: string;
  readonly trustRoot: string;
  readonly at: string;
  readonly quote: string;
  readonly collateral: Collateral;
  readonly expect: {
    readonly accept: boolean;
    readonly reasons: readonly string[];
    readonly quoteVersion?: number;
    readonly tcbStatus?: string;
    readonly platformTcb?: string;
    readonly qeTcb?: string;
    readonly fmspc?: string;
    readonly advisoryIDs?: readonly string[];
    readonly tdxModuleTcb?: string;
    readonly mrenclave?: string;
    readonly mrsigner?: string;
    readonly isvProdId?: number;
    readonly isvSvn?: number;
    readonly attributes?: string;
    readonly reportData?: string;
    readonly debug?: boolean;
    readonly [field: string]: unknown;
  };
}

function readVectors(folder: string): Vector[] {
  const names = readdirSync(sharedPath(folder)).filter((name) => name.endsWith('.json'));
  return names.map((name) => JSON.parse(readFileSync(sharedPath(`${folder}/${name}`), 'utf8')) as Vector);
}

function verify(
  folder: string,
  vector: Vector,
  options: { allowDebug?: boolean; remember?: boolean } = {},
): VerifiedQuote {
  const file = vector.trustRoot.startsWith('file:') ? vector.trustRoot.slice(5) : `${vector.trustRoot}.pem`;
  const pem = readFileSync(sharedPath(`${folder}/${file}`), 'utf8');
  return verifyQuote(Buffer.from(vector.quote, 'base64'), {
    now: Date.parse(vector.at),
    trustRoots: [trustRoot({ name: 'vector', simulated: false, pem })],
    collateral: vector.collateral,
    allowDebug: options.allowDebug ?? false,
    primitives: options.remember ? remembered : nodePrimitives,
  });
}

/** One memory for all vectors: what one case taught must not help another. */
const remembered = rememberSignatures(64);

/** Text after parse: and crl-parse: is free. */
const word = (reason: string | undefined) => reason?.replace(/^((?:crl-)?parse):.*/s, '$1');

/** A report under the vectors' names. */
function fieldsOf(report: SgxReport | TdReport): Record<string, unknown> {
  const reportData = Buffer.from(report.reportData).toString('hex');
  if (report.tee === 'sgx') {
    const { mrEnclave, mrSigner, isvProductId, isvSvn, attributes, debug } = report;
    return {
      tee: 'sgx',
      mrenclave: mrEnclave,
      mrsigner: mrSigner,
      isvProdId: isvProductId,
      isvSvn,
      attributes,
      debug,
      reportData,
    };
  }
  const { rtmrs, teeTcbSvn, td15, ...fields } = report;
  return {
    ...fields,
    ...Object.fromEntries(rtmrs.map((rtmr, index) => [`rtmr${index}`, rtmr])),
    ...(td15 && { teeTcbSvn2: Buffer.from(td15.teeTcbSvn2).toString('hex'), mrServiceTd: td15.mrServiceTd }),
    teeTcbSvn: Buffer.from(teeTcbSvn).toString('hex'),
    reportData,
  };
}

const REPORT_FIELDS =
  /^(tee|debug|mrenclave|mrsigner|isvProdId|isvSvn|attributes|reportData|rtmr\d|mr[A-Z]\w*|seamAttributes|tdAttributes|xfam|teeTcbSvn2?)$/;

function expectedFields(expected: Vector['expect']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(expected).filter(([name]) => REPORT_FIELDS.test(name)));
}

function refusal(action: () => unknown): EvidenceRefusal {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal) return thrown;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

for (const folder of ['vectors/dcap-real', 'vectors/dcap-mutated', 'vectors/dcap-synthetic']) {
  describeWithShared(folder, folder, () => {
    const all = readVectors(folder);
    const readable = all.filter((vector) => vector.expect.quoteVersion !== undefined);
    const accepted = readable.filter((vector) => vector.expect.accept);
    const refused = readable.filter((vector) => !vector.expect.accept);
    const broken = all.filter((vector) => vector.expect.quoteVersion === undefined);

    for (const remember of [false, true]) {
      const how = remember ? ', with remembered signatures' : '';
      for (const vector of accepted) {
        test(`accepts ${vector.id} with its TCB status${how}`, () => {
          const verified = verify(folder, vector, { remember });
          expect(verified).toMatchObject({
            tcbStatus: vector.expect.tcbStatus,
            platformTcbStatus: vector.expect.platformTcb,
            qeTcbStatus: vector.expect.qeTcb,
            tdxModuleTcbStatus: vector.expect.tdxModuleTcb ?? undefined,
          });
          // The vectors name the platform level's advisories only.
          expect(verified.advisoryIds).toEqual(expect.arrayContaining([...(vector.expect.advisoryIDs ?? [])]));
          if (vector.expect.fmspc) expect(verified.fmspc).toBe(vector.expect.fmspc.toLowerCase());
        });
      }

      for (const vector of refused) {
        test(`refuses ${vector.id} because of ${vector.expect.reasons[0]}${how}`, () => {
          const { reasons } = refusal(() => verify(folder, vector, { remember }));
          expect(word(reasons[0])).toBe(word(vector.expect.reasons[0]));
        });
      }
    }

    for (const vector of broken) {
      test(`refuses ${vector.id} as unreadable`, () => {
        const { code, reasons } = refusal(() => verify(folder, vector));
        expect(code).toBe('EVIDENCE_MALFORMED');
        expect(reasons).toHaveLength(1);
        expect(reasons[0]).toMatch(/^parse:/);
      });
    }

    for (const vector of readable) {
      test(`reads the report of ${vector.id}`, () => {
        const quote = parseQuote(Buffer.from(vector.quote, 'base64'));
        expect(quote.version).toBe(vector.expect.quoteVersion);
        expect(fieldsOf(quote.report)).toMatchObject(expectedFields(vector.expect));
      });
    }

    for (const vector of refused.filter(({ expect: { reasons } }) => reasons.length === 1 && reasons[0] === 'debug')) {
      test(`hands ${vector.id} to the appraisal where debug is a fact and not a refusal`, () => {
        expect(verify(folder, vector, { allowDebug: true })).toMatchObject({
          tcbStatus: vector.expect.tcbStatus,
          quote: { report: { debug: true } },
        });
      });
    }
  });
}
