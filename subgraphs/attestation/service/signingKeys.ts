import type { SigningKey } from './signingKey.js';

/** The keys of the service: one signs, all are published, so that no result is refused because a key has changed. */
export interface SigningKeys {
  current(): SigningKey;
  /** What GET /certs shows, the current one first. */
  published(): readonly SigningKey[];
}

export function fixedSigningKey(key: SigningKey): SigningKeys {
  return { current: () => key, published: () => [key] };
}
