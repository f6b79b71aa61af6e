import type { JWK } from 'jose';
import { bytesOfBase64 } from '../bytes.js';

/** What a JWKS says about one key. The same object as long as the list says the same. */
export interface KeyMaterial {
  readonly kid: string | undefined;
  /** DER of the first certificate of `x5c`. */
  readonly certificate: Uint8Array | undefined;
  /** The key as written, with `n` and `e`, or `x` and `y`. */
  readonly jwk: JWK;
  /** Two materials with the same text are the same. */
  readonly text: string;
}

/** Azure publishes 3 keys. */
const MAXIMUM_KEYS = 64;
const MAXIMUM_CERTIFICATE_BYTES = 32_768;
const MAXIMUM_KEY_CHARACTERS = 8192;

/**
 * The keys of a JWKS, in order; of several with one `kid` the first.
 *
 * @param previous of the same address: what has not changed stays the same object.
 * @throws RangeError where it is not a JWKS or exceeds its bounds.
 */
export function readJwks(jwks: unknown, previous: readonly KeyMaterial[] = []): readonly KeyMaterial[] {
  const keys = (jwks as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new RangeError('not a JWK set');
  if (keys.length > MAXIMUM_KEYS) throw new RangeError(`a JWK set of ${keys.length} keys`);
  const materials: KeyMaterial[] = [];
  for (const entry of keys as unknown[]) {
    const material = readKey(entry);
    if (material.kid !== undefined && materials.some(({ kid }) => kid === material.kid)) continue;
    materials.push(previous.find(({ text }) => text === material.text) ?? material);
  }
  return materials;
}

function readKey(entry: unknown): KeyMaterial {
  if (typeof entry !== 'object' || entry === null) throw new RangeError('a JWK set with an entry that is no key');
  const { x5c, ...members } = entry as { kid?: unknown; x5c?: unknown } & Record<string, unknown>;
  const [first] = Array.isArray(x5c) ? (x5c as unknown[]) : [];
  if (typeof first === 'string' && first.length > (MAXIMUM_CERTIFICATE_BYTES * 4) / 3)
    throw new RangeError('a certificate that is too large');
  const { kid, kty, n, e, crv, x, y } = members;
  const jwk = { kty, n, e, crv, x, y } as JWK;
  const text = JSON.stringify([kid, first, jwk]);
  if (text.length > MAXIMUM_KEY_CHARACTERS + (MAXIMUM_CERTIFICATE_BYTES * 4) / 3)
    throw new RangeError('a key that is too large');
  return {
    kid: typeof kid === 'string' ? kid : undefined,
    // RFC 7517 demands base64 here; base64url is seen too.
    certificate: typeof first === 'string' ? bytesOfBase64(first) : undefined,
    jwk,
    text,
  };
}
