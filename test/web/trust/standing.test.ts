import { describe, expect, test } from '@jest/globals';
import type { AttestationResult } from '../../../enclave/results/attestationResult.js';
import { standing } from '../../../web/trust/standing.js';
import type { TrustReport } from '../../../web/trust/verifyGateway.js';

const ISSUED_SECONDS = 1_800_000_000;

function report(outcome: TrustReport['outcome'], secondsAfterIssue: number): TrustReport {
  const result = { issuedAt: ISSUED_SECONDS, expiresAt: ISSUED_SECONDS + 28_800 } as AttestationResult;
  return {
    outcome,
    checks: [],
    refusal: undefined,
    result: outcome === 'accepted' ? result : undefined,
    platform: 'insecure',
    verifiedAt: (ISSUED_SECONDS + secondsAfterIssue) * 1000,
  };
}

describe('which report stands after a later check', () => {
  const accepted = report('accepted', 0);

  test('a refusal stands at once', () => {
    const refused = report('refused', 600);
    expect(standing(accepted, refused, 3600)).toEqual({ report: refused, inDoubt: undefined });
  });

  test('a newer acceptance replaces the older', () => {
    const newer = report('accepted', 600);
    expect(standing(accepted, newer, 3600).report).toBe(newer);
  });

  test('a check that could not be completed leaves an accepted result in force while it is young enough', () => {
    const unknown = report('could-not-tell', 3599);
    expect(standing(accepted, unknown, 3600)).toEqual({ report: accepted, inDoubt: unknown });
  });

  test.each([
    ['the policy', 3600, 3600],
    ['the result itself', 100_000, 28_800],
  ])('and not a second longer than %s allows', (_who, maximumAgeSeconds, atSeconds) => {
    const unknown = report('could-not-tell', atSeconds);
    expect(standing(accepted, unknown, maximumAgeSeconds)).toEqual({ report: unknown, inDoubt: undefined });
  });

  test('without an accepted result, could-not-tell is a refusal that says so', () => {
    const unknown = report('could-not-tell', 0);
    expect(standing(undefined, unknown, 3600).report).toBe(unknown);
    expect(standing(report('refused', 0), unknown, 3600).report).toBe(unknown);
  });
});
