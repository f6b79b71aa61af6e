import { readFile } from 'node:fs/promises';
import { Refusal } from '../../enclave/refusals.js';

const KEY_BYTES = 32;

/**
 * The key that seals the record. It is never made here: a key made by mistake would leave what is sealed closed for ever.
 *
 * @throws Refusal CONFIGURATION_INVALID
 */
export async function readDataKey(file: string): Promise<Uint8Array> {
  const key = await readFile(file).catch((cause: unknown) => {
    throw new Refusal('CONFIGURATION_INVALID', `The data key ${file} cannot be read.`, { cause });
  });
  if (key.length !== KEY_BYTES) {
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `The data key ${file} has ${key.length} bytes; it must have ${KEY_BYTES}.`,
    );
  }
  return key;
}
