import { bitString, boolean, integer, octetString, oid, sequence, time, writeDer, TAG } from './der.js';
import type { Name } from './name.js';
import { writeName } from './name.js';

/** Who signs, and how. The key never comes here: `sign` is called once with the bytes to sign. */
export interface CertificateSigner {
  readonly algorithm: 'ecdsa-with-SHA256' | 'sha256WithRSAEncryption' | 'RSASSA-PSS-SHA384';
  /** Answers what goes into the certificate: for ECDSA the DER form, which node:crypto makes by default. */
  sign(toBeSigned: Uint8Array): Uint8Array;
}

export interface CertificateExtension {
  readonly oid: string;
  /** Absent means false. */
  readonly critical?: boolean;
  /** The DER inside the extension's OCTET STRING. */
  readonly value: Uint8Array;
}

export interface CertificateContent {
  readonly subject: Name;
  readonly issuer: Name;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly signWith: CertificateSigner;
  /** Big-endian, up to 20 bytes; unique per issuer. */
  readonly serial: Uint8Array;
  /** Milliseconds since 1970; whole seconds are kept. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions?: readonly CertificateExtension[];
}

/** An X.509 v3 certificate, DER (RFC 5280, 4.1). */
export function writeCertificate(content: CertificateContent): Uint8Array {
  const version = writeDer(0xa0, integer(2));
  const extensions = (content.extensions ?? []).map(writeExtension);
  const toBeSigned = sequence(
    version,
    integer(content.serial),
    signatureAlgorithm(content.signWith),
    writeName(content.issuer),
    sequence(time(content.notBefore), time(content.notAfter)),
    writeName(content.subject),
    content.publicKey,
    ...(extensions.length > 0 ? [writeDer(0xa3, sequence(...extensions))] : []),
  );
  return signed(toBeSigned, content.signWith);
}

/** SEQUENCE { what is signed, how, BIT STRING }: the frame of certificates and of CRLs. */
export function signed(toBeSigned: Uint8Array, signer: CertificateSigner): Uint8Array {
  return sequence(toBeSigned, signatureAlgorithm(signer), bitString(signer.sign(toBeSigned)));
}

const ALGORITHM = {
  'ecdsa-with-SHA256': sequence(oid('1.2.840.10045.4.3.2')),
  sha256WithRSAEncryption: sequence(oid('1.2.840.113549.1.1.11'), writeDer(TAG.NULL)),
  'RSASSA-PSS-SHA384': pssAlgorithm(oid('2.16.840.1.101.3.4.2.2'), 48),
};

/** RFC 4055, 3.1: digest, the same digest in MGF1, bytes of salt. */
function pssAlgorithm(digest: Uint8Array, saltBytes: number): Uint8Array {
  const hash = sequence(digest, writeDer(TAG.NULL));
  const parameters = sequence(
    writeDer(0xa0, hash),
    writeDer(0xa1, sequence(oid('1.2.840.113549.1.1.8'), hash)),
    writeDer(0xa2, integer(saltBytes)),
  );
  return sequence(oid('1.2.840.113549.1.1.10'), parameters);
}

/** AlgorithmIdentifier. */
export function signatureAlgorithm(signer: CertificateSigner): Uint8Array {
  return ALGORITHM[signer.algorithm];
}

export function writeExtension(extension: CertificateExtension): Uint8Array {
  const critical = extension.critical === true ? [boolean(true)] : [];
  return sequence(oid(extension.oid), ...critical, octetString(extension.value));
}

/** basicConstraints. `pathLength`: how many CAs may stand between this one and a leaf; absent means any number. */
export function certificateAuthority(pathLength?: number): CertificateExtension {
  const limit = pathLength === undefined ? [] : [integer(pathLength)];
  return { oid: '2.5.29.19', critical: true, value: sequence(boolean(true), ...limit) };
}

export function notCertificateAuthority(): CertificateExtension {
  return { oid: '2.5.29.19', critical: true, value: sequence() };
}

/** Bits of keyUsage, RFC 5280, 4.2.1.3. */
export const KEY_USAGE = { digitalSignature: 0x80, keyCertSign: 0x04, cRLSign: 0x02 } as const;

export function keyUsage(...usages: (keyof typeof KEY_USAGE)[]): CertificateExtension {
  const bits = usages.reduce((sum, usage) => sum | KEY_USAGE[usage], 0);
  const unused = Math.log2(bits & -bits);
  return { oid: '2.5.29.15', critical: true, value: writeDer(TAG.BIT_STRING, Uint8Array.of(unused, bits)) };
}

/** subjectAltName of one URI. */
export function alternativeUri(uri: string): CertificateExtension {
  return { oid: '2.5.29.17', value: sequence(writeDer(0x86, new TextEncoder().encode(uri))) };
}
