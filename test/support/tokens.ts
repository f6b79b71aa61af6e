import type { KeyObject } from 'node:crypto';
import { constants, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { JWK } from 'jose';
import type { TrustedIssuer } from '../../enclave/appraisal/policy.js';
import { writeCertificate } from '../../enclave/asn1/writeCertificate.js';
import type { ResultFormat } from '../../enclave/results/resultFormat.js';
import type { TokenAlgorithm } from '../../enclave/results/tokenSignatures.js';
import { TEST_NOW } from './issuer.js';

/** An issuer of tokens in any format and with any algorithm: it signs whatever a test wants said. */
export interface TokenIssuer {
  readonly trusted: TrustedIssuer;
  readonly kid: string;
  /** The key as `n` and `e`, or `x` and `y`. */
  readonly bareJwks: { readonly keys: readonly JWK[] };
  /** The key as a certificate. */
  readonly certifiedJwks: { readonly keys: readonly JWK[] };
  /** DER of that certificate. */
  readonly certificate: Uint8Array;
  /** A compact JWS. `header` is added to alg, kid and typ, and removes what it sets to undefined. */
  sign(claims: unknown, header?: Readonly<Record<string, unknown>>): string;
}

export interface TokenIssuerOptions {
  readonly issuer?: string;
  readonly format?: ResultFormat;
  readonly algorithm: TokenAlgorithm;
  readonly bits?: number;
}

export function createTokenIssuer({ algorithm, ...options }: TokenIssuerOptions): TokenIssuer {
  const issuer = options.issuer ?? 'https://issuer.example';
  const { privateKey, publicKey } = keyPair(algorithm, options.bits ?? 2048);
  const kid = randomBytes(8).toString('hex');
  const name = { commonName: issuer };
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const certificate = writeCertificate({
    subject: name,
    issuer: name,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    signWith: { algorithm: 'ecdsa-with-SHA256', sign: (bytes) => sign('sha256', bytes, authority) },
    serial: randomBytes(16),
    notBefore: (TEST_NOW - 86_400) * 1000,
    notAfter: (TEST_NOW + 365 * 86_400) * 1000,
  });
  const jwk = publicKey.export({ format: 'jwk' }) as JWK;
  const format = options.format ?? 'azure';
  return {
    trusted: {
      issuer,
      jwksUri: `${issuer}/certs`,
      format,
      ...(format === 'ear' && { algorithm }),
    },
    kid,
    bareJwks: { keys: [{ ...jwk, kid }] },
    certifiedJwks: { keys: [{ kid, kty: jwk.kty ?? '', x5c: [Buffer.from(certificate).toString('base64')] }] },
    certificate,
    sign: (claims, header = {}) => {
      const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const signed = `${encode({ alg: algorithm, kid, typ: 'JWT', ...header })}.${encode(claims)}`;
      return `${signed}.${signatureOf(signed, algorithm, privateKey).toString('base64url')}`;
    },
  };
}

function keyPair(algorithm: TokenAlgorithm, bits: number): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'ES384') return generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return generateKeyPairSync('rsa', { modulusLength: bits });
}

function signatureOf(text: string, algorithm: TokenAlgorithm, key: KeyObject): Buffer {
  const hash = `sha${algorithm.slice(2)}`;
  const data = Buffer.from(text);
  if (algorithm.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  if (algorithm.startsWith('RS')) return sign(hash, data, key);
  return sign(hash, data, {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}

/** The same token with one part of its header, before it is signed again by nobody: the signature no longer fits. */
export function withHeader(token: string, change: Readonly<Record<string, unknown>>): string {
  const [header = '', ...rest] = token.split('.');
  const changed = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), ...change };
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.');
}
