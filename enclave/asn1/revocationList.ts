import type { DerValue } from './der.js';
import { integer, readChildren, readTime, sequence, TAG, time } from './der.js';
import { readSigned, serialHex } from './certificate.js';
import type { Name } from './name.js';
import { writeName } from './name.js';
import type { CertificateSigner } from './writeCertificate.js';
import { signatureAlgorithm, signed } from './writeCertificate.js';

/** A certificate revocation list (RFC 5280, 5.1). Reading decides nothing: no signature, no date. */
export interface RevocationList {
  readonly toBeSigned: Uint8Array;
  /** Raw DER. */
  readonly issuer: Uint8Array;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  /** Absent where the list does not say when the next one comes. */
  readonly nextUpdate: number | undefined;
  /** Serial numbers, hex without leading zeros. */
  readonly serials: ReadonlySet<string>;
  /** AlgorithmIdentifier, raw DER. */
  readonly algorithmIdentifier: Uint8Array;
  readonly signature: Uint8Array;
}

/** @throws RangeError where the bytes are not one CRL, whole. */
export function readRevocationList(der: Uint8Array): RevocationList {
  const { toBeSigned, algorithmIdentifier, signature } = readSigned(der);
  const fields = readChildren(toBeSigned);
  if (fields[0]?.tag === TAG.INTEGER) fields.shift();
  const [, issuer, thisUpdate, ...rest] = fields;
  if (issuer?.tag !== TAG.SEQUENCE || !thisUpdate) throw new RangeError('CRL fields are not in their places');
  const nextUpdate = rest[0] && isTime(rest[0]) ? rest.shift() : undefined;
  const revoked = rest[0]?.tag === TAG.SEQUENCE ? readChildren(rest[0]) : [];
  return {
    toBeSigned: toBeSigned.raw,
    issuer: issuer.raw,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: nextUpdate && readTime(nextUpdate),
    serials: new Set(revoked.map(revokedSerial)),
    algorithmIdentifier,
    signature,
  };
}

function isTime(value: DerValue): boolean {
  return value.tag === TAG.UTC_TIME || value.tag === TAG.GENERALIZED_TIME;
}

function revokedSerial(entry: DerValue): string {
  const [serial] = readChildren(entry);
  if (serial?.tag !== TAG.INTEGER) throw new RangeError('CRL entry without serial number');
  return serialHex(serial);
}

export interface RevocationListContent {
  readonly issuer: Name;
  readonly signWith: CertificateSigner;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  /** Absent: the list does not say when the next one comes. */
  readonly nextUpdate?: number | undefined;
  /** Serial numbers, big-endian. */
  readonly revoked?: readonly Uint8Array[];
}

/** A version 2 CRL, DER. */
export function writeRevocationList(content: RevocationListContent): Uint8Array {
  const entries = (content.revoked ?? []).map((serial) => sequence(integer(serial), time(content.thisUpdate)));
  const toBeSigned = sequence(
    integer(1),
    signatureAlgorithm(content.signWith),
    writeName(content.issuer),
    time(content.thisUpdate),
    ...(content.nextUpdate === undefined ? [] : [time(content.nextUpdate)]),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
  );
  return signed(toBeSigned, content.signWith);
}
