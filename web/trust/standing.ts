import type { TrustReport } from './verifyGateway.js';

export interface Standing {
  /** The report on which the portal acts now. */
  readonly report: TrustReport;
  /** A later check that could not be completed, while the accepted result is still young enough to act on. */
  readonly inDoubt: TrustReport | undefined;
}

/**
 * Which report stands after a check. A refusal stands at once. A check that could not be completed leaves an earlier
 * accepted result in force for as long as the policy's maximum age and the result itself allow, and not a second more.
 */
export function standing(previous: TrustReport | undefined, latest: TrustReport, maximumAgeSeconds: number): Standing {
  if (latest.outcome !== 'could-not-tell' || previous?.outcome !== 'accepted' || previous.result === undefined) {
    return { report: latest, inDoubt: undefined };
  }
  const { issuedAt, expiresAt } = previous.result;
  const goodUntil = Math.min(expiresAt, issuedAt + maximumAgeSeconds) * 1000;
  return latest.verifiedAt < goodUntil ? { report: previous, inDoubt: latest } : { report: latest, inDoubt: undefined };
}
