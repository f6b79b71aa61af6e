import { Refusal } from '../../enclave/refusals.js';
import { decodeDicom } from './dicom.js';
import { decodeGraymap } from './graymap.js';
import type { DecodedImage, ImageContentType } from './image.js';
import { decodeJpeg } from './jpeg.js';
import { assertFileSize } from './limits.js';
import { decodePng } from './png.js';

const DECODERS: Record<ImageContentType, (bytes: Uint8Array) => DecodedImage | Promise<DecodedImage>> = {
  'image/png': decodePng,
  'image/jpeg': decodeJpeg,
  'application/dicom': decodeDicom,
  'image/x-portable-graymap': decodeGraymap,
};

/**
 * Decodes a whole image file. What kind it is, its bytes say, never a name or a header.
 *
 * The bytes are an attacker's: call this in a worker thread (see ../workerPool.ts), where it can be stopped.
 * @throws Refusal TOO_LARGE, IMAGE_UNSUPPORTED or IMAGE_UNREADABLE; nothing else.
 */
export async function decodeImage(bytes: Uint8Array): Promise<DecodedImage> {
  assertFileSize(bytes);
  const contentType = sniffImage(bytes);
  if (contentType === undefined)
    throw new Refusal('IMAGE_UNSUPPORTED', `The ${bytes.length} bytes are not a PNG, a JPEG or a DICOM file (PS3.10).`);
  try {
    return await DECODERS[contentType](bytes);
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    throw new Refusal('IMAGE_UNREADABLE', `The ${contentType} file cannot be decoded.`, { cause: thrown });
  }
}

/** The kind of file by its first bytes; undefined where it is none that we take. */
export function sniffImage(bytes: Uint8Array): ImageContentType | undefined {
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'image/png';
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'image/jpeg';
  if (startsWith(bytes.subarray(128), [0x44, 0x49, 0x43, 0x4d])) return 'application/dicom'; // PS3.10 7.1: "DICM"
  if (startsWith(bytes, [0x50, 0x35, 0x0a])) return 'image/x-portable-graymap';
  return undefined;
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}
