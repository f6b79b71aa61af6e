import type { Certificate } from '../asn1/certificate.js';
import { readCertificate } from '../asn1/certificate.js';
import { readPem } from '../asn1/pem.js';
import { KEY_USAGE } from '../asn1/writeCertificate.js';
import { equalBytes } from '../bytes.js';
import type { Primitives } from './primitives.js';
import { isSignedBy } from './signedStructure.js';
import type { TrustRoot } from './trustRoot.js';

/** leaf, CA, root; one more is room for a vendor’s change of mind. */
const MAXIMUM_CERTIFICATES = 4;

/** basicConstraints, keyUsage, CRL distribution points, key identifiers: all that our chains use, all of it understood. */
const UNDERSTOOD = new Set(['2.5.29.19', '2.5.29.15', '2.5.29.31', '2.5.29.14', '2.5.29.35']);

/**
 * Reads a PEM chain, leaf first. NUL bytes and white space around the blocks are tolerated.
 *
 * @throws RangeError where a certificate cannot be read, or there are too many; no certificate at all is an empty list.
 */
export function readChain(pem: string): Certificate[] {
  const blocks = readPem(pem);
  if (blocks.length > MAXIMUM_CERTIFICATES) throw new RangeError(`chain of ${blocks.length} certificates`);
  return blocks.map(readCertificate);
}

/** What can be wrong with a chain. */
export const CHAIN_REASONS = [
  'cert-expired',
  'leaf-is-ca',
  'not-ca',
  'pathlen',
  'critical-extension',
  'issuer-name',
  'cert-signature',
  'untrusted-root',
] as const;

export type ChainReason = (typeof CHAIN_REASONS)[number];

export interface ChainOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly trustRoots: readonly TrustRoot[];
  readonly primitives: Primitives;
}

/** Every failed check of a chain, leaf first, up to a pinned root (RFC 5280, 6.1, as far as these chains need it). */
export function chainFailures(chain: readonly Certificate[], options: ChainOptions): ChainReason[] {
  const failures = chain.flatMap((_, position) => certificateFailures(chain, position, options));
  if (!rootOf(chain, options.trustRoots)) failures.push('untrusted-root');
  return failures;
}

/** Every failed check of one certificate of a chain; the last one is its own issuer. */
export function certificateFailures(
  chain: readonly Certificate[],
  position: number,
  { now, primitives }: Pick<ChainOptions, 'now' | 'primitives'>,
): ChainReason[] {
  const certificate = chain[position];
  if (!certificate) throw new RangeError(`no certificate ${position} in a chain of ${chain.length}`);
  const issuer = chain[position + 1] ?? certificate;
  const failures: ChainReason[] = [];
  if (now < certificate.notBefore || now > certificate.notAfter) failures.push('cert-expired');
  failures.push(...authorityFailures(certificate, position));
  if ([...certificate.critical].some((extension) => !UNDERSTOOD.has(extension))) failures.push('critical-extension');
  if (!equalBytes(certificate.issuer, issuer.subject)) failures.push('issuer-name');
  if (!isSignedBy(certificate, issuer.publicKey, primitives)) failures.push('cert-signature');
  return failures;
}

/** The pinned root that a chain ends in; whether the chain is sound is another question. */
export function rootOf(chain: readonly Certificate[], trustRoots: readonly TrustRoot[]): TrustRoot | undefined {
  const last = chain.at(-1);
  return last && trustRoots.find((root) => equalBytes(root.publicKey, last.publicKey));
}

/** Only the leaf is not a CA, and every CA allows as many below it as there are. */
function authorityFailures(certificate: Certificate, position: number): ChainReason[] {
  const { isAuthority, pathLength, keyUsage } = certificate;
  if (position === 0) return isAuthority ? ['leaf-is-ca'] : [];
  const failures: ChainReason[] = [];
  const maySign = keyUsage === undefined || (keyUsage & KEY_USAGE.keyCertSign) !== 0;
  if (!isAuthority || !maySign) failures.push('not-ca');
  if (pathLength !== undefined && pathLength < position - 1) failures.push('pathlen');
  return failures;
}
