import type { KeyObject } from 'node:crypto';
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { JWK } from 'jose';
import type { AppraisalPolicy, TrustedIssuer } from '../../enclave/appraisal/policy.js';
import { writeCertificate } from '../../enclave/asn1/writeCertificate.js';
import type { Credential } from '../../enclave/channel/credential.js';
import { makeCredential } from '../../enclave/channel/credential.js';
import { fixedIssuerKeys } from '../../enclave/results/issuerKeys.js';
import type { IssuerKeys } from '../../enclave/results/issuerKeys.js';

/** An attestation service without evidence: it signs whatever a test claims, in Azure's format, with a key of its own. */
export interface TestIssuer {
  readonly trusted: TrustedIssuer;
  readonly jwks: { readonly keys: readonly { kid: string; kty: string; x5c: string[] }[] };
  readonly keys: IssuerKeys;
  /** A token for these keys; `change` replaces claims, and removes those that it sets to undefined. */
  issue(keys: readonly JWK[], change?: Readonly<Record<string, unknown>>): string;
}

export const TEST_NOW = 1_800_000_000;

export function createTestIssuer(
  issuer = 'https://attestation.example',
  options: { bits?: number; notAfter?: number } = {},
): TestIssuer {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: options.bits ?? 2048 });
  const name = { commonName: issuer };
  const certificate = writeCertificate({
    subject: name,
    issuer: name,
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    signWith: { algorithm: 'sha256WithRSAEncryption', sign: (bytes) => sign('sha256', bytes, privateKey) },
    serial: randomBytes(16),
    notBefore: (TEST_NOW - 86_400) * 1000,
    notAfter: options.notAfter ?? (TEST_NOW + 10 * 365 * 86_400) * 1000,
  });
  const kid = randomBytes(8).toString('hex');
  const jwks = { keys: [{ kid, kty: 'RSA', x5c: [Buffer.from(certificate).toString('base64')] }] };
  return {
    trusted: { issuer, jwksUri: `${issuer}/certs` },
    jwks,
    keys: fixedIssuerKeys(jwks),
    issue: (keys, change = {}) => {
      const claims = { ...claimsOf(keys), iss: issuer, ...change };
      const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const signed = `${encode({ alg: 'RS256', kid, typ: 'JWT' })}.${encode(claims)}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
    },
  };
}

/** A measurement for tests: the name's bytes, padded. */
export function measurementOf(enclave: string): string {
  return Buffer.from(enclave).toString('hex').padEnd(64, '0');
}

function claimsOf(keys: readonly JWK[]): Record<string, unknown> {
  return {
    jti: randomBytes(32).toString('hex'),
    iat: TEST_NOW,
    nbf: TEST_NOW,
    exp: TEST_NOW + 28_800,
    'x-ms-ver': '1.0',
    'x-ms-attestation-type': 'sgx',
    'x-ms-sgx-is-debuggable': false,
    'x-ms-sgx-mrenclave': measurementOf('patient'),
    'x-ms-sgx-mrsigner': '51'.repeat(32),
    'x-ms-sgx-product-id': 1,
    'x-ms-sgx-svn': 1,
    'x-ms-sgx-report-data': '00'.repeat(64),
    'x-ms-runtime': { keys },
  };
}

/** A P-256 pair: the private key, and the public JWK as it stands in runtime data. */
export function createEnclaveKey(kid: string): { privateKey: KeyObject; jwk: JWK } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, jwk: { ...(publicKey.export({ format: 'jwk' }) as JWK), kid } };
}

/** What the enclave of this name would show: its own key, and a token for it. */
export function createTestCredential(
  issuer: TestIssuer,
  enclave: string,
  change: Readonly<Record<string, unknown>> = {},
): { credential: Credential; token: string; privateKey: KeyObject } {
  const { privateKey, jwk } = createEnclaveKey('tls');
  const token = issuer.issue([jwk], { 'x-ms-sgx-mrenclave': measurementOf(enclave), ...change });
  return { credential: credentialOf(privateKey, token), token, privateKey };
}

export function credentialOf(key: KeyObject, token: string, expiresAt = TEST_NOW + 28_800): Credential {
  return makeCredential({ key, token, expiresAt, now: TEST_NOW, serial: randomBytes(16) });
}

export const testPolicy: AppraisalPolicy = {
  name: 'component',
  description: 'Any of the enclaves of a test.',
  enclaves: ['gateway', 'patient', 'inference'],
  teeTypes: ['sgx'],
  tcbStatuses: ['UpToDate'],
  acceptsDebug: false,
  acceptsSimulated: false,
  maximumAgeSeconds: 28_800,
  recipientChannels: [],
  notice: null,
};

export const testReferenceValues = Object.fromEntries(
  ['gateway', 'patient', 'inference', 'attestation'].map((name) => [name, [{ measurement: measurementOf(name) }]]),
);
