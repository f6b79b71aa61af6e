import { createHash } from 'node:crypto';
import { Refusal } from '../../enclave/refusals.js';
import type { DecodedImage } from './image.js';
import { assertDimensions } from './limits.js';
import type { GreyImage } from './resize.js';

/**
 * A binary portable graymap (Netpbm PGM, `P5`): rows, columns and grey levels, and nothing else. This is what leaves the
 * platform of an image: no name, date or device of a DICOM header or an EXIF block can travel with it, and the same
 * pixels are always the same bytes.
 */
export function encodeGraymap({ rows, columns, pixels }: GreyImage): Uint8Array {
  return Buffer.concat([Buffer.from(`P5\n${columns} ${rows}\n255\n`, 'latin1'), pixels]);
}

/** What the digests of references and receipts are of: SHA-256 of the graymap, hex. */
export function graymapDigest(graymap: Uint8Array): string {
  return createHash('sha256').update(graymap).digest('hex');
}

/** Longer than any header that {@link encodeGraymap} writes. */
const HEADER_BYTES = 32;

/**
 * Reads exactly what {@link encodeGraymap} writes; comments, other spacing and other depths are not taken.
 * @throws Refusal IMAGE_UNREADABLE, TOO_LARGE
 */
export function decodeGraymap(bytes: Uint8Array): DecodedImage {
  const start = Buffer.from(bytes.subarray(0, HEADER_BYTES)).toString('latin1');
  const [header, width, height] = /^P5\n([1-9]\d{0,5}) ([1-9]\d{0,5})\n255\n/.exec(start) ?? [];
  if (header === undefined) throw new Refusal('IMAGE_UNREADABLE', 'The graymap has no header of the one form in use.');
  const columns = Number(width);
  const rows = Number(height);
  assertDimensions(rows, columns);
  const pixels = bytes.subarray(header.length);
  if (pixels.length !== rows * columns)
    throw new Refusal('IMAGE_UNREADABLE', `The graymap has ${pixels.length} pixels of ${rows * columns}.`);
  const unsaid = { modality: undefined, bodySite: undefined, synthetic: false };
  return { contentType: 'image/x-portable-graymap', rows, columns, pixels, ...unsaid };
}
