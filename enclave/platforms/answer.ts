import type { PlatformEvidence } from '../evidence/attester.js';
import { kindOfQuote, reportDataIn } from '../evidence/reportDataIn.js';
import { REPORT_DATA_BYTES } from '../evidence/runtimeData.js';
import { Refusal } from '../refusals.js';

/** Real quotes have 4600 to 5006 bytes; buffers with padding have 8000. */
export const MAXIMUM_QUOTE_BYTES = 32 * 1024;
export const SNP_REPORT_BYTES = 1184;

/** Our own mistake, so no Refusal. @throws RangeError */
export function requireWholeReportData(reportData: Uint8Array): void {
  if (reportData.length !== REPORT_DATA_BYTES)
    throw new RangeError(`report data of ${reportData.length} bytes, not ${REPORT_DATA_BYTES}`);
}

/** @throws Refusal EVIDENCE_UNAVAILABLE where the bytes are no quote of SGX or TDX. */
export function quoteEvidence(quote: Uint8Array, source: string): PlatformEvidence & { quote: Uint8Array } {
  const kind = kindOfQuote(quote);
  if (kind === undefined)
    throw new Refusal('EVIDENCE_UNAVAILABLE', `${source} gave ${quote.length} bytes that are no quote of SGX or TDX.`);
  return { kind, quote };
}

/** True where the evidence vouches for what was asked; a driver that gets anything else has somebody else's answer. */
export function answers(evidence: PlatformEvidence, reportData: Uint8Array): boolean {
  const found = reportDataIn(evidence);
  return found?.every((byte, at) => byte === reportData[at]) ?? false;
}

/** @throws Refusal EVIDENCE_UNAVAILABLE where the evidence vouches for other bytes than were asked for. */
export function requireAnswer<E extends PlatformEvidence>(evidence: E, reportData: Uint8Array, source: string): E {
  if (answers(evidence, reportData)) return evidence;
  throw new Refusal('EVIDENCE_UNAVAILABLE', `${source} gave evidence over other report data than was asked for.`);
}
