import type { ClaimFailure } from '../refusals.js';
import type { AttestationResult } from '../results/attestationResult.js';
import type { BuildReference, ReferenceValue, ReferenceValues } from './policy.js';
import { RTMR_NUMBERS } from './policy.js';

/**
 * Why nobody was recognised. Where the measurement is an expected one, as it is of all guests with the same firmware, the
 * registers or the host data that differ; otherwise the measurement.
 */
export function unrecognised(
  result: AttestationResult,
  referenceValues: ReferenceValues,
  enclaves: readonly string[],
): readonly ClaimFailure[] {
  const near = enclaves
    .flatMap((name) => referenceValues[name] ?? [])
    .find((value): value is BuildReference => value.measurement === result.measurement);
  const differing = near ? differences(result, near) : [];
  if (differing.length > 0) return differing;
  return [
    { claim: 'measurement', expected: `a reference value of ${enclaves.join(', ')}`, actual: result.measurement },
  ];
}

/** Is the result of this very build, or of what this signer released? */
export function matches(result: AttestationResult, reference: ReferenceValue): boolean {
  if (reference.measurement !== undefined)
    return result.measurement === reference.measurement && differences(result, reference).length === 0;
  return (
    result.signer === reference.signer &&
    result.productId === reference.productId &&
    result.securityVersion !== undefined &&
    result.securityVersion >= reference.minimumSecurityVersion
  );
}

/** In what a build fixes besides its measurement. */
function differences({ snp, tdx }: AttestationResult, { hostData, rtmrs }: BuildReference): ClaimFailure[] {
  const expectations = [
    ...RTMR_NUMBERS.map((number) => [`rtmr${number}`, rtmrs?.[number], tdx?.rtmrs[Number(number)]] as const),
    ['hostData', hostData, snp?.hostData] as const,
  ];
  return expectations.flatMap(([claim, expected, actual]) =>
    expected === undefined || expected === actual ? [] : [{ claim, expected, actual: actual ?? 'not stated' }],
  );
}
