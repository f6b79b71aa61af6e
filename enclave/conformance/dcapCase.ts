import { hexOf } from '../bytes.js';
import type { Collateral } from '../verification/dcap/collateral.js';
import type { Quote } from '../verification/dcap/quote.js';
import { parseQuote } from '../verification/dcap/quote.js';
import type { VerifiedQuote } from '../verification/dcap/verifyQuote.js';
import { verifyQuote } from '../verification/dcap/verifyQuote.js';
import type { Fields, JudgeCase } from './case.js';
import { bytesIn, fieldDisagreements, fieldsIn, instantIn } from './case.js';
import { trustRootsOf } from './trustRoots.js';
import { outcomeOf, refusalDisagreements } from './verdict.js';

/** Kind `dcap`: an SGX or TDX quote with the collateral of one instant. */
export const judgeDcapCase: JudgeCase = async (vector, { readSibling, run }) => {
  const expected = fieldsIn(vector, 'expect');
  const quote = bytesIn(vector, 'quote');
  const options = {
    now: instantIn(vector),
    trustRoots: trustRootsOf(vector, readSibling),
    // As it came: what is missing in it the verifier must refuse.
    collateral: fieldsIn(vector, 'collateral') as unknown as Collateral,
  };
  const outcome = await run((primitives) => outcomeOf(() => verifyQuote(quote, { ...options, primitives })));
  const parsed = outcomeOf(() => parseQuote(quote));
  const fields =
    'value' in parsed && expected.quoteVersion !== undefined
      ? fieldDisagreements(expected, reportFields(parsed.value))
      : [];
  if ('refusal' in outcome) return [...refusalDisagreements(expected, outcome.refusal), ...fields];
  if (expected.accept !== true)
    return [`expected a refusal, got acceptance with ${outcome.value.tcbStatus}`, ...fields];
  return [...verdictDisagreements(expected, outcome.value), ...fields];
};

function verdictDisagreements(expected: Fields, verified: VerifiedQuote): string[] {
  const { advisoryIDs } = expected;
  const missing = Array.isArray(advisoryIDs)
    ? advisoryIDs.filter((id) => !verified.advisoryIds.includes(id as string)).map((id) => `advisory ${id} is missing`)
    : [];
  const { fmspc } = expected;
  return [
    ...fieldDisagreements(
      { ...expected, ...(typeof fmspc === 'string' && { fmspc: fmspc.toLowerCase() }) },
      {
        tcbStatus: verified.tcbStatus,
        platformTcb: verified.platformTcbStatus,
        qeTcb: verified.qeTcbStatus,
        tdxModuleTcb: verified.tdxModuleTcbStatus,
        tcbEvaluationDataNumber: verified.tcbEvaluationDataNumber,
        fmspc: verified.fmspc,
      },
    ),
    ...missing,
  ];
}

/** The fields of a report under the names that the vectors give them. */
function reportFields({ version, report }: Quote): Fields {
  const common = {
    quoteVersion: version,
    tee: report.tee,
    debug: report.debug,
    reportData: hexOf(report.reportData),
  };
  if (report.tee === 'sgx') {
    const { mrEnclave, mrSigner, isvProductId, isvSvn, attributes } = report;
    return { ...common, mrenclave: mrEnclave, mrsigner: mrSigner, isvProdId: isvProductId, isvSvn, attributes };
  }
  const { rtmrs, td15 } = report;
  return {
    ...report,
    ...common,
    teeTcbSvn: hexOf(Uint8Array.from(report.teeTcbSvn)),
    ...Object.fromEntries(rtmrs.map((rtmr, index) => [`rtmr${index}`, rtmr])),
    ...(td15 && { teeTcbSvn2: hexOf(Uint8Array.from(td15.teeTcbSvn2)), mrServiceTd: td15.mrServiceTd }),
  };
}
