import type { TrustedIssuer } from '../appraisal/policy.js';
import type { AttestationResult } from './attestationResult.js';
import type { IssuerKeys } from './issuerKeys.js';
import { verifyAttestationResult } from './verifyResult.js';

export interface ResultVerifierOptions {
  readonly issuers: readonly TrustedIssuer[];
  readonly getKeys: IssuerKeys;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly leewaySeconds?: number;
}

export type ResultVerifier = (token: string) => Promise<AttestationResult>;

/** How long a verdict is remembered: a key that its issuer withdrew is noticed after this. */
const REMEMBER_SECONDS = 300;
const MAXIMUM_REMEMBERED = 256;

/** Verifies results as `verifyAttestationResult` does, and remembers those that were genuine. Refusals are not remembered. */
export function createResultVerifier({
  issuers,
  getKeys,
  now,
  leewaySeconds = 0,
}: ResultVerifierOptions): ResultVerifier {
  const remembered = new Map<string, { readonly result: AttestationResult; readonly until: number }>();
  return async (token) => {
    const known = remembered.get(token);
    if (known && now() < known.until) return known.result;
    remembered.delete(token);
    const result = await verifyAttestationResult(token, { issuers, getKeys, now: now(), leewaySeconds });
    if (remembered.size >= MAXIMUM_REMEMBERED) remembered.delete(remembered.keys().next().value ?? '');
    remembered.set(token, { result, until: Math.min(now() + REMEMBER_SECONDS, result.expiresAt) });
    return result;
  };
}
