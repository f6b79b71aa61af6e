import { randomBytes } from 'node:crypto';
import { blindIndex, NONCE_BYTES, openValue, type Place, sealingKey, sealValue } from '../../enclave/sealing/sealer.js';

/** Seals what goes into the store and opens what comes out of it. One key for now; records name the key they need. */
export interface Sealer {
  seal(place: Place, value: Uint8Array): Uint8Array;
  /** @throws Refusal SEALED_VALUE_INVALID */
  open(place: Place, record: Uint8Array): Uint8Array;
  sealJson(place: Place, value: unknown): Uint8Array;
  /** @throws Refusal SEALED_VALUE_INVALID */
  openJson(place: Place, record: Uint8Array): unknown;
  /** A keyed digest, by which equal values of one column are found without opening them. */
  index(column: Omit<Place, 'row'>, value: string): Uint8Array;
}

/** Documents are filled up to a multiple of this many bytes, so that their length says little about their content. */
const PADDING_BYTES = 256;

/** @param secret 32 random bytes. */
export function createSealer(secret: Uint8Array): Sealer {
  const key = sealingKey(secret);
  const seal: Sealer['seal'] = (place, value) => sealValue(key, place, value, randomBytes(NONCE_BYTES));
  const open: Sealer['open'] = (place, record) => openValue([key], place, record);
  return {
    seal,
    open,
    sealJson: (place, value) => seal(place, padded(JSON.stringify(value))),
    openJson: (place, record) => JSON.parse(Buffer.from(open(place, record)).toString('utf8')) as unknown,
    index: (column, value) => blindIndex(key, column, value),
  };
}

/** Spaces after a JSON text do not change what it says. */
function padded(json: string): Uint8Array {
  const bytes = Buffer.from(json, 'utf8');
  const filled = Buffer.alloc(Math.ceil(bytes.length / PADDING_BYTES) * PADDING_BYTES, ' ');
  bytes.copy(filled);
  return filled;
}
