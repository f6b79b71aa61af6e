import type { KeyObject } from 'node:crypto';
import { constants, createHash, verify, X509Certificate } from 'node:crypto';
import { writePem } from '../../../enclave/asn1/pem.js';
import { ProtocolRefusal } from './azureError.js';
import type { CompactJws } from './compactJws.js';

/** Who signed a policy or a change of signers: the chain that came with it, leaf first. */
export interface PolicySigner {
  readonly algorithm: SigningAlgorithm;
  /** DER, as in `x5c`. */
  readonly certificates: readonly Uint8Array[];
}

/** RFC 7518, 3.1. No others: an algorithm that is named by the sender must not be one that weakens the key. */
const ALGORITHMS = {
  RS256: { hash: 'sha256', type: 'rsa' },
  RS384: { hash: 'sha384', type: 'rsa' },
  RS512: { hash: 'sha512', type: 'rsa' },
  PS256: { hash: 'sha256', type: 'rsa', saltLength: 32 },
  PS384: { hash: 'sha384', type: 'rsa', saltLength: 48 },
  PS512: { hash: 'sha512', type: 'rsa', saltLength: 64 },
  ES256: { hash: 'sha256', type: 'ec', curve: 'prime256v1' },
  ES384: { hash: 'sha384', type: 'ec', curve: 'secp384r1' },
} as const;
export type SigningAlgorithm = keyof typeof ALGORITHMS;

const MAXIMUM_CHAIN = 6;
const MAXIMUM_CERTIFICATE_CHARACTERS = 16_384;
const MINIMUM_RSA_BITS = 2048;

/**
 * Who signed it, where it is signed at all: the key is that of the first certificate in its own `x5c`, so that the answer
 * says who it was and not whether they may.
 *
 * @param now milliseconds since 1970.
 * @returns undefined for an unsigned one, which is `alg` none with an empty signature and nothing else.
 * @throws ProtocolRefusal POLICY_SIGNATURE_INVALID
 */
export function signerOf(jws: CompactJws, now: number): PolicySigner | undefined {
  const { alg } = jws.header;
  if (alg === 'none') {
    if (jws.signature.length > 0) throw wrong('the algorithm is none and yet there is a signature');
    return undefined;
  }
  if (jws.header.crit !== undefined) throw wrong('it has critical header fields');
  if (typeof alg !== 'string' || !Object.hasOwn(ALGORITHMS, alg))
    throw wrong(`the algorithm is none of ${Object.keys(ALGORITHMS).join(', ')}`);
  const algorithm = alg as SigningAlgorithm;
  const certificates = chainIn(jws.header);
  const chain = certificates.map(certificateOf);
  requireChain(chain, now);
  const [leaf] = chain;
  if (!leaf || !verifies(jws, algorithm, leaf.publicKey)) throw wrong('the signature does not verify');
  return { algorithm, certificates };
}

/**
 * Whether the signer is one of these certificates, or its chain ends in or under one of them.
 *
 * @param now milliseconds since 1970.
 * @throws ProtocolRefusal POLICY_SIGNATURE_INVALID
 */
export function requireTrustedSigner(signer: PolicySigner, trusted: readonly Uint8Array[], now: number): void {
  const anchors = trusted.map((der) => ({ der, certificate: certificateOf(der) }));
  const isAnchor = (der: Uint8Array) => anchors.some((anchor) => Buffer.from(anchor.der).equals(der));
  if (signer.certificates.some(isAnchor)) return;
  const last = certificateOf(signer.certificates.at(-1) ?? new Uint8Array());
  const vouched = anchors.some(({ certificate }) => {
    if (!certificate.ca || !inDate(certificate, now)) return false;
    return last.checkIssued(certificate) && last.verify(certificate.publicKey);
  });
  if (!vouched) throw wrong('its signer is not one of the policy management certificates of this service');
}

/** A public key as this protocol writes it: inside its certificates. */
export function jwkOf({ algorithm, certificates }: PolicySigner) {
  return {
    alg: algorithm,
    kty: ALGORITHMS[algorithm].type === 'rsa' ? 'RSA' : 'EC',
    use: 'sig',
    x5c: certificates.map((der) => Buffer.from(der).toString('base64')),
  };
}

/** @throws ProtocolRefusal POLICY_SIGNATURE_INVALID where no key of it can be used here. */
export function signerOfCertificate(der: Uint8Array): PolicySigner {
  const { asymmetricKeyType, asymmetricKeyDetails } = certificateOf(der).publicKey;
  if (asymmetricKeyType === 'rsa') return { algorithm: 'RS256', certificates: [der] };
  const algorithm = asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'ES384' : 'ES256';
  return { algorithm, certificates: [der] };
}

/** Hex of SHA-1, as Azure names certificates; nothing rests on it. */
export function thumbprintOf(der: Uint8Array): string {
  return createHash('sha1').update(der).digest('hex').toUpperCase();
}

/** The certificates of a JWK's or a header's `x5c`; some clients send the whole JWK in the header. */
export function chainIn(holder: Readonly<Record<string, unknown>>): readonly Uint8Array[] {
  const jwk = holder.jwk as { x5c?: unknown } | undefined | null;
  const x5c: unknown = holder.x5c ?? jwk?.x5c;
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > MAXIMUM_CHAIN)
    throw wrong(`x5c does not hold 1 to ${MAXIMUM_CHAIN} certificates`);
  return x5c.map((entry: unknown) => {
    // Clients have sent base64url, and base64 without padding.
    const isText = typeof entry === 'string' && entry.length <= MAXIMUM_CERTIFICATE_CHARACTERS;
    if (!isText || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(entry)) throw wrong('x5c holds something else than base64');
    return Buffer.from(entry, 'base64');
  });
}

/** As PEM: Node reads DER as PEM first, and then answers a certificate that is embedded in it. */
function certificateOf(der: Uint8Array): X509Certificate {
  try {
    const certificate = new X509Certificate(writePem(der));
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
    const isStrong =
      (type === 'rsa' && (details?.modulusLength ?? 0) >= MINIMUM_RSA_BITS) ||
      (type === 'ec' && ['prime256v1', 'secp384r1'].includes(details?.namedCurve ?? ''));
    if (isStrong) return certificate;
  } catch (cause) {
    throw wrong('a certificate in x5c cannot be read', cause);
  }
  throw wrong('a certificate in x5c has neither an RSA key of 2048 bits nor one of P-256 or P-384');
}

function requireChain(chain: readonly X509Certificate[], now: number): void {
  chain.forEach((certificate, position) => {
    if (!inDate(certificate, now)) throw wrong(`certificate ${position} of its chain is not in date`);
    const issuer = chain[position + 1];
    if (!issuer) return;
    if (!issuer.ca) throw wrong(`certificate ${position + 1} of its chain is not a CA`);
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
      throw wrong(`certificate ${position} of its chain is not signed by the next`);
  });
}

function inDate(certificate: X509Certificate, now: number): boolean {
  return Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
}

function verifies(jws: CompactJws, algorithm: SigningAlgorithm, publicKey: KeyObject): boolean {
  const rules = ALGORITHMS[algorithm];
  if (publicKey.asymmetricKeyType !== rules.type) return false;
  if (rules.type === 'ec') {
    if (publicKey.asymmetricKeyDetails?.namedCurve !== rules.curve) return false;
    return verify(rules.hash, jws.signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, jws.signature);
  }
  const padding =
    'saltLength' in rules
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: rules.saltLength }
      : { padding: constants.RSA_PKCS1_PADDING };
  return verify(rules.hash, jws.signed, { key: publicKey, ...padding }, jws.signature);
}

/** Azure calls a wrong signer chain a wrong parameter. */
function wrong(why: string, cause?: unknown): ProtocolRefusal {
  return new ProtocolRefusal('InvalidParameter', 'POLICY_SIGNATURE_INVALID', `The token is not accepted: ${why}.`, {
    cause,
  });
}
