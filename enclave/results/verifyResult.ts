import type { TrustedIssuer } from '../appraisal/policy.js';
import { hexOf } from '../bytes.js';
import { Refusal } from '../refusals.js';
import type { AttestationResult } from './attestationResult.js';
import type { Claims } from './claimFields.js';
import { malformed } from './claimFields.js';
import type { TokenTimes } from './claims.js';
import { readClaims, readTimes } from './claims.js';
import type { CompactJws, KnownHeaders } from './compactJws.js';
import { readCompactJws, rememberHeader } from './compactJws.js';
import { algorithmOf, formatOf } from './issuerFormat.js';
import type { IssuerKey, IssuerKeys } from './issuerKeys.js';
import type { ResultFormat } from './resultFormat.js';

export interface VerifyResultOptions {
  /** Who may be believed. */
  readonly issuers: readonly TrustedIssuer[];
  readonly getKeys: IssuerKeys;
  /** Seconds since 1970. */
  readonly now: number;
  /** How far the clocks of issuer and relying party may differ: 0 to 60 seconds. Absent means 0. */
  readonly leewaySeconds?: number;
  /** Spares the reading of headers that were seen before. */
  readonly knownHeaders?: KnownHeaders;
}

/** A result, and the key that vouches for it. */
export interface VerifiedResult {
  readonly result: AttestationResult;
  readonly issuerKey: IssuerKey;
}

const MAXIMUM_LEEWAY_SECONDS = 60;

/**
 * Is this attestation result genuine and in date? Whether it is acceptable is for `appraise`, and whether the peer holds
 * its key for the channel: the token alone proves nothing about who sent it.
 *
 * @param token a compact JWS in the format that its issuer is configured with. The attacker holds all of it.
 * @throws Refusal RESULT_MALFORMED, RESULT_ISSUER_UNTRUSTED, RESULT_SIGNATURE_INVALID, RESULT_EXPIRED (also: not yet
 *   valid), or ISSUER_UNREACHABLE where the issuer's keys cannot be had.
 */
export async function verifyAttestationResult(token: string, options: VerifyResultOptions): Promise<AttestationResult> {
  return (await verifyWithKey(token, options)).result;
}

/** As {@link verifyAttestationResult}; also says which key vouches for it, for whoever remembers the verdict. */
export async function verifyWithKey(token: string, options: VerifyResultOptions): Promise<VerifiedResult> {
  const { getKeys, issuers, knownHeaders, leewaySeconds = 0, now } = options;
  requireLeeway(leewaySeconds);
  const jws = readCompactJws(token, knownHeaders);
  // Only iss and kid are used before the signature is verified: to choose a configured key.
  const issuer = findIssuer(issuers, jws.claims.iss);
  requireAlgorithm(jws, issuer);
  const issuerKey = await getKeys.find(issuer, jws.header.kid);
  requireKeyInDate(issuerKey, now);
  const isIts = issuerKey.verify(jws.signingInput, jws.signature);
  // Where the platform answers at once, nothing is waited for.
  if (!(typeof isIts === 'boolean' ? isIts : await isIts.catch(() => false)))
    throw wrongSignature(issuer, issuerKey.kid);
  if (knownHeaders) rememberHeader(knownHeaders, jws);
  // From here on the claims are the issuer's: they were read from the bytes that the signature covers.
  const { claims } = jws;
  const format = formatOf(issuer);
  const times = readTimes(claims, format);
  requireInTime(times, now, leewaySeconds);
  const id = readId(claims, format) ?? (await digestOf(jws));
  const result = readClaims(
    { id, issuer: issuer.issuer, format, times, attestedIssuer: issuerKey.attested, token },
    claims,
  );
  return { result, issuerKey };
}

/** @throws RangeError */
export function requireLeeway(leewaySeconds: number): void {
  if (leewaySeconds >= 0 && leewaySeconds <= MAXIMUM_LEEWAY_SECONDS) return;
  throw new RangeError(`a leeway of ${leewaySeconds} seconds, not 0 to ${MAXIMUM_LEEWAY_SECONDS}`);
}

/**
 * `iss` must be a configured issuer's. EAR has no `iss` as a rule: such a token can only be of the one EAR issuer there
 * is, and where there are several it cannot be told whose it claims to be.
 */
function findIssuer(issuers: readonly TrustedIssuer[], iss: unknown): TrustedIssuer {
  if (iss === undefined) {
    const [only, another] = issuers.filter((candidate) => formatOf(candidate) === 'ear');
    if (only && !another) return only;
    throw malformed('it names no issuer');
  }
  if (typeof iss !== 'string') throw malformed('it names no issuer');
  const issuer = issuers.find((candidate) => candidate.issuer === iss);
  if (issuer) return issuer;
  throw new Refusal('RESULT_ISSUER_UNTRUSTED', `The issuer "${iss.slice(0, 200)}" is not on the list.`);
}

function requireAlgorithm({ header }: CompactJws, issuer: TrustedIssuer): void {
  const expected = algorithmOf(issuer);
  if (header.algorithm !== expected) {
    const what = `The attestation result is signed with ${header.algorithm}; ${issuer.issuer} signs with ${expected}.`;
    throw new Refusal('RESULT_SIGNATURE_INVALID', what);
  }
  if (header.kid === undefined && formatOf(issuer) !== 'ear') throw malformed('it names no key');
}

function requireKeyInDate(issuerKey: IssuerKey, now: number): void {
  if (isKeyInDate(issuerKey, now)) return;
  throw new Refusal(
    'RESULT_SIGNATURE_INVALID',
    `The issuer's certificate for key "${issuerKey.kid?.slice(0, 64) ?? ''}" is not in date.`,
  );
}

export function isKeyInDate({ notBefore, notAfter }: IssuerKey, now: number): boolean {
  return now * 1000 >= notBefore && now * 1000 <= notAfter;
}

function wrongSignature(issuer: TrustedIssuer, kid: string | undefined): Refusal {
  const what = `The signature does not verify with key "${kid?.slice(0, 64) ?? ''}" of ${issuer.issuer}.`;
  return new Refusal('RESULT_SIGNATURE_INVALID', what);
}

/** validFrom - leeway <= now < expiresAt + leeway. */
export function isInTime(
  { validFrom, expiresAt }: Pick<TokenTimes, 'validFrom' | 'expiresAt'>,
  now: number,
  leewaySeconds: number,
): boolean {
  return now < expiresAt + leewaySeconds && now >= validFrom - leewaySeconds;
}

function requireInTime(times: Pick<TokenTimes, 'validFrom' | 'expiresAt'>, now: number, leewaySeconds: number) {
  if (isInTime(times, now, leewaySeconds)) return;
  const what = now >= times.expiresAt + leewaySeconds ? 'has expired' : 'is not yet valid';
  throw new Refusal('RESULT_EXPIRED', `The attestation result ${what}.`);
}

function readId({ jti }: Claims, format: ResultFormat): string | undefined {
  if (typeof jti === 'string' && jti !== '' && jti.length <= MAXIMUM_ID_CHARACTERS) return jti;
  if (jti === undefined && format === 'ear') return undefined;
  throw malformed('jti is not a text');
}

const MAXIMUM_ID_CHARACTERS = 256;

/** EAR has no jti: a name that only this result has. */
async function digestOf({ signingInput }: CompactJws): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(signingInput));
  return hexOf(new Uint8Array(digest));
}
