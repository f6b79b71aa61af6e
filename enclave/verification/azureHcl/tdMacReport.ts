import { concatBytes, equalBytes } from '../../bytes.js';
import type { TdReport } from '../dcap/tdReport.js';
import { readTdReport } from '../dcap/tdReport.js';

/** TDREPORT_STRUCT (Intel, TDX module ABI): MAC structure, TEE TCB info, TD info. */
export const TD_MAC_REPORT_BYTES = 1024;

/**
 * The TD report body inside a TDREPORT, under the names of quotes.
 *
 * A TDREPORT is protected by a MAC whose key never leaves the processor: away from it, nothing here is more than a claim,
 * until a quote says the same. We do not read the MAC.
 *
 * @param bytes exactly 1024 bytes; any such bytes are a report.
 */
export function readTdMacReport(bytes: Uint8Array): TdReport {
  const part = (start: number, length: number) => bytes.subarray(start, start + length);
  return readTdReport(
    concatBytes(
      part(264, 16 + 48 + 48 + 8), // tee_tcb_svn, mrseam, mrsignerseam, seam attributes
      part(512, 8 + 8 + 48 * 8), // attributes, XFAM, mrtd, mrconfigid, mrowner, mrownerconfig, rtmr0–3
      part(128, 64), // report data
      part(384, 16), // tee_tcb_svn2
      part(912, 48), // mrservicetd
    ),
  );
}

/** Is the TD of a quote the TD of a TDREPORT, in every field that the quote has? */
export function isSameTd(quoted: TdReport, claimed: TdReport): boolean {
  const { reportData, td15, ...fields } = quoted;
  const { reportData: claimedData, td15: claimedTd15, ...claimedFields } = claimed;
  return (
    equalBytes(reportData, claimedData) &&
    isSameValue(fields, claimedFields) &&
    (td15 === undefined || isSameValue(td15, claimedTd15))
  );
}

/** Fields of hex, numbers and lists of these, always written in the same order. */
function isSameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
