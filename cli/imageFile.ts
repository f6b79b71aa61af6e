import { open, type FileHandle } from 'node:fs/promises';
import { Refusal } from '../enclave/refusals.js';
import { decodeImage } from '../runtime/images/decodeImage.js';
import { encodeGraymap, graymapDigest } from '../runtime/images/graymap.js';

export interface ImageFile {
  readonly bytes: Uint8Array;
  readonly contentType: 'image/png' | 'image/jpeg' | 'application/dicom';
  /** What a receipt is about: SHA-256 of the pixels as a graymap, hex. @throws Refusal IMAGE_UNREADABLE, IMAGE_UNSUPPORTED */
  pixelDigest(): Promise<string>;
}

/** The gateway's own limit. */
export const MAXIMUM_IMAGE_BYTES = 64 * 1024 * 1024;

/**
 * Reads an image file, after looking at its size.
 * @throws Refusal NOT_FOUND, TOO_LARGE, or IMAGE_UNSUPPORTED where its first bytes are of no kind that is known.
 */
export async function readImageFile(path: string): Promise<ImageFile> {
  const file = await openFile(path);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new Refusal('BAD_INPUT', `${path} is not a file.`);
    if (facts.size > MAXIMUM_IMAGE_BYTES)
      throw new Refusal('TOO_LARGE', `${path} has ${facts.size} bytes; an image has at most ${MAXIMUM_IMAGE_BYTES}.`);
    const bytes = await file.readFile();
    return {
      bytes,
      contentType: contentTypeOf(bytes, path),
      pixelDigest: async () => graymapDigest(encodeGraymap(await decodeImage(bytes))),
    };
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new Refusal('NOT_FOUND', `The file ${path} ${why}.`, { cause });
  }
}

/** By the first bytes; the name of a file says nothing. DICOM: PS3.10 section 7.1, `DICM` after 128 bytes. */
function contentTypeOf(bytes: Buffer, path: string): ImageFile['contentType'] {
  const startsWith = (hex: string): boolean => bytes.subarray(0, hex.length / 2).toString('hex') === hex;
  if (startsWith('89504e470d0a1a0a')) return 'image/png';
  if (startsWith('ffd8ff')) return 'image/jpeg';
  if (bytes.subarray(128, 132).toString('latin1') === 'DICM') return 'application/dicom';
  throw new Refusal('IMAGE_UNSUPPORTED', `${path} begins like none of PNG, JPEG and DICOM.`);
}
