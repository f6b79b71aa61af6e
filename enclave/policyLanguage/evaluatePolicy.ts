import { Refusal, type ClaimFailure } from '../refusals.js';
import { CLAIM_ISSUERS, valueTypeOf, type ClaimIssuer, type PolicyClaim, type PolicyOutcome } from './claims.js';
import { incomingClaims, type Claim } from './claimSet.js';
import { explainDeny, explainNoPermit } from './denial.js';
import { evaluateExpression, type ExpressionContext } from './evaluateExpression.js';
import { EvaluationError } from './evaluationError.js';
import { DEFAULT_EVALUATION_LIMITS, Work, type EvaluationLimits } from './evaluationLimits.js';
import { definedExpressions, referencesIn, singleReferencesIn } from './expressions.js';
import type { FunctionContext, Values } from './functions.js';
import { JmesPath } from './jmesPath.js';
import { joinConditions } from './joinConditions.js';
import type { Combination, Matches } from './matches.js';
import type { AttestationPolicy, ClaimDefinition, ClaimSource, Rule } from './policy.js';

/**
 * Appraises claims by a policy: authorization rules decide, then issuance rules add to the attestation result. It does not
 * ask whether the claims are true.
 *
 * @throws Refusal POLICY_DENIED where a rule denies or none permits: the only "no"; it names the claims that stand in the
 * way. BAD_INPUT where a rule cannot be evaluated over these claims, or takes more work than `limits` allow.
 */
export function evaluateAttestationPolicy(
  policy: AttestationPolicy,
  incoming: readonly PolicyClaim[],
  limits: EvaluationLimits = DEFAULT_EVALUATION_LIMITS,
): PolicyOutcome {
  const evaluation = new Evaluation(incomingClaims(incoming, limits), limits);
  const configuration = propertiesOf(policy.configuration, evaluation);
  authorize(policy.authorization, evaluation);
  const issued: Claim[] = [];
  const properties: Claim[] = [];
  for (const rule of policy.issuance) {
    const made = evaluation.apply(rule);
    if (rule.action.kind === 'issue') issued.push(...made);
    if (rule.action.kind === 'issueproperty') properties.push(...made);
  }
  return { issued, properties, configuration };
}

/**
 * What a policy says about the evaluation itself, such as `x-ms-sgx-tcbidentifier`: it is known before there is evidence.
 *
 * @throws Refusal BAD_INPUT where a function does not take its arguments.
 */
export function configurationOf(
  policy: AttestationPolicy,
  limits: EvaluationLimits = DEFAULT_EVALUATION_LIMITS,
): readonly PolicyClaim[] {
  return propertiesOf(policy.configuration, new Evaluation([], limits));
}

function propertiesOf(rules: readonly Rule[], evaluation: Evaluation): Claim[] {
  return rules.flatMap((rule) => evaluation.make(rule));
}

/** Any deny fails, and so does the lack of a permit. */
function authorize(rules: readonly Rule[], evaluation: Evaluation): void {
  let permitted = false;
  for (const rule of rules) {
    const { kind } = rule.action;
    if (kind !== 'permit' && kind !== 'deny') evaluation.apply(rule);
    else if (evaluation.holds(rule)) {
      if (kind === 'deny')
        throw denied('A Deny claim was issued, authorization failed.', explainDeny(rule, evaluation.claims));
      permitted = true;
    }
  }
  if (!permitted)
    throw denied(
      'No Permit claim was issued in the authorizationrules section, authorization failed.',
      explainNoPermit(rules, evaluation.claims),
    );
}

function denied(message: string, failures: readonly ClaimFailure[]): Refusal {
  return new Refusal('POLICY_DENIED', message, { failures });
}

/** The incoming claim set of one evaluation, which grows with the rules. */
class Evaluation {
  readonly #claims: Claim[];
  readonly #context: FunctionContext;

  constructor(claims: Claim[], limits: EvaluationLimits) {
    this.#claims = claims;
    const work = new Work(limits);
    let jmesPath: JmesPath | undefined;
    this.#context = { work, jmesPath: () => (jmesPath ??= new JmesPath(work)) };
  }

  get claims(): readonly Claim[] {
    return this.#claims;
  }

  holds(rule: Rule): boolean {
    return this.#at(rule, () => this.#join(rule).combinations.length > 0);
  }

  /** Makes the claims of a rule and adds them to the incoming set, where later rules see them. */
  apply(rule: Rule): readonly Claim[] {
    const made = this.make(rule);
    const { claims: most } = this.#context.work.limits;
    if (this.#claims.length + made.length > most)
      throw this.#refusal(rule, new EvaluationError(`there are more than ${most} claims`));
    for (const claim of made) this.#claims.push(claim);
    return made;
  }

  /** The claims that a rule makes of the incoming set as it is. */
  make(rule: Rule): Claim[] {
    const { action } = rule;
    if (!('claim' in action)) return [];
    return this.#at(rule, () => {
      const made = this.#scopes(this.#join(rule), action.claim).flatMap((scope) => claimsOf(action.claim, scope));
      if (action.kind !== 'add' && made.some(({ readOnly }) => readOnly))
        throw new EvaluationError('the value comes from a read-only claim, which cannot be issued');
      return made;
    });
  }

  #join(rule: Rule): Matches {
    return joinConditions(rule.conditions, this.#claims, this.#context);
  }

  /**
   * What the action is done for: once for each combination of matches. Identifiers that it only names as sets do not
   * multiply it: all combinations that are alike in the others are one.
   */
  #scopes(matches: Matches, source: ClaimSource): ExpressionContext[] {
    const { combinations, identifiers } = matches;
    const sets = identifiersOfSetsIn(source);
    if (sets.size === 0) return combinations.map((combination) => ({ ...this.#context, ...matches, combination }));
    const numbers = new Map<Claim, number>();
    const numberOf = (claim: Claim): number => {
      const number = numbers.get(claim) ?? numbers.size;
      numbers.set(claim, number);
      return number;
    };
    const groups = new Map<string, Combination[]>();
    for (const combination of combinations) {
      this.#context.work.spend(1);
      const key = combination.filter((_, index) => !sets.has(identifiers[index] ?? '')).map(numberOf);
      const group = groups.get(key.join());
      if (group === undefined) groups.set(key.join(), [combination]);
      else group.push(combination);
    }
    return [...groups.values()].map((group) => ({
      ...this.#context,
      identifiers,
      combinations: group,
      combination: group[0] ?? [],
    }));
  }

  #at<T>(rule: Rule, evaluate: () => T): T {
    try {
      return evaluate();
    } catch (cause) {
      throw cause instanceof EvaluationError ? this.#refusal(rule, cause) : cause;
    }
  }

  #refusal({ at: { column, line } }: Rule, cause: EvaluationError): Refusal {
    const place = `The rule at line ${line}, column ${column} cannot be evaluated`;
    return new Refusal('BAD_INPUT', `${place}: ${cause.message}.`, { cause });
  }
}

/** Identifiers that the action names, and names as sets only. */
function identifiersOfSetsIn(source: ClaimSource): ReadonlySet<string> {
  if (source.kind === 'copy') return new Set();
  const expressions = definedExpressions(source);
  const single = new Set(expressions.flatMap(singleReferencesIn).map(({ identifier }) => identifier));
  const named = expressions.flatMap(referencesIn).map(({ identifier }) => identifier);
  return new Set(named.filter((identifier) => !single.has(identifier)));
}

function claimsOf(source: ClaimSource, context: ExpressionContext): Claim[] {
  context.work.spend(1);
  if (source.kind === 'definition') return definedClaims(source, context);
  const claim = context.combination[context.identifiers.indexOf(source.identifier)];
  return claim === undefined ? [] : [{ ...claim, issuer: 'AttestationPolicy' }];
}

/** One claim for each value: none of an empty claim, several of a set. */
function definedClaims({ issuer, type, value, valueType }: ClaimDefinition, context: ExpressionContext): Claim[] {
  const types = evaluateExpression(type, context);
  const values = evaluateExpression(value, context);
  const stated = valueType === undefined ? undefined : oneText(evaluateExpression(valueType, context), 'valueType');
  const issuedBy = issuerOf(issuer === undefined ? undefined : oneText(evaluateExpression(issuer, context), 'issuer'));
  const name = oneText(types, 'type');
  const readOnly = types.readOnly || values.readOnly;
  context.work.spend(values.items.length);
  return values.items.map((item) => {
    if (stated !== undefined && stated !== valueTypeOf(item))
      throw new EvaluationError(`the valueType of the value is ${valueTypeOf(item)}, and the rule says ${stated}`);
    return { type: name, value: item, valueType: valueTypeOf(item), issuer: issuedBy, readOnly };
  });
}

function oneText({ items }: Values, property: string): string {
  const [item] = items;
  if (items.length !== 1 || typeof item !== 'string' || item === '')
    throw new EvaluationError(`the ${property} of a claim is one string that is not empty`);
  return item;
}

/** A rule speaks as the policy, or says that it repeats the attester; never as the service, whatever a claim says. */
function issuerOf(stated: string | undefined): ClaimIssuer {
  const issuer = CLAIM_ISSUERS.find((known) => known === (stated ?? 'AttestationPolicy'));
  if (issuer === undefined || issuer === 'AttestationService')
    throw new EvaluationError(`a rule makes no claim with the issuer ${JSON.stringify(stated?.slice(0, 40))}`);
  return issuer;
}
