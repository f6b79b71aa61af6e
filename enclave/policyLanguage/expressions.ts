import { FUNCTION_ARGUMENTS, type ClaimDefinition, type Expression, type Reference } from './policy.js';

/** The expression and all inside it, outer ones first. Depth is bounded by the parser. */
export function expressionsIn(expression: Expression): Expression[] {
  return expression.kind === 'call' ? [expression, ...expression.arguments.flatMap(expressionsIn)] : [expression];
}

export function referencesIn(expression: Expression): Reference[] {
  return expressionsIn(expression).filter((inner) => inner.kind === 'reference');
}

/** The references that stand for one claim at a time; those that are a function's argument for a set are left out. */
export function singleReferencesIn(expression: Expression): Reference[] {
  if (expression.kind === 'reference') return [expression];
  if (expression.kind === 'literal') return [];
  const takes = FUNCTION_ARGUMENTS[expression.name];
  return expression.arguments.flatMap((argument, index) =>
    takes[index] === 'set' && argument.kind === 'reference' ? [] : singleReferencesIn(argument),
  );
}

export function definedExpressions({ issuer, type, value, valueType }: ClaimDefinition): Expression[] {
  return [type, value, valueType, issuer].filter((expression) => expression !== undefined);
}
