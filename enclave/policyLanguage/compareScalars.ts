import type { Operator, Scalar } from './policy.js';

/** Types do not convert: values of two types are never equal, and only integers have an order. */
export function compareScalars(actual: Scalar, operator: Operator, operand: Scalar): boolean {
  if (operator === '==') return actual === operand;
  if (operator === '!=') return actual !== operand;
  if (typeof actual !== 'number' || typeof operand !== 'number') return false;
  if (operator === '<') return actual < operand;
  if (operator === '<=') return actual <= operand;
  return operator === '>' ? actual > operand : actual >= operand;
}
