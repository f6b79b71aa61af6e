import { hexOf } from '../../bytes.js';
import type { ByteReader } from '../byteReader.js';
import { readerOf } from '../byteReader.js';
import { refuseQuote } from './reasons.js';
import type { SgxReport } from './sgxReport.js';
import { readSgxReport, SGX_REPORT_BYTES } from './sgxReport.js';
import type { TdReport } from './tdReport.js';
import { readTdReport, TD15_REPORT_BYTES, TD_REPORT_BYTES } from './tdReport.js';

/**
 * A DCAP quote, taken apart: SGX in versions 3, 4 and 5, TDX in 4 and 5 (Intel, SGX ECDSA quote library API, appendix A;
 * TDX DCAP quoting library API, appendix A). Parsing decides nothing about it. Views share the input's memory.
 */
export interface Quote {
  readonly version: 3 | 4 | 5;
  readonly attestationKeyType: number;
  readonly teeType: number;
  /** Hex, 16 bytes. */
  readonly qeVendorId: string;
  readonly report: SgxReport | TdReport;
  /** What the attestation key signed: header and body, in version 5 with the body's type and size. */
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

export const TEE_SGX = 0;
export const TEE_TDX = 0x81;

const HEADER_BYTES = 48;
/** Certification data that holds the quoting enclave's report and its own certification data (versions 4 and 5). */
const QE_REPORT_CERTIFICATION = 6;

/**
 * Bytes after the quote are tolerated, since drivers hand out whole buffers; a gap inside is not.
 *
 * @throws EvidenceRefusal with one reason, mostly `parse:…`, where the bytes are not such a quote, whatever they are.
 */
export function parseQuote(bytes: Uint8Array): Quote {
  if (bytes.length > MAXIMUM_QUOTE_BYTES)
    throw refuseQuote([`parse:${bytes.length} bytes, at most ${MAXIMUM_QUOTE_BYTES}`]);
  try {
    return readQuote(bytes);
  } catch (cause) {
    if (cause instanceof RangeError) throw refuseQuote([`parse:${cause.message}`], { cause });
    throw cause;
  }
}

function readQuote(bytes: Uint8Array): Quote {
  const all = readerOf(bytes, 'quote');
  const header = all.take(HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset);
  const version = view.getUint16(0, true);
  if (version !== 3 && version !== 4 && version !== 5)
    throw new RangeError(`quote version ${version} is not supported, only 3, 4 and 5`);
  const teeType = view.getUint32(4, true);
  const report = READ_BODY[version](all, teeType);
  const signed = bytes.subarray(0, all.at());
  const part = readerOf(all.take(all.u32()), 'signature part');
  const signature = part.take(64);
  const attestationKey = part.take(64);
  const quote: Quote = {
    version,
    attestationKeyType: view.getUint16(2, true),
    teeType,
    qeVendorId: hexOf(header.subarray(12, 28)),
    report,
    signed,
    signature,
    attestationKey,
    ...readCertification(version === 3 ? part : readNested(part)),
  };
  if (part.left() > 0) throw new RangeError(`${part.left()} bytes after the certification data`);
  return quote;
}

type ReadBody = (all: ByteReader, teeType: number) => SgxReport | TdReport;

const readSgxBody: ReadBody = (all) => readSgxReport(all.take(SGX_REPORT_BYTES));

const READ_BODY: Readonly<Record<Quote['version'], ReadBody>> = {
  3: readSgxBody,
  4: (all, teeType) => {
    if (teeType === TEE_TDX) return readTdReport(all.take(TD_REPORT_BYTES));
    if (teeType === TEE_SGX) return readSgxBody(all, teeType);
    throw refuseQuote(['tee-type']);
  },
  5: (all, teeType) => {
    const body = BODY_TYPES[all.u16()];
    const size = all.u32();
    if (body?.teeType !== teeType) throw refuseQuote(['body-type']);
    if (size !== body.bytes) throw new RangeError(`body of ${size} bytes, its type has ${body.bytes}`);
    return body.read(all.take(size));
  },
};

/** By the number that version 5 writes before the body. */
const BODY_TYPES: Readonly<
  Record<number, { teeType: number; bytes: number; read(bytes: Uint8Array): SgxReport | TdReport }>
> = {
  1: { teeType: TEE_SGX, bytes: SGX_REPORT_BYTES, read: readSgxReport },
  2: { teeType: TEE_TDX, bytes: TD_REPORT_BYTES, read: readTdReport },
  3: { teeType: TEE_TDX, bytes: TD15_REPORT_BYTES, read: readTdReport },
};

/** Versions 4 and 5 wrap what version 3 writes plainly. */
function readNested(part: ByteReader): ByteReader {
  if (part.u16() !== QE_REPORT_CERTIFICATION) throw refuseQuote(['cert-type']);
  return readerOf(part.take(part.u32()), 'QE report certification data');
}

function readCertification(
  part: ByteReader,
): Pick<Quote, 'quotingEnclave' | 'certificationType' | 'certificationData'> {
  const qeReport = part.take(SGX_REPORT_BYTES);
  const certification = {
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
  return certification;
}
