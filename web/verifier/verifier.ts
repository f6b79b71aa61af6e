/**
 * The verifiers as one file for browsers: what a page imports that would rather check hardware evidence itself than believe a
 * service. All of it runs on WebCrypto; nothing here asks a network or a clock.
 */
import type { CaseVerdict, JudgeOptions, VectorFile } from '../../enclave/conformance/case.js';
import { judgeFile as judge } from '../../enclave/conformance/judgeFile.js';
import type { VerifiedQuote, VerifyQuoteOptions } from '../../enclave/verification/dcap/verifyQuote.js';
import { verifyQuote as verify } from '../../enclave/verification/dcap/verifyQuote.js';
import type { VerifiedReport, VerifyReportOptions } from '../../enclave/verification/sevSnp/verifyReport.js';
import { verifyReport as verifySnp } from '../../enclave/verification/sevSnp/verifyReport.js';
import { withWebPrimitives } from '../../enclave/verification/webPrimitives.js';

export { EvidenceRefusal } from '../../enclave/verification/evidenceRefusal.js';
export { trustRoot } from '../../enclave/verification/trustRoot.js';
export { VENDOR_ROOTS } from '../../enclave/verification/vendorRoots.js';

/** Is this SGX or TDX quote genuine? @throws EvidenceRefusal */
export function verifyQuote(
  quote: Uint8Array,
  options: Omit<VerifyQuoteOptions, 'primitives'>,
): Promise<VerifiedQuote> {
  return withWebPrimitives((primitives) => verify(quote, { ...options, primitives }), crypto.subtle);
}

/** Is this SEV-SNP report genuine? @throws EvidenceRefusal */
export function verifyReport(
  report: Uint8Array,
  options: Omit<VerifyReportOptions, 'primitives'>,
): Promise<VerifiedReport> {
  return withWebPrimitives((primitives) => verifySnp(report, { ...options, primitives }), crypto.subtle);
}

/** Judges one file of a folder of test vectors, as `cloister vectors` does. */
export function judgeFile(file: VectorFile, readSibling: JudgeOptions['readSibling']): Promise<CaseVerdict> {
  return judge(file, { readSibling, run: (verifier) => withWebPrimitives(verifier, crypto.subtle) });
}
