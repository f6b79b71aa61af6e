import { Refusal } from '../../enclave/refusals.js';
import { IMAGE_LIMITS } from './limits.js';

/** What the markers of a JPEG say before its pixels are decoded (ITU-T T.81, annex B). */
export interface JpegHeader {
  readonly rows: number;
  readonly columns: number;
  /** 1, grey, or 3, YCbCr. */
  readonly components: number;
  readonly comments: readonly string[];
}

/**
 * Walks all markers from SOI to EOI. Bytes after EOI are ignored, as cameras put previews there.
 *
 * @throws Refusal IMAGE_UNSUPPORTED for 12-bit, lossless, arithmetic, hierarchical and CMYK files; IMAGE_UNREADABLE where
 * the file ends before its EOI marker or its segments do not fit.
 */
export function readJpegMarkers(bytes: Uint8Array): JpegHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const comments: string[] = [];
  let frame: Omit<JpegHeader, 'comments'> | undefined;
  let scans = 0;
  let offset = 2; // after SOI
  for (;;) {
    offset = nextMarker(bytes, offset);
    const marker = bytes[offset - 1];
    if (marker === EOI) break;
    if (marker === undefined || offset + 2 > bytes.length) throw cutShort(bytes);
    const length = view.getUint16(offset);
    if (length < 2 || offset + length > bytes.length) throw cutShort(bytes);
    const segment = new DataView(bytes.buffer, bytes.byteOffset + offset + 2, length - 2);
    if (isFrame(marker)) {
      if (frame !== undefined) throw new Refusal('IMAGE_UNSUPPORTED', 'The JPEG has more than one frame.');
      frame = readFrame(marker, segment);
    }
    if (marker === COM) comments.push(Buffer.from(bytes.subarray(offset + 2, offset + length)).toString('latin1'));
    if (marker === SOS && ++scans > IMAGE_LIMITS.jpegScans)
      throw new Refusal('TOO_LARGE', `The JPEG has more than ${IMAGE_LIMITS.jpegScans} scans.`);
    offset += length;
  }
  if (frame === undefined || scans === 0) throw new Refusal('IMAGE_UNREADABLE', 'The JPEG has no image in it.');
  return { ...frame, comments };
}

const [SOS, EOI, COM] = [0xda, 0xd9, 0xfe];

const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** The offset behind the next marker. Stuffed zeros, fill bytes and restart markers (B.1.1.5, E.2.4) are passed over. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code === undefined) break;
    if (code !== 0 && code !== 0xff && !(code >= 0xd0 && code <= 0xd8)) return at + 2;
  }
  throw cutShort(bytes);
}

function readFrame(marker: number, segment: DataView): Omit<JpegHeader, 'comments'> {
  if (segment.byteLength < 6) throw new Refusal('IMAGE_UNREADABLE', 'The frame header of the JPEG is cut short.');
  const [precision, rows, columns, components] = [
    segment.getUint8(0),
    segment.getUint16(1),
    segment.getUint16(3),
    segment.getUint8(5),
  ];
  if (marker > 0xc2)
    throw new Refusal(
      'IMAGE_UNSUPPORTED',
      `The JPEG is lossless, arithmetic or hierarchical (marker ${marker.toString(16)}).`,
    );
  if (precision !== 8)
    throw new Refusal('IMAGE_UNSUPPORTED', `The JPEG has ${precision} bits a sample; 8 are supported.`);
  if (components !== 1 && components !== 3)
    throw new Refusal(
      'IMAGE_UNSUPPORTED',
      `The JPEG has ${components} components; 1 (grey) and 3 (YCbCr) are supported.`,
    );
  return { rows, columns, components };
}

const cutShort = (bytes: Uint8Array): Refusal =>
  new Refusal('IMAGE_UNREADABLE', `The JPEG ends after ${bytes.length} bytes without its EOI marker.`);
