import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { Verdict } from './verdict.js';

/** How a result came to be verified here (enum ResultOrigin of the schema). */
export const RESULT_ORIGINS = ['PROBE', 'EVIDENCE', 'TOKEN'] as const;
export type ResultOrigin = (typeof RESULT_ORIGINS)[number];

/**
 * A result that was verified here, without its token: what may be shown and written down (type AttestationResult of the
 * schema). What the issuer does not say is null.
 */
export interface KnownResult {
  readonly id: string;
  readonly issuer: string;
  readonly teeType: string;
  readonly simulated: boolean;
  readonly platform: string | null;
  readonly measurement: string;
  readonly signer: string | null;
  readonly productId: number | null;
  readonly securityVersion: number | null;
  readonly debug: boolean;
  readonly tcbStatus: string | null;
  readonly advisoryIds: readonly string[] | null;
  readonly tcbEvaluationDataNumber: number | null;
  /** Seconds since 1970, as all times here. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** `kid` of each. */
  readonly keys: readonly string[];
  readonly issuerPolicyHashes: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
  /** The name under which the reference values knew it. */
  readonly enclave: string | null;
  readonly verifiedAt: number;
  readonly origin: ResultOrigin;
  /** Of every policy in force at that time. */
  readonly verdicts: readonly Verdict[];
}

export type Finding = Pick<KnownResult, 'enclave' | 'verifiedAt' | 'origin' | 'verdicts'>;

/** Keeps of a verified result what may be kept. The token is not: it proves nothing to others, and is nobody else's business. */
export function withoutToken(result: AttestationResult, finding: Finding): KnownResult {
  return {
    id: result.id,
    issuer: result.issuer,
    teeType: result.teeType,
    simulated: result.simulated,
    platform: result.simulated ? 'insecure' : (result.snp?.chipKind ?? null),
    measurement: result.measurement,
    signer: result.signer ?? null,
    productId: result.productId ?? null,
    securityVersion: result.securityVersion ?? null,
    debug: result.debug,
    tcbStatus: result.tcbStatus ?? null,
    advisoryIds: result.advisoryIds ?? null,
    tcbEvaluationDataNumber: result.tcbEvaluationDataNumber ?? null,
    issuedAt: result.issuedAt,
    expiresAt: result.expiresAt,
    keys: result.keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid])),
    issuerPolicyHashes: result.issuerPolicyHashes,
    claims: result.claims,
    ...finding,
  };
}

/** A result as it was written down; undefined where the value is none. */
export function readKnownResult(value: unknown): KnownResult | undefined {
  const found = { ...(value as Partial<Record<keyof KnownResult, unknown>> | undefined | null) };
  const texts = [found.id, found.issuer, found.teeType, found.measurement];
  const numbers = [found.issuedAt, found.expiresAt, found.verifiedAt];
  const lists = [found.keys, found.issuerPolicyHashes, found.verdicts];
  const isWhole =
    texts.every((text) => typeof text === 'string' && text !== '') &&
    numbers.every(Number.isSafeInteger) &&
    lists.every(Array.isArray) &&
    typeof found.simulated === 'boolean' &&
    typeof found.debug === 'boolean' &&
    typeof found.claims === 'object' &&
    found.claims !== null &&
    RESULT_ORIGINS.some((origin) => origin === found.origin);
  return isWhole ? (value as KnownResult) : undefined;
}
