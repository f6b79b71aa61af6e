import { CLAIM_ISSUERS, VALUE_TYPES } from './claims.js';
import { KNOWN_CLAIM_TYPES, isKnownClaimType } from './knownClaims.js';
import type { AttestationPolicy, Condition, Position, Rule, Scalar } from './policy.js';

export interface PolicyWarning {
  /** `undefined` for what concerns the whole policy. */
  readonly at: Position | undefined;
  readonly message: string;
}

/**
 * What a correct policy probably does not mean. It rests on the names that Azure Attestation documents, so that a claim
 * that only an attester makes is suspected too.
 */
export function warningsOf(policy: AttestationPolicy): PolicyWarning[] {
  const { authorization, issuance } = policy;
  const warnings: PolicyWarning[] = [...verdictWarnings(authorization)];
  // In the order of evaluation: a rule sees the claims of those before it.
  const made = new Set<Scalar | undefined>();
  for (const rule of [...authorization, ...issuance]) {
    warnings.push(...rule.conditions.flatMap((condition) => [...conditionWarnings(condition, made)]));
    for (const type of typesMadeBy(rule)) made.add(type);
  }
  return warnings;
}

function* verdictWarnings(rules: readonly Rule[]): Generator<PolicyWarning> {
  if (!rules.some(({ action }) => action.kind === 'permit'))
    yield { at: undefined, message: 'No rule permits, so that all evidence is refused.' };
  for (const { action, at, conditions } of rules) {
    if (action.kind === 'deny' && conditions.length === 0)
      yield { at, message: 'This denies without a condition, so that all evidence is refused.' };
    if (action.kind === 'issue')
      yield { at: action.at, message: 'What authorizationrules issue does not reach the attestation result.' };
  }
}

/** Types of the claims that a rule may make; `undefined` stands for one that only evaluation tells. */
function typesMadeBy({ action, conditions }: Rule): (Scalar | undefined)[] {
  if (!('claim' in action)) return [];
  const { claim } = action;
  if (claim.kind === 'definition') return [claim.type.kind === 'literal' ? claim.type.value : undefined];
  const copied = conditions.find(({ identifier }) => identifier === claim.identifier);
  return [copied === undefined ? undefined : literalOf(copied, 'type')];
}

function* conditionWarnings(condition: Condition, made: ReadonlySet<Scalar | undefined>): Generator<PolicyWarning> {
  const { absent, properties } = condition;
  const outcome = absent ? 'always holds' : 'never holds';
  for (const { at, operand, operator, property } of properties) {
    if (operand.kind !== 'literal' || property === 'value' || operator !== '==') continue;
    if (typeof operand.value !== 'string')
      yield { at, message: `The ${property} of a claim is a string: the condition ${outcome}.` };
    else if (property !== 'type' && !namesOf(property).includes(operand.value))
      yield { at, message: `There is no ${property} "${operand.value}": the condition ${outcome}.` };
  }
  const type = literalOf(condition, 'type');
  const issuer = literalOf(condition, 'issuer');
  const at = properties.find(({ property }) => property === 'type')?.at;
  if (typeof type !== 'string') return;
  const mayBeMade = made.has(type) || made.has(undefined);
  if (issuer === 'AttestationPolicy' && !mayBeMade)
    yield { at, message: `No rule before makes a claim "${type}": the condition ${outcome}.` };
  if (issuer === 'AttestationService' && !isKnownClaimType(type))
    yield { at, message: `Azure Attestation documents no claim "${type}"${suggestionFor(type)}.` };
  if (issuer === undefined && !isKnownClaimType(type) && !mayBeMade)
    yield {
      at,
      message: `Azure Attestation documents no claim "${type}"${suggestionFor(type)}, and no rule before makes one.`,
    };
}

function namesOf(property: 'valueType' | 'issuer'): readonly string[] {
  return property === 'issuer' ? CLAIM_ISSUERS : VALUE_TYPES;
}

function literalOf({ properties }: Condition, wanted: 'type' | 'issuer'): Scalar | undefined {
  const found = properties.find(({ operator, property }) => property === wanted && operator === '==')?.operand;
  return found?.kind === 'literal' ? found.value : undefined;
}

/** The known name that differs in case, hyphens or the prefix only. */
function suggestionFor(type: string): string {
  const plain = plainOf(type);
  const similar = [...KNOWN_CLAIM_TYPES].find((known) => plainOf(known) === plain);
  return similar === undefined ? '' : ` (there is "${similar}")`;
}

function plainOf(type: string): string {
  return type.toLowerCase().replaceAll(/^x-ms-|[^a-z0-9]/g, '');
}
