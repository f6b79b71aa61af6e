import { hexOf } from '../../bytes.js';

/** An SGX report body (Intel SDM, volume 3D, REPORT). Hex is lower case, in byte order of the report. */
export interface SgxReport {
  readonly tee: 'sgx';
  readonly cpuSvn: string;
  /** Hex, 4 bytes, little-endian as in the report. */
  readonly miscSelect: string;
  readonly isvExtendedProductId: string;
  /** 16 bytes: flags, then XFRM. */
  readonly attributes: string;
  readonly mrEnclave: string;
  readonly mrSigner: string;
  /** 64 bytes. */
  readonly configId: string;
  readonly isvProductId: number;
  readonly isvSvn: number;
  readonly configSvn: number;
  readonly isvFamilyId: string;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** Whoever runs the machine can read the enclave's memory. */
  readonly debug: boolean;
  /** Key separation and sharing: the config and family fields mean something. */
  readonly keySeparation: boolean;
}

export const SGX_REPORT_BYTES = 384;

const FLAG_DEBUG = 0x02;
const FLAG_KSS = 0x80;

/** @param bytes exactly 384 bytes; any such bytes are a report. */
export function readSgxReport(bytes: Uint8Array): SgxReport {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SGX_REPORT_BYTES);
  const hex = (start: number, length: number) => hexOf(bytes.subarray(start, start + length));
  const flags = view.getUint8(48);
  return {
    tee: 'sgx',
    cpuSvn: hex(0, 16),
    miscSelect: hex(16, 4),
    isvExtendedProductId: hex(32, 16),
    attributes: hex(48, 16),
    mrEnclave: hex(64, 32),
    mrSigner: hex(128, 32),
    configId: hex(192, 64),
    isvProductId: view.getUint16(256, true),
    isvSvn: view.getUint16(258, true),
    configSvn: view.getUint16(260, true),
    isvFamilyId: hex(304, 16),
    reportData: bytes.subarray(320, 384),
    debug: (flags & FLAG_DEBUG) !== 0,
    keySeparation: (flags & FLAG_KSS) !== 0,
  };
}
