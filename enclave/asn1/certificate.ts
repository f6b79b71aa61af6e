import { equalBytes } from '../bytes.js';
import type { DerValue } from './der.js';
import { readChildren, readOid, readTime, readWhole, TAG } from './der.js';

/**
 * What a chain check needs from an X.509 certificate (RFC 5280, 4.1). Reading decides nothing: no signature, no date.
 *
 * It is our own reader because `new X509Certificate(der)` of Node tries PEM first, and answers another certificate where
 * the DER embeds one as PEM text, as every certificate that carries a quote does.
 */
export interface Certificate {
  /** The whole certificate, DER. */
  readonly der: Uint8Array;
  /** What the signature covers. */
  readonly toBeSigned: Uint8Array;
  /** Hex without leading zeros; "0" for zero. */
  readonly serial: string;
  /** Raw DER of the names: compare bytes. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** By dotted object identifier: the DER inside the extension's OCTET STRING. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
  /** basicConstraints: absent, or without cA, means that it is not a CA. */
  readonly isAuthority: boolean;
  /** How many CAs may stand between this one and a leaf; undefined means any number. */
  readonly pathLength: number | undefined;
  /** The first byte of keyUsage (KEY_USAGE in writeCertificate.ts); undefined where the key is not limited. */
  readonly keyUsage: number | undefined;
  /** Object identifiers of extensions marked critical. */
  readonly critical: ReadonlySet<string>;
  /** AlgorithmIdentifier, raw DER: the identifier and its parameters. */
  readonly algorithmIdentifier: Uint8Array;
  readonly signature: Uint8Array;
}

/** @throws RangeError where the bytes are not one certificate, whole; see `parsing` in der.ts. */
export function readCertificate(der: Uint8Array): Certificate {
  const { toBeSigned, algorithmIdentifier, signature } = readSigned(der);
  const fields = readChildren(toBeSigned);
  if (fields[0]?.tag !== 0xa0) throw new RangeError('certificate is not version 3');
  const [, serial, algorithm, issuer, validity, subject, publicKey, ...optional] = fields;
  if (
    serial?.tag !== TAG.INTEGER ||
    algorithm?.tag !== TAG.SEQUENCE ||
    issuer?.tag !== TAG.SEQUENCE ||
    validity?.tag !== TAG.SEQUENCE ||
    subject?.tag !== TAG.SEQUENCE ||
    publicKey?.tag !== TAG.SEQUENCE
  ) {
    throw new RangeError('certificate fields are not in their places');
  }
  // RFC 5280, 4.1.1.2: the algorithm outside the signature must be the one inside.
  if (!equalBytes(algorithm.raw, algorithmIdentifier))
    throw new RangeError('certificate names two signature algorithms');
  const [notBefore, notAfter] = readChildren(validity);
  if (!notBefore || !notAfter) throw new RangeError('certificate without validity');
  const { extensions, critical } = readExtensions(optional.find((field) => field.tag === 0xa3));
  return {
    der,
    toBeSigned: toBeSigned.raw,
    serial: serialHex(serial),
    issuer: issuer.raw,
    subject: subject.raw,
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    publicKey: publicKey.raw,
    extensions,
    critical,
    ...readBasicConstraints(extensions.get('2.5.29.19')),
    keyUsage: readKeyUsage(extensions.get('2.5.29.15')),
    algorithmIdentifier,
    signature,
  };
}

/** The frame of certificates and CRLs: SEQUENCE { what is signed, how, BIT STRING }. @throws RangeError */
export function readSigned(der: Uint8Array): {
  toBeSigned: DerValue;
  algorithmIdentifier: Uint8Array;
  signature: Uint8Array;
} {
  const outer = readWhole(der);
  const [toBeSigned, algorithm, signature, ...rest] = readChildren(outer);
  if (
    outer.tag !== TAG.SEQUENCE ||
    toBeSigned?.tag !== TAG.SEQUENCE ||
    algorithm?.tag !== TAG.SEQUENCE ||
    rest.length > 0
  ) {
    throw new RangeError('not a signed structure');
  }
  if (signature?.tag !== TAG.BIT_STRING || signature.content[0] !== 0)
    throw new RangeError('signature is not whole bytes');
  return { toBeSigned, algorithmIdentifier: algorithm.raw, signature: signature.content.subarray(1) };
}

/** Hex of an INTEGER without leading zeros, so that serials of certificates and CRLs compare. */
export function serialHex(value: DerValue): string {
  if (value.content.length === 0) throw new RangeError('serial number without digits');
  const hex = Array.from(value.content, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^0+(?=.)/, '');
}

function readExtensions(field: DerValue | undefined): Pick<Certificate, 'extensions' | 'critical'> {
  const extensions = new Map<string, Uint8Array>();
  const critical = new Set<string>();
  const [list] = field ? readChildren(field) : [];
  for (const extension of list ? readChildren(list) : []) {
    const [type, ...rest] = readChildren(extension);
    const value = rest.at(-1);
    if (!type || value?.tag !== TAG.OCTET_STRING) throw new RangeError('extension without value');
    const name = readOid(type);
    if (extensions.has(name)) throw new RangeError(`extension ${name} occurs twice`);
    extensions.set(name, value.content);
    if (rest.length > 1 && rest[0]?.tag === TAG.BOOLEAN && rest[0].content[0] === 0xff) critical.add(name);
  }
  return { extensions, critical };
}

function readBasicConstraints(extension: Uint8Array | undefined): Pick<Certificate, 'isAuthority' | 'pathLength'> {
  if (!extension) return { isAuthority: false, pathLength: undefined };
  const [first, second] = readChildren(readWhole(extension));
  const isAuthority = first?.tag === TAG.BOOLEAN && first.content[0] === 0xff;
  const pathLength = second?.tag === TAG.INTEGER && second.content.length === 1 ? second.content[0] : undefined;
  if (second && pathLength === undefined) throw new RangeError('path length is not a small number');
  return { isAuthority, pathLength };
}

function readKeyUsage(extension: Uint8Array | undefined): number | undefined {
  if (!extension) return undefined;
  const bits = readWhole(extension);
  if (bits.tag !== TAG.BIT_STRING) throw new RangeError('keyUsage is not a BIT STRING');
  return bits.content[1] ?? 0;
}
