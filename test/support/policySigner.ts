import type { KeyObject } from 'node:crypto';
import { constants, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { writePem } from '../../enclave/asn1/pem.js';
import {
  certificateAuthority,
  notCertificateAuthority,
  writeCertificate,
} from '../../enclave/asn1/writeCertificate.js';

/** A key with its certificate that signs policies in tests. */
export interface TrialSigner {
  readonly name: string;
  readonly key: KeyObject;
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly keyPem: string;
  readonly certificatePem: string;
}

export interface TrialSignerRequest {
  readonly name?: string;
  readonly type?: 'rsa' | 'ec';
  readonly isAuthority?: boolean;
  /** Absent: self-signed. */
  readonly issuer?: TrialSigner;
  /** Milliseconds since 1970. */
  readonly notBefore?: number;
  readonly notAfter?: number;
}

export function trialSigner(now: number, request: TrialSignerRequest = {}): TrialSigner {
  const { name = 'policy signer', type = 'rsa', isAuthority = false, issuer } = request;
  const key =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const signingKey = issuer?.key ?? key;
  const certificate = writeCertificate({
    subject: { commonName: name },
    issuer: { commonName: issuer?.name ?? name },
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }),
    signWith: {
      algorithm: signingKey.asymmetricKeyType === 'rsa' ? 'sha256WithRSAEncryption' : 'ecdsa-with-SHA256',
      sign: (bytes) => sign('sha256', bytes, signingKey),
    },
    serial: Uint8Array.of(1, ...randomBytes(15)),
    notBefore: request.notBefore ?? now - 3_600_000,
    notAfter: request.notAfter ?? now + 86_400_000,
    extensions: [isAuthority ? certificateAuthority() : notCertificateAuthority()],
  });
  return {
    name,
    key,
    certificate,
    chain: [certificate, ...(issuer?.chain ?? [])],
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: writePem(certificate),
  };
}

const SALT = { RS256: undefined, RS384: undefined, PS256: 32, ES256: undefined } as const;

/** A compact JWS over the payload, which is JSON unless it is undefined; unsigned without a signer. */
export function trialJws(
  payload: unknown,
  signer?: TrialSigner,
  algorithm: keyof typeof SALT = signer?.key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256',
): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = payload === undefined ? '' : encode(payload);
  if (!signer) return `${encode({ alg: 'none' })}.${body}.`;
  const x5c = signer.chain.map((der) => Buffer.from(der).toString('base64'));
  const signed = Buffer.from(`${encode({ alg: algorithm, x5c })}.${body}`);
  const saltLength = SALT[algorithm];
  const signature = sign(algorithm === 'RS384' ? 'sha384' : 'sha256', signed, {
    key: signer.key,
    dsaEncoding: 'ieee-p1363',
    ...(saltLength !== undefined && { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  });
  return `${signed.toString()}.${signature.toString('base64url')}`;
}

/** The payload of a policy JWS. */
export function policyPayload(text: string) {
  return { AttestationPolicy: Buffer.from(text).toString('base64url') };
}

/** The payload of a request to add or remove a policy signer. */
export function certificatePayload(signer: TrialSigner) {
  return { policyCertificate: { kty: 'RSA', x5c: [Buffer.from(signer.certificate).toString('base64')] } };
}
