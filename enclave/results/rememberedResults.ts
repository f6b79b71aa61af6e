import type { VerifiedResult } from './verifyResult.js';

/** A verdict and the time until which it may be used; seconds since 1970. */
export interface Remembered extends VerifiedResult {
  readonly until: number;
}

export interface RememberedResults {
  get(token: string): Remembered | undefined;
  add(entry: Remembered): void;
  delete(entry: Remembered): void;
}

export interface MemoryBounds {
  readonly entries: number;
  /** Of all tokens together. */
  readonly characters: number;
}

/**
 * Verdicts by token; the oldest go first.
 *
 * A look-up may not cost what hashing a token of 4 KB costs, so that a number out of the signature's last characters finds
 * the entry, and the whole token is compared then. The entries lie in a ring and the map holds numbers alone: the tables
 * that a map of objects leaves behind would keep each entry alive long enough to be moved to the old generation.
 */
export function createRememberedResults(bounds: MemoryBounds): RememberedResults {
  const ring: (Remembered | undefined)[] = Array.from({ length: bounds.entries }, () => undefined);
  const places = new Map<number, number>();
  let oldest = 0;
  let next = 0;
  let characters = 0;

  function dropAt(place: number): void {
    const entry = ring[place];
    if (!entry) return;
    ring[place] = undefined;
    characters -= entry.result.token.length;
    const number = numberOf(entry.result.token);
    if (places.get(number) === place) places.delete(number);
  }

  function placeOf(token: string): number | undefined {
    const place = places.get(numberOf(token));
    return place !== undefined && ring[place]?.result.token === token ? place : undefined;
  }

  return {
    get: (token) => {
      const place = placeOf(token);
      return place === undefined ? undefined : ring[place];
    },
    add: (entry) => {
      const { token } = entry.result;
      const before = placeOf(token);
      if (before !== undefined) dropAt(before);
      while (oldest < next && (next - oldest >= bounds.entries || characters + token.length > bounds.characters)) {
        dropAt(oldest++ % bounds.entries);
      }
      if (token.length > bounds.characters) return;
      const place = next++ % bounds.entries;
      ring[place] = entry;
      places.set(numberOf(token), place);
      characters += token.length;
    },
    delete: ({ result: { token } }) => {
      const place = placeOf(token);
      if (place !== undefined) dropAt(place);
    },
  };
}

/** Signatures are as good as random. Two with the same number only make one of them be verified again. */
function numberOf(token: string): number {
  let number = 0;
  for (let at = Math.max(0, token.length - 10); at < token.length; at++)
    number = (number * 64 + token.charCodeAt(at)) & 0x3fffffff;
  return number;
}
