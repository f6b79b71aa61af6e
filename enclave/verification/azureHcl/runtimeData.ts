import type { JsonObject } from '../jsonFields.js';
import { hexField, jsonObject, objectField, objectsField, textField } from '../jsonFields.js';

/** What the paravisor of an Azure confidential VM says about itself, in the JSON that the hardware report vouches for. */
export interface HclRuntimeData {
  /** Public half of the vTPM's attestation key, which signs TPM quotes. */
  readonly attestationKey: HclKey;
  /** Public half of the vTPM's endorsement key; some VMs have none. */
  readonly endorsementKey: HclKey | undefined;
  /** For instance `secure-boot` and `vmUniqueId`, as the paravisor wrote them. */
  readonly vmConfiguration: JsonObject;
  /** What the guest put into the vTPM's index for it, 64 bytes in hex; undefined where the paravisor has no such field. */
  readonly userData: string | undefined;
}

/** An RSA key (RFC 7517); base64url as written. */
export interface HclKey {
  readonly kid: string;
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  readonly keyOperations: readonly string[];
}

/** 8192 bits in base64url. */
const MAXIMUM_MODULUS_CHARACTERS = 1366;
const MAXIMUM_KEYS = 8;

/** @throws RangeError where the text is not such JSON, or lacks the attestation key. */
export function readRuntimeData(text: string): HclRuntimeData {
  const data = jsonObject(text);
  const entries = objectsField(data, 'keys');
  if (entries.length > MAXIMUM_KEYS) throw new RangeError(`${entries.length} keys, at most ${MAXIMUM_KEYS}`);
  const keys = entries.map(readKey);
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new RangeError('two keys of one name');
  const attestationKey = keys.find(({ kid }) => kid === 'HCLAkPub');
  if (!attestationKey) throw new RangeError('no key HCLAkPub');
  return {
    attestationKey,
    endorsementKey: keys.find(({ kid }) => kid === 'HCLEkPub'),
    vmConfiguration: objectField(data, 'vm-configuration'),
    userData: data['user-data'] === undefined ? undefined : hexField(data, 'user-data', 64),
  };
}

function readKey(key: JsonObject): HclKey {
  const kty = textField(key, 'kty');
  if (kty !== 'RSA') throw new RangeError(`key of type ${JSON.stringify(kty.slice(0, 16))}, RSA expected`);
  const operations = key.key_ops ?? [];
  if (!Array.isArray(operations) || !operations.every((operation) => typeof operation === 'string'))
    throw new RangeError('key_ops is not a list of texts');
  return {
    kid: textField(key, 'kid'),
    kty,
    n: base64urlField(key, 'n'),
    e: base64urlField(key, 'e'),
    keyOperations: operations,
  };
}

function base64urlField(key: JsonObject, name: string): string {
  const text = textField(key, name);
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length > MAXIMUM_MODULUS_CHARACTERS)
    throw new RangeError(`${name} is not base64url of a key`);
  return text;
}
