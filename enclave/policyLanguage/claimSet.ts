import { Refusal } from '../refusals.js';
import { CLAIM_ISSUERS, valueTypeOf, type ClaimIssuer, type PolicyClaim, type ValueType } from './claims.js';
import type { EvaluationLimits } from './evaluationLimits.js';
import type { Scalar } from './policy.js';

/** A claim with nothing left to its defaults. */
export interface Claim {
  readonly type: string;
  readonly value: Scalar;
  readonly valueType: ValueType;
  readonly issuer: ClaimIssuer;
  readonly readOnly: boolean;
}

/**
 * The claims that an evaluation begins with.
 *
 * @throws Refusal BAD_INPUT for a claim that is none: the caller made it.
 */
export function incomingClaims(claims: readonly PolicyClaim[], limits: EvaluationLimits): Claim[] {
  if (claims.length > limits.claims)
    throw new Refusal('BAD_INPUT', `There are ${claims.length} claims, and ${limits.claims} is the most.`);
  return claims.map(({ issuer, readOnly = false, type, value, valueType }, index) => {
    const problem = problemOf({ issuer, type, value, valueType }, limits.characters);
    if (problem !== undefined) throw new Refusal('BAD_INPUT', `Claim ${index + 1}: ${problem}.`);
    return { type, value: value === 0 ? 0 : value, valueType: valueTypeOf(value), issuer, readOnly };
  });
}

/** The values may come from JSON, so that their types are not to be relied on. */
function problemOf(
  { issuer, type, value, valueType }: Record<'issuer' | 'type' | 'value' | 'valueType', unknown>,
  characters: number,
): string | undefined {
  if (typeof type !== 'string' || type === '' || type.length > characters)
    return 'the type is a string that is not empty';
  if (typeof value !== 'boolean' && typeof value !== 'string' && !Number.isSafeInteger(value))
    return 'the value is a boolean, an integer or a string';
  if (typeof value === 'string' && value.length > characters)
    return `the value has ${value.length} characters, and ${characters} is the most`;
  if (!CLAIM_ISSUERS.some((known) => known === issuer)) return `the issuer is one of ${CLAIM_ISSUERS.join(', ')}`;
  if (valueType !== undefined && valueType !== valueTypeOf(value as Scalar))
    return `the valueType of this value is ${valueTypeOf(value as Scalar)}`;
  return undefined;
}
