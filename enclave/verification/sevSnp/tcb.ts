import { bytesOfHex } from '../../bytes.js';
import type { SnpProduct } from './product.js';
import type { PatchLevel, SnpReason } from './reasons.js';
import { patchLevelReason } from './reasons.js';

/** Security patch levels of the firmware below a guest, 0 to 255 each: higher is newer, each counts for itself. */
export interface SnpTcb {
  /** Turin only. */
  readonly fmc: number | undefined;
  readonly bootLoader: number;
  readonly tee: number;
  /** The SNP firmware. */
  readonly snp: number;
  readonly microcode: number;
}

/**
 * Which patch level each of the eight bytes of a TCB version holds, named as the certificates name it: the last arcs of
 * the extension (AMD 56860, TCB_VERSION; AMD 57230, VCEK certificate).
 */
const LAYOUTS: Readonly<Record<SnpProduct, readonly PatchLevel[]>> = {
  Milan: ['3.1', '3.2', '3.4', '3.5', '3.6', '3.7', '3.3', '3.8'],
  Genoa: ['3.1', '3.2', '3.4', '3.5', '3.6', '3.7', '3.3', '3.8'],
  Turin: ['3.9', '3.1', '3.2', '3.3', '3.5', '3.6', '3.7', '3.8'],
};

/** @param version 8 bytes in hex, in byte order of the report. */
export function readTcb(version: string, product: SnpProduct): SnpTcb {
  const levels = levelsOf(version, product);
  const level = (name: PatchLevel) => levels.get(name) ?? 0;
  return {
    fmc: levels.get('3.9'),
    bootLoader: level('3.1'),
    tee: level('3.2'),
    snp: level('3.3'),
    microcode: level('3.8'),
  };
}

/** `tcb-mismatch-3.x` for each patch level that a report and its certificate do not agree on; one that is absent is 0. */
export function tcbFailures(
  reportedTcb: string,
  product: SnpProduct,
  certified: ReadonlyMap<PatchLevel, number>,
): SnpReason[] {
  const reported = levelsOf(reportedTcb, product);
  const names = [...new Set([...reported.keys(), ...certified.keys()])].sort();
  return names.filter((name) => (reported.get(name) ?? 0) !== (certified.get(name) ?? 0)).map(patchLevelReason);
}

function levelsOf(version: string, product: SnpProduct): Map<PatchLevel, number> {
  const bytes = bytesOfHex(version);
  return new Map(LAYOUTS[product].map((name, at) => [name, bytes[at] ?? 0]));
}
