import { EvidenceRefusal } from '../evidenceRefusal.js';
import type { SgxReport } from './sgxReport.js';
import { readSgxReport, SGX_REPORT_BYTES } from './sgxReport.js';

/**
 * An SGX DCAP quote, version 3, taken apart (Intel, SGX ECDSA Quote Library API reference, appendix A). Parsing decides
 * nothing about it. Views share the input's memory.
 */
export interface Quote {
  readonly version: 3;
  readonly attestationKeyType: number;
  readonly teeType: number;
  /** Hex, 16 bytes. */
  readonly qeVendorId: string;
  readonly report: SgxReport;
  /** What the attestation key signed: header and report. */
  readonly signed: Uint8Array;
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array;
  /** x ‖ y, 64 bytes. */
  readonly attestationKey: Uint8Array;
  readonly quotingEnclave: {
    readonly report: SgxReport;
    /** The 384 bytes that the PCK signed. */
    readonly signed: Uint8Array;
    readonly signature: Uint8Array;
    readonly authenticationData: Uint8Array;
  };
  /** 5: the PCK certificate chain as PEM. */
  readonly certificationType: number;
  readonly certificationData: Uint8Array;
}

/** Real quotes have 4600 to 5006 bytes; ioctl buffers with padding have 8000. */
export const MAXIMUM_QUOTE_BYTES = 32 * 1024;

const HEADER_BYTES = 48;

/**
 * Bytes after the quote are tolerated, since drivers hand out whole buffers; a gap inside is not.
 *
 * @throws EvidenceRefusal with one reason `parse:…` where the bytes are not such a quote, whatever they are.
 */
export function parseQuote(bytes: Uint8Array): Quote {
  if (bytes.length > MAXIMUM_QUOTE_BYTES)
    throw new EvidenceRefusal([`parse:${bytes.length} bytes, at most ${MAXIMUM_QUOTE_BYTES}`]);
  try {
    return readQuote(bytes);
  } catch (cause) {
    if (cause instanceof RangeError) throw new EvidenceRefusal([`parse:${cause.message}`], { cause });
    throw cause;
  }
}

function readQuote(bytes: Uint8Array): Quote {
  const all = readFrom(bytes, 'quote');
  const header = all.take(HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset);
  const version = view.getUint16(0, true);
  if (version !== 3) throw new RangeError(`quote version ${version} is not supported, only 3`);
  const report = all.take(SGX_REPORT_BYTES);
  const part = readFrom(all.take(all.u32()), 'signature part');
  const signature = part.take(64);
  const attestationKey = part.take(64);
  const qeReport = part.take(SGX_REPORT_BYTES);
  const quote: Quote = {
    version,
    attestationKeyType: view.getUint16(2, true),
    teeType: view.getUint32(4, true),
    qeVendorId: Buffer.from(header.subarray(12, 28)).toString('hex'),
    report: readSgxReport(report),
    signed: bytes.subarray(0, HEADER_BYTES + SGX_REPORT_BYTES),
    signature,
    attestationKey,
    quotingEnclave: {
      report: readSgxReport(qeReport),
      signed: qeReport,
      signature: part.take(64),
      authenticationData: part.take(part.u16()),
    },
    certificationType: part.u16(),
    certificationData: part.take(part.u32()),
  };
  if (part.left() > 0) throw new RangeError(`${part.left()} bytes after the certification data`);
  return quote;
}

/** Reads forward; the attacker holds every length, so each is checked against what is left. */
function readFrom(bytes: Uint8Array, name: string) {
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (count > bytes.length - at)
      throw new RangeError(`${name} ends after ${bytes.length} bytes, ${count} expected at ${at}`);
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (count: number) => take(count).reduceRight((value, byte) => value * 256 + byte, 0);
  return { take, u16: () => number(2), u32: () => number(4), left: () => bytes.length - at };
}
