import type { ClaimFailure } from '../refusals.js';
import type { Claim } from './claimSet.js';
import { compareScalars } from './compareScalars.js';
import type { Condition, Rule } from './policy.js';

/** Bounds on an explanation: it goes into an answer. */
const MAXIMUM_FAILURES = 32;
const MAXIMUM_VALUES = 8;
const MAXIMUM_CHARACTERS = 160;

/** Of every rule that permits, the conditions that no claim satisfies alone. None where there is no such rule. */
export function explainNoPermit(rules: readonly Rule[], claims: readonly Claim[]): ClaimFailure[] {
  const permits = rules.filter(({ action }) => action.kind === 'permit');
  return permits
    .flatMap(({ conditions }) => conditions)
    .filter((condition) => !mayHold(condition, claims))
    .map((condition) => failureOf(condition, shortened(condition.text), claims))
    .slice(0, MAXIMUM_FAILURES);
}

/** The conditions of the rule that denies: each of them holds, and one must not. */
export function explainDeny({ conditions }: Rule, claims: readonly Claim[]): ClaimFailure[] {
  return conditions
    .map((condition) => failureOf(condition, `not ${shortened(condition.text)}`, claims))
    .slice(0, MAXIMUM_FAILURES);
}

/** Looks at literals only: what depends on other claims may hold. */
function mayHold({ absent, properties }: Condition, claims: readonly Claim[]): boolean {
  const literal = properties.flatMap(({ operand, operator, property }) =>
    operand.kind === 'literal' ? [{ property, operator, operand: operand.value }] : [],
  );
  const isMet = claims.some((claim) =>
    literal.every(({ operand, operator, property }) => compareScalars(claim[property], operator, operand)),
  );
  return absent ? !isMet || literal.length < properties.length : isMet;
}

function failureOf({ properties }: Condition, expected: string, claims: readonly Claim[]): ClaimFailure {
  const named = properties.find(({ operator, property }) => property === 'type' && operator === '==')?.operand;
  if (named?.kind !== 'literal') return { claim: 'any', expected, actual: `none of ${claims.length} claims` };
  const found = claims.filter(({ type }) => type === named.value);
  const actual = found.slice(0, MAXIMUM_VALUES).map(shown).join(', ');
  return { claim: shortened(String(named.value)), expected, actual: found.length === 0 ? 'absent' : actual };
}

function shown({ issuer, readOnly, value }: Claim): string {
  const text = typeof value === 'string' ? JSON.stringify(shortened(value)) : String(value);
  return `${readOnly ? 'a read-only value' : text} of ${issuer}`;
}

function shortened(text: string): string {
  const line = text.slice(0, MAXIMUM_CHARACTERS + 1).replaceAll(/\s+/g, ' ');
  return text.length > MAXIMUM_CHARACTERS ? `${line.slice(0, MAXIMUM_CHARACTERS)}…` : line;
}
