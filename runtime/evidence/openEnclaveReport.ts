import { Refusal } from '../../enclave/refusals.js';

const REPORT_HEADER_BYTES = 16;
const SGX_REMOTE = 2;

/**
 * The quote inside an Open Enclave report, which puts u32 version, u32 type, u64 length before it.
 *
 * @throws Refusal EVIDENCE_MALFORMED
 */
export function quoteInOpenEnclaveReport(report: Uint8Array): Uint8Array {
  const bytes = Buffer.from(report);
  const isRemoteReport =
    bytes.length > REPORT_HEADER_BYTES && bytes.readUInt32LE(0) === 1 && bytes.readUInt32LE(4) === SGX_REMOTE;
  if (!isRemoteReport)
    throw new Refusal('EVIDENCE_MALFORMED', 'The report has no Open Enclave header of a remote SGX report.');
  const length = bytes.readBigUInt64LE(8);
  const rest = bytes.subarray(REPORT_HEADER_BYTES);
  if (length > BigInt(rest.length))
    throw new Refusal(
      'EVIDENCE_MALFORMED',
      `The report names a quote of ${length.toString()} bytes and holds ${rest.length}.`,
    );
  return rest.subarray(0, Number(length));
}
