import type { TrustRoot } from '../verification/trustRoot.js';
import { trustRoot } from '../verification/trustRoot.js';
import { VENDOR_ROOTS } from '../verification/vendorRoots.js';
import type { Fields, JudgeOptions } from './case.js';
import { textIn } from './case.js';

/**
 * `trustRoot` of a case: names of vendors' roots or `file:NAME.pem` of the same folder, with `|` between several; `none` for
 * an empty trust store. The vendors' keys are our pinned ones, whatever the folder holds.
 *
 * @throws RangeError where a name is not known or the file is missing; Refusal CONFIGURATION_INVALID where it is no certificate.
 */
export function trustRootsOf(vector: Fields, readSibling: JudgeOptions['readSibling']): TrustRoot[] {
  const names = textIn(vector, 'trustRoot');
  return names === 'none' ? [] : names.split('|').map((name) => rootNamed(name, readSibling));
}

function rootNamed(name: string, readSibling: JudgeOptions['readSibling']): TrustRoot {
  if (Object.hasOwn(VENDOR_ROOTS, name)) return VENDOR_ROOTS[name as keyof typeof VENDOR_ROOTS];
  const file = name.startsWith('file:') ? name.slice('file:'.length) : undefined;
  if (file === undefined) throw new RangeError(`trustRoot ${name} is not known`);
  const pem = readSibling(file);
  if (pem === undefined) throw new RangeError(`trustRoot ${file} is not in the folder`);
  return trustRoot({ name, simulated: true, pem });
}
