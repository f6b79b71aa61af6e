import { Refusal } from '../../enclave/refusals.js';

/** Bounds on what a file may make a decoder do. They are checked before anything of that size is allocated. */
export const IMAGE_LIMITS = {
  /** Bytes of the file: 64 MiB. */
  fileBytes: 64 * 1024 * 1024,
  /** Rows times columns: 64 megapixels; the largest detectors make about 18. */
  pixels: 64_000_000,
  /** Rows, or columns. */
  side: 32_768,
  /** Bytes of the image once inflated, before it is made grey: 256 MiB. */
  decodedBytes: 256 * 1024 * 1024,
  /** Scans of a progressive JPEG. Real ones have about ten; each costs a pass over the whole image. */
  jpegScans: 64,
} as const;

/** @throws Refusal TOO_LARGE */
export function assertFileSize(bytes: Uint8Array): void {
  if (bytes.length > IMAGE_LIMITS.fileBytes)
    throw new Refusal(
      'TOO_LARGE',
      `The image has ${bytes.length} bytes; the limit is ${IMAGE_LIMITS.fileBytes} bytes.`,
    );
}

/** @throws Refusal IMAGE_UNREADABLE where a side is zero, TOO_LARGE above a limit. */
export function assertDimensions(rows: number, columns: number): void {
  if (!(rows > 0 && columns > 0))
    throw new Refusal('IMAGE_UNREADABLE', `The image says that it has ${rows} rows and ${columns} columns.`);
  if (rows > IMAGE_LIMITS.side || columns > IMAGE_LIMITS.side)
    throw new Refusal(
      'TOO_LARGE',
      `The image has ${rows} rows and ${columns} columns; the limit is ${IMAGE_LIMITS.side} each.`,
    );
  if (rows * columns > IMAGE_LIMITS.pixels)
    throw new Refusal('TOO_LARGE', `The image has ${rows * columns} pixels; the limit is ${IMAGE_LIMITS.pixels}.`);
}

/** @throws Refusal TOO_LARGE */
export function assertDecodedBytes(bytes: number): void {
  if (bytes > IMAGE_LIMITS.decodedBytes)
    throw new Refusal(
      'TOO_LARGE',
      `The image inflates to ${bytes} bytes; the limit is ${IMAGE_LIMITS.decodedBytes} bytes.`,
    );
}
