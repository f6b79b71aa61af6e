import { hexOf } from '../../bytes.js';

/**
 * A TD report body as quotes carry it (Intel, TDX DCAP quoting library API, A.3.2). Hex is lower case, in byte order of
 * the report.
 */
export interface TdReport {
  readonly tee: 'tdx';
  /** 16 security versions of the TDX module and the firmware below it; [0] module SVN, [1] module version. */
  readonly teeTcbSvn: readonly number[];
  /** 48 bytes, as are all measurements here. */
  readonly mrSeam: string;
  /** Zero for Intel's own module. */
  readonly mrSignerSeam: string;
  /** 8 bytes. */
  readonly seamAttributes: string;
  /** 8 bytes. */
  readonly tdAttributes: string;
  /** 8 bytes. */
  readonly xfam: string;
  /** The TD's initial contents. */
  readonly mrTd: string;
  readonly mrConfigId: string;
  readonly mrOwner: string;
  readonly mrOwnerConfig: string;
  /** Four run-time measurements. */
  readonly rtmrs: readonly [string, string, string, string];
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** What TDX 1.5 adds; undefined in a report of TDX 1.0. */
  readonly td15: Td15Fields | undefined;
  /** Whoever runs the machine can read the TD's memory. */
  readonly debug: boolean;
}

export interface Td15Fields {
  /** As teeTcbSvn, of the module now: it may have been updated under the running TD. */
  readonly teeTcbSvn2: readonly number[];
  /** The service TDs that are bound to this one, for instance for migration; zero for none. */
  readonly mrServiceTd: string;
}

export const TD_REPORT_BYTES = 584;
export const TD15_REPORT_BYTES = 648;

const ATTRIBUTE_DEBUG = 0x01;

/** @param bytes exactly 584 or 648 bytes; any such bytes are a report. */
export function readTdReport(bytes: Uint8Array): TdReport {
  const hex = (start: number, length: number) => hexOf(bytes.subarray(start, start + length));
  return {
    tee: 'tdx',
    teeTcbSvn: [...bytes.subarray(0, 16)],
    mrSeam: hex(16, 48),
    mrSignerSeam: hex(64, 48),
    seamAttributes: hex(112, 8),
    tdAttributes: hex(120, 8),
    xfam: hex(128, 8),
    mrTd: hex(136, 48),
    mrConfigId: hex(184, 48),
    mrOwner: hex(232, 48),
    mrOwnerConfig: hex(280, 48),
    rtmrs: [hex(328, 48), hex(376, 48), hex(424, 48), hex(472, 48)],
    reportData: bytes.subarray(520, 584),
    td15:
      bytes.length === TD15_REPORT_BYTES
        ? { teeTcbSvn2: [...bytes.subarray(584, 600)], mrServiceTd: hex(600, 48) }
        : undefined,
    debug: ((bytes[120] ?? 0) & ATTRIBUTE_DEBUG) !== 0,
  };
}

/** Bits of td_attributes (Intel TDX module ABI, ATTRIBUTES). */
const ATTRIBUTE_BITS = { septVeDisable: 28, protectionKeys: 30, keyLocker: 31, perfmon: 63 } as const;

/** @param attribute for instance septVeDisable: no exception that the host can cause reaches the TD. */
export function hasTdAttribute({ tdAttributes }: TdReport, attribute: keyof typeof ATTRIBUTE_BITS): boolean {
  const bit = ATTRIBUTE_BITS[attribute];
  const byte = Number.parseInt(tdAttributes.slice((bit >> 3) * 2, (bit >> 3) * 2 + 2), 16);
  return (byte & (1 << (bit & 7))) !== 0;
}
