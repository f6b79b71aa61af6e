import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { Refusal } from '../refusals.js';

/**
 * Sealing of single values in a store that others operate: AES-256-GCM (NIST SP 800-38D). The place of a value is
 * authenticated with it, so whoever holds the store can neither read a value nor move it to another row or column.
 *
 * A record is: version (1 byte) ‖ key id (8) ‖ nonce (12) ‖ ciphertext ‖ tag (16).
 * Not hidden: the length of a value, and that an old record was put back into its own place.
 */
export interface SealingKey {
  /** Names the key in records; derived from it, so that two keys never share one. 8 bytes. */
  readonly id: Uint8Array;
  readonly encryption: Uint8Array;
  /** From which each column's index key is derived. */
  readonly index: Uint8Array;
}

/** Where a value is stored. */
export interface Place {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

const VERSION = 1;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
const BLIND_INDEX_BYTES = 16;

/** @param secret 32 random bytes, as a key store released them. */
export function sealingKey(secret: Uint8Array): SealingKey {
  if (secret.length !== KEY_BYTES) {
    throw new Refusal('CONFIGURATION_INVALID', `A sealing key has ${KEY_BYTES} bytes, not ${secret.length}.`);
  }
  const derive = (purpose: string, bytes: number) =>
    new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), `cloister/sealing/${purpose}`, bytes));
  return {
    id: derive('id', KEY_ID_BYTES),
    encryption: derive('encryption', KEY_BYTES),
    index: derive('index', KEY_BYTES),
  };
}

/**
 * @param nonce 12 random bytes, never used before with this key: two values under one nonce give both away. Random
 *   nonces allow about 2^32 values per key.
 */
export function sealValue(key: SealingKey, place: Place, value: Uint8Array, nonce: Uint8Array): Uint8Array {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a nonce has ${NONCE_BYTES} bytes, not ${nonce.length}`);
  const cipher = createCipheriv('aes-256-gcm', key.encryption, nonce);
  const header = Buffer.concat([Buffer.of(VERSION), key.id, nonce]);
  cipher.setAAD(associatedData(header, place));
  return Buffer.concat([header, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
}

/**
 * @param keys the current key and the former ones that values may still be sealed with.
 * @throws Refusal SEALED_VALUE_INVALID where the record was changed, moved, cut, or sealed with none of these keys.
 */
export function openValue(keys: readonly SealingKey[], place: Place, record: Uint8Array): Uint8Array {
  if (record.length < HEADER_BYTES + TAG_BYTES || record[0] !== VERSION) {
    throw invalid(place, `is not a record of version ${VERSION}`);
  }
  const header = record.subarray(0, HEADER_BYTES);
  const id = Buffer.from(header.subarray(1, 1 + KEY_ID_BYTES));
  const key = keys.find((candidate) => id.equals(candidate.id));
  if (!key) throw invalid(place, `is sealed with key ${id.toString('hex')}, which is not here`);
  const decipher = createDecipheriv('aes-256-gcm', key.encryption, header.subarray(1 + KEY_ID_BYTES));
  decipher.setAAD(associatedData(header, place));
  decipher.setAuthTag(record.subarray(record.length - TAG_BYTES));
  try {
    const value = decipher.update(record.subarray(HEADER_BYTES, record.length - TAG_BYTES));
    return Buffer.concat([value, decipher.final()]);
  } catch (cause) {
    throw invalid(place, 'does not authenticate', cause);
  }
}

/**
 * Finds equal values of one column without opening them: HMAC-SHA-256 under a key of that column, cut to 16 bytes. Equal
 * values have equal indexes, so the store learns who shares a value: use it for identifiers, not for small sets such as sex.
 */
export function blindIndex(key: SealingKey, column: Omit<Place, 'row'>, value: string): Uint8Array {
  const info = JSON.stringify(['cloister/blind-index', column.table, column.column]);
  const columnKey = new Uint8Array(hkdfSync('sha256', key.index, new Uint8Array(), info, KEY_BYTES));
  return createHmac('sha256', columnKey).update(value, 'utf8').digest().subarray(0, BLIND_INDEX_BYTES);
}

/** Header and place, so written that no two places give the same bytes. */
function associatedData(header: Uint8Array, { table, row, column }: Place): Buffer {
  return createHash('sha256')
    .update(header)
    .update(JSON.stringify([table, row, column]))
    .digest();
}

function invalid(place: Place, what: string, cause?: unknown): Refusal {
  return new Refusal('SEALED_VALUE_INVALID', `A value of ${place.table}.${place.column} ${what}.`, { cause });
}
