import { CLAIM_ISSUERS, VALUE_TYPES, valueTypeOf } from './claims.js';
import { definedExpressions, expressionsIn, referencesIn } from './expressions.js';
import {
  FUNCTION_ARGUMENTS,
  type Action,
  type Call,
  type ClaimDefinition,
  type Condition,
  type Expression,
  type PolicyVersion,
  type Position,
  type PropertyCondition,
  type Rule,
} from './policy.js';
import { PolicySyntaxRefusal } from './syntaxRefusal.js';

export type SectionName = 'configurationrules' | 'authorizationrules' | 'issuancerules';

export interface RuleContext {
  readonly section: SectionName;
  readonly version: PolicyVersion;
}

/**
 * Refuses what the grammar admits and the language does not, and puts the conditions into an order in which they can be
 * joined.
 *
 * @throws PolicySyntaxRefusal
 */
export function checkRule(rule: Rule, context: RuleContext): Rule {
  const { action } = rule;
  checkVerb(action, context.section);
  for (const condition of rule.conditions) {
    if (condition.absent && context.version !== '1.2') throw needsVersion12(condition.at, '!', context);
    for (const property of condition.properties) checkPropertyCondition(property, context);
  }
  const identifiers = identifiersOf(rule.conditions);
  if ('claim' in action) {
    if (action.claim.kind === 'definition') checkDefinition(action.claim, context);
    const used = action.claim.kind === 'copy' ? [action.claim] : definedExpressions(action.claim).flatMap(referencesIn);
    for (const { at, identifier } of used) checkKnown(identifiers, identifier, at);
  }
  return { ...rule, conditions: inJoinOrder(rule.conditions, identifiers) };
}

function checkVerb({ at, kind }: Action, section: SectionName): void {
  // "issue" is documented for issuancerules alone, but samples of the documentation have it in authorizationrules too.
  const isVerdict = kind === 'permit' || kind === 'deny';
  if (isVerdict && section !== 'authorizationrules')
    throw new PolicySyntaxRefusal(at, kind, `${kind}() stands in authorizationrules only`);
  if (kind === 'issueproperty' && section === 'authorizationrules')
    throw new PolicySyntaxRefusal(at, kind, 'issueproperty() stands in issuancerules and configurationrules only');
}

function checkPropertyCondition({ at, operand, operator, property }: PropertyCondition, context: RuleContext): void {
  checkCalls(operand, context);
  if (operator === '==' || operator === '!=') return;
  const isInteger = operand.kind !== 'literal' || typeof operand.value === 'number';
  if (property === 'value' && isInteger) return;
  throw new PolicySyntaxRefusal(at, operator, `${operator} compares the value of a claim with an integer`);
}

function checkDefinition(definition: ClaimDefinition, context: RuleContext): void {
  const { issuer, type, value, valueType } = definition;
  for (const expression of definedExpressions(definition)) checkCalls(expression, context);
  if (type.kind === 'literal' && (typeof type.value !== 'string' || type.value === ''))
    throw new PolicySyntaxRefusal(type.at, String(type.value), 'the type of a claim is a string that is not empty');
  if (valueType?.kind === 'literal') {
    if (!VALUE_TYPES.some((known) => known === valueType.value))
      throw new PolicySyntaxRefusal(valueType.at, String(valueType.value), `a valueType is ${VALUE_TYPES.join(', ')}`);
    if (value.kind === 'literal' && valueTypeOf(value.value) !== valueType.value)
      throw new PolicySyntaxRefusal(
        valueType.at,
        String(valueType.value),
        `the valueType of this value is ${valueTypeOf(value.value)}`,
      );
  }
  if (issuer?.kind === 'literal') {
    const stated = issuer.value;
    if (stated === 'AttestationService')
      throw new PolicySyntaxRefusal(issuer.at, stated, 'a rule makes no claim of the attestation service');
    if (!CLAIM_ISSUERS.some((known) => known === stated))
      throw new PolicySyntaxRefusal(issuer.at, String(stated), 'the issuer is AttestationPolicy or CustomClaim');
  }
}

function checkCalls(expression: Expression, context: RuleContext): void {
  for (const inner of expressionsIn(expression)) if (inner.kind === 'call') checkCall(inner, context);
}

function checkCall({ arguments: given, at, name }: Call, context: RuleContext): void {
  if (context.version !== '1.2') throw needsVersion12(at, name, context);
  if (!Object.hasOwn(FUNCTION_ARGUMENTS, name))
    throw new PolicySyntaxRefusal(at, name, `the functions are ${Object.keys(FUNCTION_ARGUMENTS).join(', ')}`);
  const { length } = FUNCTION_ARGUMENTS[name];
  if (given.length !== length)
    throw new PolicySyntaxRefusal(at, name, `${name} takes ${length} argument(s), and here are ${given.length}`);
}

function needsVersion12(at: Position, symbol: string, { version }: RuleContext): PolicySyntaxRefusal {
  const what = symbol === '!' ? 'the condition "!" needs' : 'functions need';
  return new PolicySyntaxRefusal(at, symbol, `${what} policy version 1.2, and this is ${version}`);
}

/** Conditions by identifier. An absent claim has none that could be referred to. */
function identifiersOf(conditions: readonly Condition[]): ReadonlyMap<string, Condition> {
  const found = new Map<string, Condition>();
  for (const condition of conditions) {
    const { absent, at, identifier } = condition;
    if (identifier === undefined) continue;
    if (found.has(identifier)) throw new PolicySyntaxRefusal(at, identifier, `${identifier} names two conditions`);
    if (!absent) found.set(identifier, condition);
  }
  return found;
}

function checkKnown(identifiers: ReadonlyMap<string, Condition>, identifier: string, at: Position): Condition {
  const condition = identifiers.get(identifier);
  if (condition === undefined)
    throw new PolicySyntaxRefusal(at, identifier, `no condition of this rule finds a claim for ${identifier}`);
  return condition;
}

/** Each condition after those that it refers to; an identifier may be used before the condition that it names. */
function inJoinOrder(
  conditions: readonly Condition[],
  identifiers: ReadonlyMap<string, Condition>,
): readonly Condition[] {
  const ordered = new Set<Condition>();
  const entered = new Set<Condition>();
  const enter = (condition: Condition): void => {
    entered.add(condition);
    for (const { at, identifier } of condition.properties.flatMap(({ operand }) => referencesIn(operand))) {
      const needed = checkKnown(identifiers, identifier, at);
      if (ordered.has(needed)) continue;
      if (entered.has(needed)) throw new PolicySyntaxRefusal(at, identifier, 'conditions refer to each other');
      enter(needed);
    }
    ordered.add(condition);
  };
  for (const condition of conditions) if (!entered.has(condition)) enter(condition);
  return [...ordered];
}
