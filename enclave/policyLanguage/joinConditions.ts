import type { Claim } from './claimSet.js';
import { compareScalars } from './compareScalars.js';
import { EvaluationError } from './evaluationError.js';
import { evaluateExpression, type ExpressionContext } from './evaluateExpression.js';
import { referencesIn } from './expressions.js';
import type { FunctionContext, Values } from './functions.js';
import type { Combination, Matches } from './matches.js';
import type { Condition, PropertyCondition } from './policy.js';

/** All ways in which claims satisfy the conditions together. */
export function joinConditions(
  conditions: readonly Condition[],
  claims: readonly Claim[],
  context: FunctionContext,
): Matches {
  const identifiers: string[] = [];
  let combinations: readonly Combination[] = [[]];
  for (const condition of conditions) {
    const { absent, identifier, properties } = condition;
    const matching = finderOf(condition, claims, { ...context, identifiers, combinations });
    const alike = properties.every(({ operand }) => referencesIn(operand).length === 0) ? matching([]) : undefined;
    const extended: Combination[] = [];
    for (const combination of combinations) {
      const found = alike ?? matching(combination);
      if (absent || identifier === undefined) {
        if (found.length > 0 !== absent) extended.push(combination);
      } else for (const claim of found) extended.push([...combination, claim]);
      context.work.spend(1 + found.length);
      if (extended.length > context.work.limits.combinations)
        throw new EvaluationError(`more than ${context.work.limits.combinations} combinations of claims match`);
    }
    combinations = extended;
    if (combinations.length === 0) break;
    if (!absent && identifier !== undefined) identifiers.push(identifier);
  }
  return { identifiers, combinations };
}

type Surroundings = FunctionContext & Matches;

function finderOf(
  { properties }: Condition,
  claims: readonly Claim[],
  surroundings: Surroundings,
): (combination: Combination) => Claim[] {
  return (combination) => {
    const context: ExpressionContext = { ...surroundings, combination };
    const operands = new Map<PropertyCondition, Values>();
    const operandOf = (property: PropertyCondition): Values => {
      // An operand is evaluated only once a claim satisfies what stands before it, and once for all claims.
      const values = operands.get(property) ?? evaluateExpression(property.operand, context);
      operands.set(property, values);
      return values;
    };
    return claims.filter((claim) => {
      surroundings.work.spend(1);
      return properties.every((property) => {
        const { items } = operandOf(property);
        if (items.length > 1)
          throw new EvaluationError(`a condition compares with one value, not with a set of ${items.length}`);
        const [operand] = items;
        // What is compared with an empty claim's value compares with nothing.
        if (operand === undefined) return false;
        const actual = claim[property.property];
        if (typeof actual === 'string' && typeof operand === 'string') surroundings.work.spend(operand.length >> 6);
        return compareScalars(actual, property.operator, operand);
      });
    });
  };
}
