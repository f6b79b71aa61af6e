import { Refusal } from '../refusals.js';

/**
 * DER (ITU-T X.690): just what X.509 certificates, CRLs and Intel's SGX extension need.
 * Reading works in Node and in the browser; nothing here knows what the bytes mean.
 */

/** One tag-length-value. All three views share the input's memory. */
export interface DerValue {
  readonly tag: number;
  /** The content bytes. */
  readonly content: Uint8Array;
  /** Tag, length and content: what a signature covers. */
  readonly raw: Uint8Array;
}

export const TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  ENUMERATED: 0x0a,
  UTF8_STRING: 0x0c,
  PRINTABLE_STRING: 0x13,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/**
 * Reads the value at `offset`. The attacker holds every byte: lengths are checked against the input, indefinite and
 * non-minimal lengths and multi-byte tags are refused.
 *
 * @throws RangeError where the bytes are not DER; callers that parse evidence turn it into their own refusal.
 */
export function readDer(bytes: Uint8Array, offset = 0): DerValue {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw new RangeError(`DER ends at byte ${offset}`);
  if ((tag & 0x1f) === 0x1f) throw new RangeError('DER tag of several bytes');
  let header = 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new RangeError(`DER length of ${count} bytes`);
    length = 0;
    for (let i = 0; i < count; i++) {
      const next = bytes[offset + 2 + i];
      if (next === undefined) throw new RangeError('DER length cut short');
      length = length * 256 + next;
    }
    if (length < 0x80 || (count > 1 && length < 256 ** (count - 1))) throw new RangeError('DER length not minimal');
    header += count;
  }
  const start = offset + header;
  if (start + length > bytes.length)
    throw new RangeError(`DER value of ${length} bytes at ${offset} exceeds the input`);
  return { tag, content: bytes.subarray(start, start + length), raw: bytes.subarray(offset, start + length) };
}

/** The values inside a constructed value, in order. @throws RangeError as {@link readDer}. */
export function readChildren(value: DerValue): DerValue[] {
  const children: DerValue[] = [];
  for (let offset = 0; offset < value.content.length;) {
    const child = readDer(value.content, offset);
    children.push(child);
    offset += child.raw.length;
  }
  return children;
}

/** Reads exactly one value that fills `bytes`. @throws RangeError where something follows. */
export function readWhole(bytes: Uint8Array): DerValue {
  const value = readDer(bytes);
  if (value.raw.length !== bytes.length)
    throw new RangeError(`${bytes.length - value.raw.length} bytes after the DER value`);
  return value;
}

/** Dotted decimal of an OBJECT IDENTIFIER's content. @throws RangeError where an arc is cut short or too large. */
export function readOid(value: DerValue): string {
  if (value.tag !== TAG.OID || value.content.length === 0) throw new RangeError('not an OBJECT IDENTIFIER');
  const arcs: number[] = [];
  let arc = 0;
  for (const [index, byte] of value.content.entries()) {
    if (arc > Number.MAX_SAFE_INTEGER / 256) throw new RangeError('OBJECT IDENTIFIER arc too large');
    arc = arc * 128 + (byte & 0x7f);
    if (byte & 0x80) {
      if (index === value.content.length - 1) throw new RangeError('OBJECT IDENTIFIER cut short');
      continue;
    }
    if (arcs.length === 0) {
      const root = Math.min(Math.floor(arc / 40), 2);
      arcs.push(root, arc - root * 40);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** Milliseconds since 1970 of a UTCTime or GeneralizedTime ending in Z. UTCTime years below 50 are 20xx (RFC 5280). */
export function readTime(value: DerValue): number {
  const text = String.fromCharCode(...value.content);
  const pattern =
    value.tag === TAG.UTC_TIME
      ? /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/
      : /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
  const match = value.tag === TAG.UTC_TIME || value.tag === TAG.GENERALIZED_TIME ? pattern.exec(text) : null;
  if (!match) throw new RangeError('not a DER time');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const fullYear = value.tag === TAG.UTC_TIME ? (year < 50 ? 2000 + year : 1900 + year) : year;
  return Date.UTC(fullYear, month - 1, day, hour, minute, second);
}

/** Turns the RangeErrors of reading into one refusal: the place where hostile bytes become a coded answer. */
export function parsing<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal(
      'EVIDENCE_MALFORMED',
      `${what} cannot be parsed: ${cause instanceof Error ? cause.message : 'unknown'}`,
      { cause },
    );
  }
}

/** Encodes one value; nested values are passed as already encoded parts. */
export function writeDer(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const size: number[] = [];
  if (length < 0x80) size.push(length);
  else {
    for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256);
    size.unshift(0x80 | size.length);
  }
  const out = new Uint8Array(1 + size.length + length);
  out[0] = tag;
  out.set(size, 1);
  let at = 1 + size.length;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const sequence = (...parts: Uint8Array[]): Uint8Array => writeDer(TAG.SEQUENCE, ...parts);

/** A non-negative INTEGER from big-endian bytes or a small number. */
export function integer(value: number | Uint8Array): Uint8Array {
  let bytes: number[];
  if (typeof value === 'number') {
    bytes = [];
    for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  } else bytes = [...value];
  while (bytes.length > 1 && bytes[0] === 0 && (bytes[1] ?? 0) < 0x80) bytes.shift();
  if (bytes.length === 0 || (bytes[0] ?? 0) >= 0x80) bytes.unshift(0);
  return writeDer(TAG.INTEGER, Uint8Array.from(bytes));
}

export function oid(dotted: string): Uint8Array {
  const [root = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [root * 40 + second, ...rest]) {
    const group: number[] = [arc % 128];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128)) group.unshift(0x80 | (high % 128));
    bytes.push(...group);
  }
  return writeDer(TAG.OID, Uint8Array.from(bytes));
}

/** BIT STRING of whole bytes. */
export const bitString = (bytes: Uint8Array): Uint8Array => writeDer(TAG.BIT_STRING, Uint8Array.of(0), bytes);

export const octetString = (bytes: Uint8Array): Uint8Array => writeDer(TAG.OCTET_STRING, bytes);

export const utf8String = (text: string): Uint8Array => writeDer(TAG.UTF8_STRING, new TextEncoder().encode(text));

export const boolean = (value: boolean): Uint8Array => writeDer(TAG.BOOLEAN, Uint8Array.of(value ? 0xff : 0));

/** UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). `at` is milliseconds since 1970; fractions are dropped. */
export function time(at: number): Uint8Array {
  const text = new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14) + 'Z';
  const late = text >= '2050';
  return writeDer(late ? TAG.GENERALIZED_TIME : TAG.UTC_TIME, new TextEncoder().encode(late ? text : text.slice(2)));
}
