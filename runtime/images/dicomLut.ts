import type { DataSet } from 'dicom-parser';
import { Refusal } from '../../enclave/refusals.js';

/** A look-up table of the Modality or VOI LUT module (PS3.3 C.11.1.1, C.11.2.1.1). */
export interface Lut {
  /** The input that the first entry is for. Smaller inputs take the first entry, larger ones the last. */
  readonly firstInput: number;
  readonly entries: Uint16Array;
  /** The largest output that its bit depth allows. */
  readonly maximum: number;
}

/**
 * @param signed whether the first mapped value is (it is where the inputs are)
 * @throws Refusal IMAGE_UNREADABLE where the table is shorter than its descriptor says
 */
export function readLut(item: DataSet, signed: boolean): Lut {
  const described = item.uint16('x00283002', 0) ?? 0;
  const count = described === 0 ? 65_536 : described;
  const firstInput = (signed ? item.int16('x00283002', 1) : item.uint16('x00283002', 1)) ?? 0;
  const bits = item.uint16('x00283002', 2) ?? 16;
  const bytes = item.elements.x00283006?.length ?? 0;
  if (bytes < count || bits < 1 || bits > 16)
    throw new Refusal(
      'IMAGE_UNREADABLE',
      `A DICOM look-up table of ${count} entries and ${bits} bits has ${bytes} bytes.`,
    );
  const packed = bytes < count * 2; // 8-bit entries, one a byte
  const offset = item.elements.x00283006?.dataOffset ?? 0;
  const entries = Uint16Array.from({ length: count }, (_, index) =>
    packed ? (item.byteArray[offset + index] ?? 0) : (item.uint16('x00283006', index) ?? 0),
  );
  return { firstInput, entries, maximum: 2 ** bits - 1 };
}

export function lookUp({ firstInput, entries }: Lut, input: number): number {
  const index = Math.max(0, Math.min(entries.length - 1, Math.round(input) - firstInput));
  return entries[index] ?? 0;
}
