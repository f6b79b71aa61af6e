/** Reads forward through bytes whose every length the attacker holds: each is checked against what is left. */
export interface ByteReader {
  /** A view of the next bytes. @throws RangeError where there are fewer. */
  take(count: number): Uint8Array;
  /** Little-endian. */
  u16(): number;
  u32(): number;
  /** How many bytes are left. */
  left(): number;
  /** How many bytes were taken. */
  at(): number;
}

/** @param name of the whole, for messages. */
export function readerOf(bytes: Uint8Array, name: string): ByteReader {
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (count > bytes.length - at)
      throw new RangeError(`${name} ends after ${bytes.length} bytes, ${count} expected at ${at}`);
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (count: number) => take(count).reduceRight((value, byte) => value * 256 + byte, 0);
  return { take, u16: () => number(2), u32: () => number(4), left: () => bytes.length - at, at: () => at };
}
