import { equalBytes } from '../../bytes.js';
import type { ByteReader } from '../byteReader.js';
import { readerOf } from '../byteReader.js';
import type { TdReport } from '../dcap/tdReport.js';
import { EvidenceRefusal } from '../evidenceRefusal.js';
import { SNP_REPORT_BYTES } from '../sevSnp/report.js';
import type { HclRuntimeData } from './runtimeData.js';
import { readRuntimeData } from './runtimeData.js';
import { readTdMacReport, TD_MAC_REPORT_BYTES } from './tdMacReport.js';

/**
 * A report of the paravisor in an Azure confidential VM, as it lies in the vTPM (index 0x01400001): a hardware report, and
 * JSON that its report data is to be the digest of. Parsing decides nothing about either. Views share the input's memory.
 */
export interface HclReport {
  readonly hardware: HclHardware;
  /** The exact bytes that the hardware report vouches for, once it is verified. */
  readonly runtimeBytes: Uint8Array;
  readonly runtimeData: HclRuntimeData;
}

/** Named as Azure Attestation names evidence. */
export type HclHardware =
  | {
      readonly kind: 'SevSnpVm';
      /** 1184 bytes, for verifyReport. */
      readonly report: Uint8Array;
    }
  | {
      readonly kind: 'TdxVm';
      /** Claimed under a MAC that cannot be checked away from its processor: never evidence by itself. */
      readonly claimed: TdReport;
    };

/** Real ones fill an index of 2600 bytes. */
export const MAXIMUM_HCL_REPORT_BYTES = 16 * 1024;

const SIGNATURE = Uint8Array.of(0x48, 0x43, 0x4c, 0x41); // HCLA
/** 2 is what was seen; 1 has the same layout. */
const VERSIONS = [1, 2];
const HEADER_BYTES = 32;
/** The five numbers before the JSON. */
const REQUEST_BYTES = 20;
const REPORT_TYPES = { snp: 2, tdx: 4 } as const;
const SHA256 = 1;

/**
 * Bytes after the report are tolerated, since the vTPM hands out the whole index.
 *
 * @throws EvidenceRefusal with one reason `parse:…` where the bytes are not such a report, whatever they are.
 */
export function parseHclReport(bytes: Uint8Array): HclReport {
  if (bytes.length > MAXIMUM_HCL_REPORT_BYTES)
    throw new EvidenceRefusal([`parse:${bytes.length} bytes, at most ${MAXIMUM_HCL_REPORT_BYTES}`]);
  try {
    return readHclReport(readerOf(bytes, 'HCL report'));
  } catch (cause) {
    if (cause instanceof RangeError) throw new EvidenceRefusal([`parse:${cause.message}`], { cause });
    throw cause;
  }
}

function readHclReport(reader: ByteReader): HclReport {
  if (!equalBytes(reader.take(SIGNATURE.length), SIGNATURE)) throw new RangeError('not an HCL report');
  expecting('version', reader.u32(), VERSIONS);
  const reportBytes = reader.u32();
  reader.take(HEADER_BYTES - reader.at()); // request type, status, reserved
  const slot = reader.take(SNP_REPORT_BYTES);
  const requestBytes = reader.u32();
  expecting('request version', reader.u32(), [1]);
  const type = reader.u32();
  expecting('hash type', reader.u32(), [SHA256]);
  const runtimeBytes = reader.take(reader.u32());
  expecting('data size', requestBytes, [REQUEST_BYTES + runtimeBytes.length]);
  expecting('report size', reportBytes, [reader.at()]);
  return { hardware: readHardware(type, slot), runtimeBytes, runtimeData: readRuntimeData(utf8(runtimeBytes)) };
}

function readHardware(type: number, slot: Uint8Array): HclHardware {
  if (type === REPORT_TYPES.snp) return { kind: 'SevSnpVm', report: slot };
  expecting('report type', type, [REPORT_TYPES.tdx]);
  return { kind: 'TdxVm', claimed: readTdMacReport(slot.subarray(0, TD_MAC_REPORT_BYTES)) };
}

function expecting(what: string, value: number, expected: readonly number[]): void {
  if (!expected.includes(value)) throw new RangeError(`${what} is ${value}, ${expected.join(' or ')} expected`);
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RangeError('runtime data is not UTF-8', { cause });
  }
}
