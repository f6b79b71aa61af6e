import type { JsonWebKey } from 'node:crypto';
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { writePem } from '../../enclave/asn1/pem.js';
import { writeCertificate } from '../../enclave/asn1/writeCertificate.js';
import { TEST_NOW } from '../support/issuer.js';
import type { TokenIssuer } from '../support/tokens.js';
import { createTokenIssuer } from '../support/tokens.js';

/** Who signs the tokens of the vectors, and what they say. All keys live as long as the process. */
export interface TokenWorld {
  readonly issuer: TokenIssuer;
  /** Another key of the same issuer. */
  readonly other: TokenIssuer;
  readonly stranger: TokenIssuer;
  /** Whose certificate lies as PEM text inside another one. */
  readonly embedded: TokenIssuer;
  readonly pss: TokenIssuer;
  readonly elliptic: TokenIssuer;
  /** RSA of 1024 bits. */
  readonly small: TokenIssuer;
  /** Of an SGX enclave. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly tdxClaims: Readonly<Record<string, unknown>>;
  readonly snpClaims: Readonly<Record<string, unknown>>;
}

export const ISSUER = 'https://attestation.example';
/** Shares its key with {@link ISSUER}. */
export const OTHER_ISSUER = 'https://another.attestation.example';
export const LIFETIME_SECONDS = 28_800;

export function createTokenWorld(): TokenWorld {
  const rsa = () => createTokenIssuer({ issuer: ISSUER, algorithm: 'RS256' });
  const common = {
    iss: ISSUER,
    jti: '1d'.repeat(32),
    iat: TEST_NOW,
    nbf: TEST_NOW,
    exp: TEST_NOW + LIFETIME_SECONDS,
    'x-ms-ver': '1.0',
    'x-ms-policy-hash': 'pV6Cvs8ZgGR1zFGL',
  };
  return {
    issuer: rsa(),
    other: rsa(),
    stranger: rsa(),
    embedded: rsa(),
    pss: createTokenIssuer({ issuer: ISSUER, algorithm: 'PS256' }),
    elliptic: createTokenIssuer({ issuer: ISSUER, algorithm: 'ES256' }),
    small: createTokenIssuer({ issuer: ISSUER, algorithm: 'RS256', bits: 1024 }),
    claims: {
      ...common,
      'x-ms-attestation-type': 'sgx',
      'x-ms-sgx-is-debuggable': false,
      'x-ms-sgx-mrenclave': 'e1'.repeat(32),
      'x-ms-sgx-mrsigner': '51'.repeat(32),
      'x-ms-sgx-product-id': 1,
      'x-ms-sgx-svn': 3,
      'x-ms-sgx-report-data': 'da'.repeat(64),
    },
    tdxClaims: {
      ...common,
      'x-ms-attestation-type': 'tdxvm',
      attester_tcb_status: 'UpToDate',
      dbgstat: 'disabled',
      tdx_mrtd: 'e2'.repeat(48),
      tdx_report_data: 'da'.repeat(64),
      tdx_td_attributes_debug: false,
    },
    snpClaims: {
      ...common,
      'x-ms-attestation-type': 'sevsnpvm',
      'x-ms-sevsnpvm-is-debuggable': false,
      'x-ms-sevsnpvm-launchmeasurement': 'e3'.repeat(48),
      'x-ms-sevsnpvm-reportdata': 'da'.repeat(64),
    },
  };
}

/** One list of several issuers' keys. */
export function jwksOf(...issuers: readonly TokenIssuer[]): object {
  return { keys: issuers.flatMap(({ certifiedJwks }) => certifiedJwks.keys) };
}

export interface CertificateChange {
  /** Seconds since 1970. */
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Text in the extension where a quote belongs. */
  readonly inside?: string;
}

/** The issuer's key under its `kid`, in another certificate than its own. */
export function certifying({ bareJwks, kid }: TokenIssuer, change: CertificateChange): object {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = { commonName: ISSUER };
  const publicKey = createPublicKey({ key: bareJwks.keys[0] as JsonWebKey, format: 'jwk' });
  const certificate = writeCertificate({
    subject: name,
    issuer: name,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    signWith: { algorithm: 'ecdsa-with-SHA256', sign: (bytes) => sign('sha256', bytes, privateKey) },
    serial: randomBytes(16),
    notBefore: (change.notBefore ?? TEST_NOW - 86_400) * 1000,
    notAfter: (change.notAfter ?? TEST_NOW + 365 * 86_400) * 1000,
    extensions:
      change.inside === undefined ? [] : [{ oid: '1.3.6.1.4.1.311.105.1', value: Buffer.from(`\n${change.inside}`) }],
  });
  return { keys: [{ kid, kty: 'RSA', x5c: [Buffer.from(certificate).toString('base64')] }] };
}

export function pemOf({ certificate }: TokenIssuer): string {
  return writePem(certificate);
}
