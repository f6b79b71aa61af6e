import type { TrustedIssuer } from '../appraisal/policy.js';
import type { AttestationResult } from './attestationResult.js';
import { createKnownHeaders } from './compactJws.js';
import type { IssuerKeys } from './issuerKeys.js';
import type { Remembered } from './rememberedResults.js';
import { createRememberedResults } from './rememberedResults.js';
import { isInTime, isKeyInDate, requireLeeway, verifyWithKey } from './verifyResult.js';

export interface ResultVerifierOptions {
  readonly issuers: readonly TrustedIssuer[];
  readonly getKeys: IssuerKeys;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly leewaySeconds?: number;
}

export type ResultVerifier = (token: string) => Promise<AttestationResult>;

/**
 * How long a verdict is remembered. Then its key is looked for again, which fetches the issuer's list where that is due:
 * a withdrawn key is noticed after the age at which lists are fetched again (an hour) and this, and at once where the
 * list was fetched for another reason.
 */
const REMEMBER_SECONDS = 300;
/** 4 MiB of tokens; what was read from them is less. */
const BOUNDS = { entries: 256, characters: 4 * 1024 * 1024 };

/** Verifies results as `verifyAttestationResult` does, and remembers those that were genuine. Refusals are not remembered. */
export function createResultVerifier(options: ResultVerifierOptions): ResultVerifier {
  const { getKeys, issuers, leewaySeconds = 0, now } = options;
  requireLeeway(leewaySeconds);
  const knownHeaders = createKnownHeaders();
  const remembered = createRememberedResults(BOUNDS);
  return async (token) => {
    const known = remembered.get(token);
    if (known && isStillGood(known, now(), leewaySeconds)) return known.result;
    if (known) remembered.delete(known);
    const { issuerKey, result } = await verifyWithKey(token, {
      issuers,
      getKeys,
      now: now(),
      leewaySeconds,
      knownHeaders,
    });
    remembered.add({ issuerKey, result, until: now() + REMEMBER_SECONDS });
    return result;
  };
}

/** All that time and the issuer can change since the signature was verified. */
function isStillGood({ issuerKey, result, until }: Remembered, now: number, leewaySeconds: number): boolean {
  return now < until && isInTime(result, now, leewaySeconds) && isKeyInDate(issuerKey, now) && issuerKey.isCurrent();
}
