import type { Certificate } from '../../asn1/certificate.js';
import type { DerValue } from '../../asn1/der.js';
import { readWhole, TAG } from '../../asn1/der.js';
import { hexOf, latin1Of } from '../../bytes.js';
import type { PatchLevel } from './reasons.js';
import { PATCH_LEVELS } from './reasons.js';

/** Which chip or cloud provider an endorsement key speaks for, and at which TCB (AMD 57230, VCEK and VLEK certificates). */
export interface VcekPlatform {
  readonly structureVersion: number;
  /** For instance `Milan-B0`. */
  readonly productName: string;
  /** By the last arcs of the extension, `3.1` to `3.9`; reserved ones too, as far as the certificate has them. */
  readonly securityPatchLevels: ReadonlyMap<PatchLevel, number>;
  /** Hex, 64 bytes, on Turin 8; a VLEK has none. */
  readonly hardwareId: string | undefined;
  /** The cloud provider that a VLEK was made for, for instance `CN=cc-us-east-2.amazonaws.com`; a VCEK has none. */
  readonly cspId: string | undefined;
}

export const AMD_EXTENSIONS = '1.3.6.1.4.1.3704.1';

/** What both layouts of TCB versions need; microcode and the rest of a product's levels are compared where present. */
const REQUIRED_LEVELS = ['3.1', '3.2', '3.3', '3.8'];
const MAXIMUM_NAME_BYTES = 128;

/** @throws RangeError where an extension is absent or not of its form. */
export function readVcekPlatform({ extensions }: Certificate): VcekPlatform {
  const find = (arcs: string) => extensions.get(`${AMD_EXTENSIONS}.${arcs}`);
  const required = (arcs: string) => {
    const extension = find(arcs);
    if (!extension) throw new RangeError(`endorsement certificate without extension ${arcs}`);
    return extension;
  };
  for (const level of REQUIRED_LEVELS) required(level);
  const levels = PATCH_LEVELS.flatMap((arcs): [PatchLevel, number][] => {
    const extension = find(arcs);
    return extension ? [[arcs, readLevel(readWhole(extension))]] : [];
  });
  const hardwareId = find('4');
  const cspId = find('5');
  return {
    structureVersion: readLevel(readWhole(required('1'))),
    productName: readName(readWhole(required('2'))),
    securityPatchLevels: new Map(levels),
    hardwareId: hardwareId && hexOf(readHardwareId(hardwareId)),
    cspId: cspId && readName(readWhole(cspId)),
  };
}

/** An INTEGER of 0 to 255, with a leading zero byte from 128. */
function readLevel({ tag, content }: DerValue): number {
  const [first = 0x80, second = 0] = content;
  const isByte = content.length === 1 && first < 0x80;
  const isHighByte = content.length === 2 && first === 0 && second >= 0x80;
  if (tag !== TAG.INTEGER || !(isByte || isHighByte)) throw new RangeError('patch level is not a number of 0 to 255');
  return isByte ? first : second;
}

function readName({ tag, content }: DerValue): string {
  const isText = tag === TAG.IA5_STRING && content.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (!isText || content.length === 0 || content.length > MAXIMUM_NAME_BYTES)
    throw new RangeError('name is not a short ASCII text');
  return latin1Of(content);
}

const HARDWARE_ID_BYTES = [64, 8];

/** Real certificates hold the bare bytes where DER belongs; some hold them in an OCTET STRING. */
function readHardwareId(extension: Uint8Array): Uint8Array {
  if (HARDWARE_ID_BYTES.includes(extension.length)) return extension;
  const { tag, content } = readWhole(extension);
  if (tag !== TAG.OCTET_STRING || !HARDWARE_ID_BYTES.includes(content.length))
    throw new RangeError('hardware id is neither 64 nor 8 bytes');
  return content;
}
