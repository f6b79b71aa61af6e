import { readChildren, readOid, readWhole } from '../../asn1/der.js';
import { latin1Of } from '../../bytes.js';

const COMMON_NAME = '2.5.4.3';

/**
 * The one common name in a distinguished name, read as ASCII: AMD tells products and kinds of key apart by it.
 *
 * @param name DER. @throws RangeError where it is no name, or does not have exactly one.
 */
export function readCommonName(name: Uint8Array): string {
  const found = readChildren(readWhole(name))
    .flatMap(readChildren)
    .flatMap((attribute) => {
      const [type, value] = readChildren(attribute);
      return type && value && readOid(type) === COMMON_NAME ? [latin1Of(value.content)] : [];
    });
  const [first] = found;
  if (first === undefined || found.length > 1) throw new RangeError(`${found.length} common names where one belongs`);
  return first;
}
