import type { Mutate } from './mutate.js';
import type { Random } from './random.js';

const BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff] as const;
const LENGTHS = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0xfffffff0, 0xffffffff] as const;

/** Bits, bytes, lengths, cuts, copies: knows nothing of any form. */
export const mutateBytes: Mutate = (input, random, other) => {
  const bytes = Buffer.from(input);
  if (bytes.length === 0) return random.bytes(random.below(64));
  const at = random.below(bytes.length);
  switch (random.below(9)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 1:
      bytes[at] = random.pick(BYTES);
      return bytes;
    case 2:
      if (at + 4 <= bytes.length) bytes.writeUInt32LE(random.pick(LENGTHS), at);
      return bytes;
    case 3:
      if (at + 2 <= bytes.length) bytes.writeUInt16LE(random.pick(LENGTHS) & 0xffff, at);
      return bytes;
    case 4:
      return bytes.subarray(0, at);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.below(32)), bytes.subarray(at)]);
    case 6:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + random.below(64)))]);
    case 7:
      return Buffer.concat([bytes.subarray(0, at), part(other, random), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), ...repeated(part(bytes, random), random), bytes.subarray(at)]);
  }
};

function part(of: Uint8Array, random: Random): Uint8Array {
  const start = random.below(of.length + 1);
  return of.subarray(start, start + random.below(256));
}

function repeated(piece: Uint8Array, random: Random): Uint8Array[] {
  return Array.from({ length: 1 + random.below(random.below(20) === 0 ? 256 : 3) }, () => piece);
}
