import type { JSONValue } from '@jmespath-community/jmespath';

type Comparator = 'EQ' | 'NE' | 'LT' | 'LTE' | 'GT' | 'GTE';

/** As jmespath.org compares: anything for equality, numbers alone for order; null where that is not defined. */
export function compareJson(a: JSONValue, comparator: Comparator, b: JSONValue): boolean | null {
  if (comparator === 'EQ') return equal(a, b);
  if (comparator === 'NE') return !equal(a, b);
  if (typeof a !== 'number' || typeof b !== 'number') return null;
  if (comparator === 'LT') return a < b;
  if (comparator === 'LTE') return a <= b;
  return comparator === 'GT' ? a > b : a >= b;
}

function equal(a: JSONValue, b: JSONValue): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => equal(item, b[index] ?? null))
    );
  const entries = Object.entries(a);
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([name, value]) => Object.hasOwn(b, name) && equal(value, b[name] ?? null))
  );
}
