import type { JWTPayload } from 'jose';
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose';
import type { TrustedIssuer } from '../appraisal/policy.js';
import { Refusal } from '../refusals.js';
import type { AttestationResult } from './attestationResult.js';
import { readClaims } from './claims.js';
import type { IssuerKey, IssuerKeys } from './issuerKeys.js';

export interface VerifyResultOptions {
  /** Who may be believed. */
  readonly issuers: readonly TrustedIssuer[];
  readonly getKeys: IssuerKeys;
  /** Seconds since 1970. */
  readonly now: number;
  /** How far the clocks of issuer and relying party may differ: 0 to 60 seconds. Absent means 0. */
  readonly leewaySeconds?: number;
}

/** Azure's tokens have about 4 KB. */
const MAXIMUM_TOKEN_CHARACTERS = 65_536;
const MAXIMUM_LEEWAY_SECONDS = 60;

/**
 * Is this attestation result genuine and in date? Whether it is acceptable is for `appraise`, and whether the peer holds
 * its key for the channel: the token alone proves nothing about who sent it.
 *
 * @param token a compact JWS in the format of Azure Attestation. The attacker holds all of it.
 * @throws Refusal RESULT_MALFORMED, RESULT_ISSUER_UNTRUSTED, RESULT_SIGNATURE_INVALID, RESULT_EXPIRED (also: not yet
 *   valid), or ISSUER_UNREACHABLE where the issuer's keys cannot be had.
 */
export async function verifyAttestationResult(token: string, options: VerifyResultOptions): Promise<AttestationResult> {
  const { now, leewaySeconds = 0 } = options;
  if (!(leewaySeconds >= 0 && leewaySeconds <= MAXIMUM_LEEWAY_SECONDS)) {
    throw new RangeError(`a leeway of ${leewaySeconds} seconds, not 0 to ${MAXIMUM_LEEWAY_SECONDS}`);
  }
  const { kid, claims } = readUnverified(token);
  const issuer = options.issuers.find((candidate) => candidate.issuer === claims.iss);
  if (!issuer) {
    throw new Refusal('RESULT_ISSUER_UNTRUSTED', `The issuer "${claims.iss.slice(0, 200)}" is not on the list.`);
  }
  const issuerKey = await options.getKeys.find(issuer, kid);
  requireInDate(issuerKey, now);
  await verifySignature(token, issuer, issuerKey);
  // From here on the claims are the issuer's: they were read from the bytes that the signature covers.
  requireInTime(claims, now, leewaySeconds);
  return readClaims(claims, token);
}

type Claims = JWTPayload & { readonly iss: string };

/** Header and claims, of which only `kid` and `iss` are used before the signature is verified: to choose a configured key. */
function readUnverified(token: string): { kid: string; claims: Claims } {
  if (typeof token !== 'string' || token.length > MAXIMUM_TOKEN_CHARACTERS || token.split('.').length !== 3) {
    throw new Refusal(
      'RESULT_MALFORMED',
      `The attestation result is not a compact JWS of at most ${MAXIMUM_TOKEN_CHARACTERS} characters.`,
    );
  }
  let header: ReturnType<typeof decodeProtectedHeader>;
  let claims: JWTPayload;
  try {
    header = decodeProtectedHeader(token);
    claims = decodeJwt(token);
  } catch (cause) {
    throw new Refusal('RESULT_MALFORMED', 'The attestation result is not a JWT.', { cause });
  }
  // Azure itself issues "none" for draft policies, with a real kid.
  if (header.alg !== 'RS256') {
    throw new Refusal(
      'RESULT_SIGNATURE_INVALID',
      `The attestation result is signed with "${String(header.alg).slice(0, 16)}", not RS256.`,
    );
  }
  if (header.crit !== undefined)
    throw new Refusal('RESULT_MALFORMED', 'The attestation result has critical header fields.');
  const { iss } = claims;
  if (typeof header.kid !== 'string' || typeof iss !== 'string') {
    throw new Refusal('RESULT_MALFORMED', 'The attestation result names no key or no issuer.');
  }
  return { kid: header.kid, claims: { ...claims, iss } };
}

function requireInDate(issuerKey: IssuerKey, now: number): void {
  if (now * 1000 >= issuerKey.notBefore && now * 1000 <= issuerKey.notAfter) return;
  throw new Refusal(
    'RESULT_SIGNATURE_INVALID',
    `The issuer's certificate for key "${issuerKey.kid.slice(0, 64)}" is not in date.`,
  );
}

async function verifySignature(token: string, issuer: TrustedIssuer, { key, kid }: IssuerKey): Promise<void> {
  try {
    await compactVerify(token, key, { algorithms: ['RS256'] });
  } catch (cause) {
    const what = `The signature does not verify with key "${kid.slice(0, 64)}" of ${issuer.issuer}.`;
    throw new Refusal('RESULT_SIGNATURE_INVALID', what, { cause });
  }
}

/** nbf - leeway <= now < exp + leeway, and not issued in the future. */
function requireInTime({ exp, nbf, iat }: Claims, now: number, leewaySeconds: number): void {
  if (!isTime(exp) || !isTime(nbf) || !isTime(iat)) {
    throw new Refusal('RESULT_MALFORMED', 'The attestation result lacks exp, nbf or iat.');
  }
  if (now >= exp + leewaySeconds) throw new Refusal('RESULT_EXPIRED', 'The attestation result has expired.');
  if (now < Math.max(nbf, iat) - leewaySeconds) {
    throw new Refusal('RESULT_EXPIRED', 'The attestation result is not yet valid.');
  }
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
