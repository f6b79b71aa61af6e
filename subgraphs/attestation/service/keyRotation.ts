import type { SigningKey } from './signingKey.js';
import type { KeyRing, KeyRingState } from './signingKeys.js';

export interface KeyRotationOptions {
  readonly ring: KeyRing;
  /** The key that should follow, or undefined while none should. Asked at each look, and not while one is announced. */
  readonly candidate: (state: KeyRingState) => Promise<SigningKey | undefined>;
  /** How long a key is published before it signs: longer than relying parties keep the list of keys. */
  readonly announceMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Keeps the state; called before a new one is used, so that no key signs that a restart would forget. */
  readonly save?: (state: KeyRingState) => void;
}

/**
 * Lets keys follow each other without one refused result: publish, wait, sign.
 *
 * @returns a look at the clock, to be repeated; it rejects where no key could be made, and then the current one stays.
 */
export function createKeyRotation({ ring, candidate, announceMs, now, save }: KeyRotationOptions): () => Promise<void> {
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    const { current, next } = ring.state();
    if (!next) {
      const key = await candidate(ring.state());
      if (!key || key.keyId === current.keyId) return;
      ring.announce(key);
    } else if (now() >= next.announcedAt + announceMs) ring.adopt();
    else return;
    save?.(ring.state());
  }

  return () => (looking ??= look().finally(() => (looking = undefined)));
}

/** A candidate for rotation by the calendar: made so early that it can be announced before the current key is due. */
export function bySchedule(options: {
  readonly everyMs: number;
  readonly announceMs: number;
  readonly now: () => number;
  readonly make: () => Promise<SigningKey>;
}): KeyRotationOptions['candidate'] {
  const { everyMs, announceMs, now, make } = options;
  return async ({ since }) => (now() >= since + everyMs - announceMs ? make() : undefined);
}
