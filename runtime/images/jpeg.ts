import createCodec, { type LibJpegTurbo } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import { Refusal } from '../../enclave/refusals.js';
import { luma } from './grey.js';
import { type DecodedImage, saysSynthetic } from './image.js';
import { type JpegHeader, readJpegMarkers } from './jpegMarkers.js';
import { assertDecodedBytes, assertDimensions } from './limits.js';

/**
 * Decodes an 8-bit baseline or progressive JPEG to grey, with libjpeg-turbo in WebAssembly: a fault in the decoder stays
 * in its own memory. A warning of the decoder (data cut short, a wrong code) is a refusal.
 *
 * @throws Refusal TOO_LARGE, IMAGE_UNSUPPORTED, IMAGE_UNREADABLE
 */
export async function decodeJpeg(bytes: Uint8Array): Promise<DecodedImage> {
  const header = readJpegMarkers(bytes);
  assertDimensions(header.rows, header.columns);
  assertDecodedBytes(header.rows * header.columns * header.components);
  return {
    contentType: 'image/jpeg',
    rows: header.rows,
    columns: header.columns,
    pixels: await decodeSamples(bytes, header),
    modality: undefined,
    bodySite: undefined,
    synthetic: header.comments.some(saysSynthetic),
  };
}

async function decodeSamples(bytes: Uint8Array, header: JpegHeader): Promise<Uint8Array> {
  const codec = await theCodec();
  const decoder = new codec.JPEGDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const frame = decoder.getFrameInfo();
    if (frame.width !== header.columns || frame.height !== header.rows || frame.componentCount !== header.components)
      throw new Error(`The decoder reads ${frame.width} x ${frame.height} x ${frame.componentCount}.`);
    const grey = toGrey(decoder.getDecodedBuffer(), header);
    decoder.delete();
    if (codec.HEAPU8.length > LARGE_HEAP_BYTES) codecPromise = undefined;
    return grey;
  } catch (cause) {
    // WebAssembly throws numbers, and its memory may be in any state: a new instance serves the next image.
    codecPromise = undefined;
    throw new Refusal(
      'IMAGE_UNREADABLE',
      `The JPEG of ${bytes.length} bytes does not decode: it is cut short or damaged.`,
      { cause },
    );
  }
}

/** A copy, out of the decoder's memory. */
function toGrey(samples: Uint8Array, { rows, columns, components }: JpegHeader): Uint8Array {
  if (components === 1) return samples.slice(0, rows * columns);
  const pixels = new Uint8Array(rows * columns);
  for (let index = 0, sample = 0; index < pixels.length; index++, sample += 3)
    pixels[index] = luma(samples[sample] ?? 0, samples[sample + 1] ?? 0, samples[sample + 2] ?? 0);
  return pixels;
}

/** WebAssembly memory never shrinks: an instance that grew beyond this is given up after use. 64 MiB. */
const LARGE_HEAP_BYTES = 64 * 1024 * 1024;

let codecPromise: Promise<LibJpegTurbo> | undefined;

function theCodec(): Promise<LibJpegTurbo> {
  codecPromise ??= createCodec({ print: () => undefined, printErr: () => undefined });
  return codecPromise;
}
