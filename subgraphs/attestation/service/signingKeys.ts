import type { SigningKey } from './signingKey.js';

/** The keys of the service: one signs, all are published, so that no result is refused because a key has changed. */
export interface SigningKeys {
  current(): SigningKey;
  /** What GET /certs shows, the current one first. */
  published(): readonly SigningKey[];
}

/** Keys that follow each other. The next one is published before it signs, the former ones while their results live. */
export interface KeyRing extends SigningKeys {
  /** Publishes the key that will sign next, in place of another that would have. */
  announce(key: SigningKey): void;
  /** Makes the announced key sign. Without one nothing changes. */
  adopt(): void;
  state(): KeyRingState;
}

/** Times are milliseconds since 1970. */
export interface KeyRingState {
  readonly current: SigningKey;
  /** When the current one began to sign. */
  readonly since: number;
  readonly next: { readonly key: SigningKey; readonly announcedAt: number } | undefined;
  readonly former: readonly { readonly key: SigningKey; readonly until: number }[];
}

export interface KeyRingOptions {
  /** As it was before, or a first key that signs from now on. */
  readonly begin: KeyRingState | SigningKey;
  /** How long a former key stays published: at least as long as what it signed is good for. */
  readonly overlapMs: number;
  readonly now: () => number;
}

/** Relying parties take 64 keys, ours and Azure's among them. */
const MAXIMUM_FORMER = 32;

export function createKeyRing({ begin, overlapMs, now }: KeyRingOptions): KeyRing {
  let state: KeyRingState = 'since' in begin ? begin : { current: begin, since: now(), next: undefined, former: [] };

  return {
    current: () => state.current,
    published: () => [
      state.current,
      ...(state.next ? [state.next.key] : []),
      ...state.former.filter(({ until }) => now() < until).map(({ key }) => key),
    ],
    announce(key) {
      state = { ...state, next: { key, announcedAt: now() } };
    },
    adopt() {
      if (!state.next) return;
      const former = [{ key: state.current, until: now() + overlapMs }, ...state.former]
        .filter(({ until }) => now() < until)
        .slice(0, MAXIMUM_FORMER);
      state = { current: state.next.key, since: now(), next: undefined, former };
    },
    state: () => state,
  };
}

export function fixedSigningKey(key: SigningKey): SigningKeys {
  return { current: () => key, published: () => [key] };
}
