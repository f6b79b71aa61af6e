import { equalBytes } from '../../bytes.js';
import type { VerifiedQuote } from '../dcap/verifyQuote.js';
import { EvidenceRefusal } from '../evidenceRefusal.js';
import type { Primitives } from '../primitives.js';
import { parseReport } from '../sevSnp/report.js';
import type { VerifiedReport, VerifyReportOptions } from '../sevSnp/verifyReport.js';
import { verifyReport } from '../sevSnp/verifyReport.js';
import type { HclReport } from './hclReport.js';
import { parseHclReport } from './hclReport.js';
import type { HclRuntimeData } from './runtimeData.js';
import { isSameTd } from './tdMacReport.js';

/**
 * What a paravisor says about its VM, and the genuine hardware evidence that vouches for it. Which paravisor may say such
 * things is the relying party's question: its measurement is in the evidence.
 */
export interface VerifiedHclReport<Hardware extends VerifiedReport | VerifiedQuote> {
  readonly hardware: Hardware;
  readonly runtimeData: HclRuntimeData;
}

/**
 * Is this report of a paravisor on SEV-SNP genuine? The hardware report inside is, and vouches for the runtime data.
 *
 * @throws EvidenceRefusal with all reasons: those of verifyReport, then `runtime-data`; or `hardware-type` where another
 *   platform's report is inside.
 */
export function verifySnpHclReport(bytes: Uint8Array, options: VerifyReportOptions): VerifiedHclReport<VerifiedReport> {
  const hcl = parseHclReport(bytes);
  if (hcl.hardware.kind !== 'SevSnpVm') throw new EvidenceRefusal(['hardware-type']);
  const { report } = hcl.hardware;
  const failures = bindingFailures(hcl, parseReport(report).reportData, options.primitives);
  const hardware = verifiedWith(failures, () => verifyReport(report, options));
  return { hardware, runtimeData: hcl.runtimeData };
}

export interface VerifyTdxHclReportOptions {
  /** The quote that was made from the TDREPORT inside, already verified; undefined where there is none. */
  readonly quote: VerifiedQuote | undefined;
  readonly primitives: Pick<Primitives, 'sha256'>;
}

/**
 * Is this report of a paravisor on TDX genuine? The TDREPORT inside cannot be verified away from its processor; a quote of
 * the same TD can, and speaks for it.
 *
 * @throws EvidenceRefusal with all reasons: `td-quote-missing` where there is no quote, so that nobody can tell;
 *   `td-quote-mismatch` where it is of something else; `runtime-data`; `hardware-type`.
 */
export function verifyTdxHclReport(
  bytes: Uint8Array,
  { quote, primitives }: VerifyTdxHclReportOptions,
): VerifiedHclReport<VerifiedQuote> {
  const hcl = parseHclReport(bytes);
  if (hcl.hardware.kind !== 'TdxVm') throw new EvidenceRefusal(['hardware-type']);
  const { claimed } = hcl.hardware;
  const failures = bindingFailures(hcl, claimed.reportData, primitives);
  const hardware = verifiedWith(failures, () => {
    if (!quote) throw new EvidenceRefusal(['td-quote-missing']);
    const { report } = quote.quote;
    if (report.tee !== 'tdx' || !isSameTd(report, claimed)) throw new EvidenceRefusal(['td-quote-mismatch']);
    return quote;
  });
  return { hardware, runtimeData: hcl.runtimeData };
}

/** SHA-256 of the runtime data is the first half of the hardware's report data. */
function bindingFailures(hcl: HclReport, reportData: Uint8Array, { sha256 }: Pick<Primitives, 'sha256'>): string[] {
  return equalBytes(sha256(hcl.runtimeBytes), reportData.subarray(0, 32)) ? [] : ['runtime-data'];
}

/** @throws EvidenceRefusal with the reasons of the verification and then these. */
function verifiedWith<Hardware>(failures: readonly string[], verify: () => Hardware): Hardware {
  const reasons: string[] = [];
  let hardware: Hardware | undefined;
  try {
    hardware = verify();
  } catch (thrown) {
    if (!(thrown instanceof EvidenceRefusal)) throw thrown;
    reasons.push(...thrown.reasons);
  }
  const [first, ...rest] = [...reasons, ...failures];
  if (first !== undefined) throw new EvidenceRefusal([first, ...rest]);
  return hardware as Hardware;
}
