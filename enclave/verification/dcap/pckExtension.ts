import type { Certificate } from '../../asn1/certificate.js';
import type { DerValue } from '../../asn1/der.js';
import { readChildren, readOid, readWhole, TAG } from '../../asn1/der.js';
import { hexOf } from '../../bytes.js';

/** Which platform a PCK certificate speaks for, and at which TCB (Intel, PCK certificate profile). */
export interface PckPlatform {
  /** Hex, lower case, 6 bytes. */
  readonly fmspc: string;
  /** Hex, lower case, 2 bytes. */
  readonly pceId: string;
  /** 16 security versions, 0 to 255. */
  readonly components: readonly number[];
  readonly pceSvn: number;
}

export const SGX_EXTENSIONS = '1.2.840.113741.1.13.1';

/** @throws RangeError where the extension is absent or not of its form. */
export function readPckPlatform(certificate: Certificate): PckPlatform {
  const extension = certificate.extensions.get(SGX_EXTENSIONS);
  if (!extension) throw new RangeError('PCK certificate without SGX extensions');
  const fields = readEntries(readWhole(extension));
  const tcb = readEntries(field(fields, '2', TAG.SEQUENCE));
  return {
    fmspc: hexField(field(fields, '4', TAG.OCTET_STRING), 6),
    pceId: hexField(field(fields, '3', TAG.OCTET_STRING), 2),
    components: Array.from({ length: 16 }, (_, index) => numberOf(field(tcb, `2.${index + 1}`, TAG.INTEGER), 0xff)),
    pceSvn: numberOf(field(tcb, '2.17', TAG.INTEGER), 0xffff),
  };
}

/** A SEQUENCE of SEQUENCE { OID, value }, by OID. */
function readEntries(list: DerValue): Map<string, DerValue> {
  const entries = new Map<string, DerValue>();
  for (const entry of readChildren(list)) {
    const [type, value] = readChildren(entry);
    if (!type || !value) throw new RangeError('SGX extension entry without value');
    entries.set(readOid(type), value);
  }
  return entries;
}

function field(entries: Map<string, DerValue>, suffix: string, tag: number): DerValue {
  const value = entries.get(`${SGX_EXTENSIONS}.${suffix}`);
  if (value?.tag !== tag) throw new RangeError(`SGX extension ${suffix} is missing or of another type`);
  return value;
}

function hexField(value: DerValue, length: number): string {
  if (value.content.length !== length) throw new RangeError(`${value.content.length} bytes where ${length} belong`);
  return hexOf(value.content);
}

function numberOf(value: DerValue, maximum: number): number {
  const { content } = value;
  const number = content.length <= 3 ? content.reduce((sum, byte) => sum * 256 + byte, 0) : NaN;
  if (content.length === 0 || (content[0] ?? 0) >= 0x80 || !(number <= maximum))
    throw new RangeError('number out of range');
  return number;
}
