import { sign } from 'node:crypto';
import type { Claims } from '../../../enclave/results/evidenceClaims.js';
import { sortKeys } from '../../../enclave/results/evidenceClaims.js';
import type { SigningKey } from './signingKey.js';

export interface TokenContext {
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly lifetimeSeconds: number;
}

/** Of attestation results: 8 hours, as in Azure Attestation, where it cannot be configured. */
export const RESULT_SECONDS = 28_800;
/** Of answers about policies and signers. */
export const MANAGEMENT_SECONDS = 3600;

/** A compact JWS, RS256, with all names in alphabetical order as Azure Attestation writes them. */
export function signToken(claims: Claims, context: TokenContext, key: SigningKey): string {
  const signed = signingInput('RS256', claims, context, key);
  return `${signed}.${sign('sha256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
}

/**
 * What a draft policy would have issued. As from Azure, it names a real key, and algorithm none: nobody may accept it.
 */
export function unsignedToken(claims: Claims, context: TokenContext, key: SigningKey): string {
  return `${signingInput('none', claims, context, key)}.`;
}

function signingInput(alg: 'RS256' | 'none', claims: Claims, context: TokenContext, key: SigningKey): string {
  const { issuer, now, lifetimeSeconds } = context;
  const iat = Math.floor(now / 1000);
  const header = { alg, jku: `${issuer}/certs`, kid: key.keyId, typ: 'JWT' };
  return `${encode(header)}.${encode(sortKeys({ ...claims, exp: iat + lifetimeSeconds, iat, iss: issuer, nbf: iat }))}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
