/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number of 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
  bytes(count: number): Uint8Array;
}

/** mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * limit);
  };
  return {
    below,
    pick: (from) => from[below(from.length)] ?? from[0],
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
  };
}
