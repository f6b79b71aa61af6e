import { parseHclReport } from '../verification/azureHcl/hclReport.js';
import { verifySnpHclReport, verifyTdxHclReport } from '../verification/azureHcl/verifyHclReport.js';
import type { Collateral } from '../verification/dcap/collateral.js';
import { verifyQuote } from '../verification/dcap/verifyQuote.js';
import type { Primitives } from '../verification/primitives.js';
import type { Fields, JudgeCase, JudgeOptions } from './case.js';
import { bytesIn, fieldDisagreements, fieldsIn, instantIn, textIn } from './case.js';
import { snpOptionsIn } from './snpCase.js';
import { trustRootsOf } from './trustRoots.js';
import { outcomeOf, refusalDisagreements } from './verdict.js';

/**
 * A report of Azure's paravisor, as its vTPM hands it out: it must be bound to its runtime data. Hardware evidence beside it
 * that would make it genuine there is none: a TDREPORT alone must leave us unable to tell.
 */
export async function judgeHclReport(bytes: Uint8Array, { run }: JudgeOptions): Promise<string[]> {
  const { kind } = parseHclReport(bytes).hardware;
  if (kind !== 'TdxVm') throw new RangeError('an HCL report of SEV-SNP says nothing without its certificates');
  const outcome = await run(({ sha256 }) =>
    outcomeOf(() => verifyTdxHclReport(bytes, { quote: undefined, primitives: { sha256 } })),
  );
  const reasons = 'refusal' in outcome ? outcome.refusal.reasons.join(', ') : 'acceptance';
  return reasons === 'td-quote-missing' ? [] : [`expected td-quote-missing alone, got ${reasons}`];
}

/**
 * Kind `azure-hcl`: a paravisor's report (`hcl`) with what its hardware needs to be believed. `hardware` says whose verifier
 * is asked: SevSnpVm with certificates and revocation list as in kind `sev-snp`, TdxVm with `quote` and `collateral` as in
 * kind `dcap`, or with neither.
 */
export const judgeHclCase: JudgeCase = async (vector, { readSibling, run }) => {
  const expected = fieldsIn(vector, 'expect');
  const verify =
    textIn(vector, 'hardware') === 'TdxVm' ? verifyTdxIn(vector, readSibling) : verifySnpIn(vector, readSibling);
  const outcome = await run((primitives) => outcomeOf(() => verify(primitives)));
  if ('refusal' in outcome) return refusalDisagreements(expected, outcome.refusal);
  if (expected.accept !== true) return ['expected a refusal, got acceptance'];
  const { attestationKey, userData } = outcome.value.runtimeData;
  return fieldDisagreements(expected, { attestationKey: attestationKey.n, userData });
};

function verifySnpIn(vector: Fields, readSibling: JudgeOptions['readSibling']) {
  const bytes = bytesIn(vector, 'hcl');
  const options = snpOptionsIn(vector, readSibling);
  return (primitives: Primitives) => verifySnpHclReport(bytes, { ...options, primitives });
}

function verifyTdxIn(vector: Fields, readSibling: JudgeOptions['readSibling']) {
  const bytes = bytesIn(vector, 'hcl');
  const quote = vector.quote === undefined ? undefined : bytesIn(vector, 'quote');
  if (!quote) return (primitives: Primitives) => verifyTdxHclReport(bytes, { quote, primitives });
  const options = {
    now: instantIn(vector),
    trustRoots: trustRootsOf(vector, readSibling),
    collateral: fieldsIn(vector, 'collateral') as unknown as Collateral,
  };
  return (primitives: Primitives) =>
    verifyTdxHclReport(bytes, { quote: verifyQuote(quote, { ...options, primitives }), primitives });
}
