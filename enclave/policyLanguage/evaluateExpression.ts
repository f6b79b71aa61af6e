import type { Claim } from './claimSet.js';
import { callFunction, type FunctionContext, type Values } from './functions.js';
import type { Combination, Matches } from './matches.js';
import { FUNCTION_ARGUMENTS, type Call, type Expression, type Reference } from './policy.js';

export interface ExpressionContext extends FunctionContext, Matches {
  /** The one of the combinations that references to one claim mean. */
  readonly combination: Combination;
}

export function evaluateExpression(expression: Expression, context: ExpressionContext): Values {
  switch (expression.kind) {
    case 'literal':
      return { items: [expression.value], readOnly: false };
    case 'reference': {
      const claim = context.combination[context.identifiers.indexOf(expression.identifier)];
      return claim === undefined ? { items: [], readOnly: false } : valuesOf([claim], expression);
    }
    case 'call':
      return callFunction(expression.name, argumentsOf(expression, context), context);
  }
}

/** An identifier alone, where a function takes a set, stands for all the claims that match. */
function argumentsOf({ arguments: given, name }: Call, context: ExpressionContext): Values[] {
  const takes: readonly ('one' | 'set')[] = FUNCTION_ARGUMENTS[name];
  return given.map((argument, index) =>
    takes[index] === 'set' && argument.kind === 'reference'
      ? valuesOf(claimsNamed(argument, context), argument)
      : evaluateExpression(argument, context),
  );
}

function claimsNamed({ identifier }: Reference, { combinations, identifiers, work }: ExpressionContext): Claim[] {
  const position = identifiers.indexOf(identifier);
  work.spend(combinations.length);
  return [...new Set(combinations.flatMap((combination) => combination[position] ?? []))];
}

function valuesOf(claims: readonly Claim[], { property }: Reference): Values {
  return { items: claims.map((claim) => claim[property]), readOnly: claims.some(({ readOnly }) => readOnly) };
}
