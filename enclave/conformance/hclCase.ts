import { verifyTdxHclReport } from '../verification/azureHcl/verifyHclReport.js';
import { parseHclReport } from '../verification/azureHcl/hclReport.js';
import type { JudgeOptions } from './case.js';
import { outcomeOf } from './verdict.js';

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
