import type { JWK } from 'jose';
import { bytesOfBase64 } from '../bytes.js';

const MAXIMUM_KEYS = 8;

/**
 * The JWK set of runtime data that the issuer repeats as JSON. Other people's enclaves put other things there: those have
 * no keys for us, and a set of which one entry is no key has none either.
 */
export function keysOf(runtimeData: unknown): readonly JWK[] {
  const keys = (runtimeData as { keys?: unknown } | null | undefined)?.keys;
  if (!Array.isArray(keys) || keys.length > MAXIMUM_KEYS) return [];
  const isKey = (key: unknown): key is JWK => typeof key === 'object' && key !== null && !Array.isArray(key);
  return keys.every(isKey) ? keys : [];
}

/** The same of runtime data that the issuer repeats as bytes: UTF-8 JSON in base64, or base64url. */
export function keysOfBase64(text: unknown): readonly JWK[] {
  if (typeof text !== 'string') return [];
  try {
    return keysOf(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOfBase64(text))));
  } catch {
    // Not JSON: somebody else's data.
    return [];
  }
}
