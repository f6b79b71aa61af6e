import { crc32, inflateSync } from 'node:zlib';
import { Refusal } from '../../enclave/refusals.js';
import { luma } from './grey.js';
import { type DecodedImage, saysSynthetic } from './image.js';
import { assertDecodedBytes, assertDimensions } from './limits.js';
import { unfilter } from './pngFilters.js';

/**
 * Decodes a PNG (W3C PNG, second edition) to 8-bit grey. Every checksum is verified. The inflated size is known from
 * the header and is the most that is inflated, so a small file cannot grow without bound. Transparency is ignored.
 *
 * @throws Refusal TOO_LARGE, IMAGE_UNSUPPORTED, IMAGE_UNREADABLE
 */
export function decodePng(bytes: Uint8Array): DecodedImage {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks[0]);
  const passes = passesOf(header);
  const rawBytes = passes.reduce((sum, pass) => sum + pass.rows * (1 + rowBytes(header, pass.columns)), 0);
  assertDecodedBytes(rawBytes);
  const raw = inflate(chunks, rawBytes);
  const sample = sampler(header, chunks);

  const pixels = new Uint8Array(header.rows * header.columns);
  let offset = 0;
  for (const pass of passes) {
    const stride = rowBytes(header, pass.columns);
    const lines = raw.subarray(offset, offset + pass.rows * (stride + 1));
    unfilter(lines, stride, Math.max(1, (header.depth * header.channels) / 8));
    for (let row = 0; row < pass.rows; row++) {
      const line = lines.subarray(row * (stride + 1) + 1, (row + 1) * (stride + 1));
      let target = (pass.y + row * pass.dy) * header.columns + pass.x;
      for (let column = 0; column < pass.columns; column++, target += pass.dx) pixels[target] = sample(line, column);
    }
    offset += lines.length;
  }
  const { rows, columns } = header;
  const synthetic = chunks.some(({ type, data }) => /^[ti][ET]Xt$/.test(type) && saysSynthetic(latin1(data)));
  return { contentType: 'image/png', rows, columns, pixels, modality: undefined, bodySite: undefined, synthetic };
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

interface Header {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly colourType: number;
  readonly channels: number;
  readonly interlaced: boolean;
}

/** 5.3: length, type, data, CRC, up to IEND. What follows IEND is ignored. */
function readChunks(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const length = view.getUint32(offset);
    const end = offset + 8 + length;
    if (end + 4 > bytes.length) break;
    const type = latin1(bytes.subarray(offset + 4, offset + 8));
    if (crc32(bytes.subarray(offset + 4, end)) !== view.getUint32(end))
      throw unreadable(`The checksum of the chunk at byte ${offset} is wrong.`);
    chunks.push({ type, data: bytes.subarray(offset + 8, end) });
    if (type === 'IEND') return chunks;
    offset = end + 4;
  }
  throw unreadable(`The PNG ends after ${bytes.length} bytes without its IEND chunk.`);
}

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** 11.2.2: the depths that each colour type allows. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

function readHeader(chunk: Chunk | undefined): Header {
  if (chunk?.type !== 'IHDR' || chunk.data.length !== 13)
    throw unreadable('The PNG does not begin with an IHDR chunk.');
  const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, 13);
  const [columns, rows, depth, colourType] = [view.getUint32(0), view.getUint32(4), view.getUint8(8), view.getUint8(9)];
  const [compression, filter, interlace] = [view.getUint8(10), view.getUint8(11), view.getUint8(12)];
  if (DEPTHS[colourType]?.includes(depth) !== true || compression !== 0 || filter !== 0 || interlace > 1)
    throw unreadable(
      `The PNG header names colour type ${colourType}, ${depth} bits and methods ${compression}, ${filter}, ${interlace}.`,
    );
  assertDimensions(rows, columns);
  return { rows, columns, depth, colourType, channels: CHANNELS[colourType] ?? 1, interlaced: interlace === 1 };
}

interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly columns: number;
  readonly rows: number;
}

/** 8.2: Adam7. Passes without pixels have no bytes. */
const ADAM7 = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
];

function passesOf({ rows, columns, interlaced }: Header): Pass[] {
  const lattices = interlaced ? ADAM7 : [{ x: 0, y: 0, dx: 1, dy: 1 }];
  return lattices
    .map((lattice) => ({
      ...lattice,
      columns: Math.ceil(Math.max(0, columns - lattice.x) / lattice.dx),
      rows: Math.ceil(Math.max(0, rows - lattice.y) / lattice.dy),
    }))
    .filter((pass) => pass.columns > 0 && pass.rows > 0);
}

const rowBytes = ({ depth, channels }: Header, columns: number): number => Math.ceil((columns * depth * channels) / 8);

function inflate(chunks: readonly Chunk[], rawBytes: number): Uint8Array {
  const data = Buffer.concat(chunks.filter((chunk) => chunk.type === 'IDAT').map((chunk) => chunk.data));
  let raw: Uint8Array;
  try {
    raw = inflateSync(data, { maxOutputLength: rawBytes });
  } catch (cause) {
    throw unreadable(`The ${data.length} bytes of image data do not inflate to ${rawBytes} bytes.`, cause);
  }
  if (raw.length !== rawBytes) throw unreadable(`The image data inflates to ${raw.length} of ${rawBytes} bytes.`);
  return raw;
}

/** Returns a function that gives the grey level of one pixel of an unfiltered line. */
function sampler(header: Header, chunks: readonly Chunk[]): (line: Uint8Array, column: number) => number {
  const { depth, colourType, channels } = header;
  if (colourType === 3) {
    const palette = greyPalette(chunks);
    return (line, column) => palette[bitsAt(line, column, depth)] ?? 0;
  }
  const at = (line: Uint8Array, sample: number): number =>
    depth === 8
      ? (line[sample] ?? 0)
      : depth === 16
        ? Math.round(((line[sample * 2] ?? 0) * 256 + (line[sample * 2 + 1] ?? 0)) / 257)
        : (bitsAt(line, sample, depth) * 255) / (2 ** depth - 1);
  if (channels < 3) return (line, column) => at(line, column * channels);
  return (line, column) => {
    const sample = column * channels;
    return luma(at(line, sample), at(line, sample + 1), at(line, sample + 2));
  };
}

function greyPalette(chunks: readonly Chunk[]): Uint8Array {
  const colours = chunks.find((chunk) => chunk.type === 'PLTE')?.data;
  if (colours === undefined || colours.length % 3 !== 0) throw unreadable('The PNG has no readable palette.');
  return Uint8Array.from({ length: colours.length / 3 }, (_, index) =>
    luma(colours[index * 3] ?? 0, colours[index * 3 + 1] ?? 0, colours[index * 3 + 2] ?? 0),
  );
}

/** 7.2: samples of less than a byte are packed from the high bits down. */
function bitsAt(line: Uint8Array, sample: number, depth: number): number {
  const bit = sample * depth;
  return ((line[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

const unreadable = (message: string, cause?: unknown): Refusal => new Refusal('IMAGE_UNREADABLE', message, { cause });
