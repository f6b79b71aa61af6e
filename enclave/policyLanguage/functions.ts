import type { JSONValue } from '@jmespath-community/jmespath';
import { valueTypeOf } from './claims.js';
import { EvaluationError } from './evaluationError.js';
import type { Work } from './evaluationLimits.js';
import type { JmesPath } from './jmesPath.js';
import type { FunctionName, Scalar } from './policy.js';

/** What an expression stands for: usually one value, more for a set, none for an empty claim. */
export interface Values {
  readonly items: readonly Scalar[];
  /** True for what comes from evidence that must not be issued. */
  readonly readOnly: boolean;
}

export interface FunctionContext {
  readonly work: Work;
  /** The one of this evaluation, made when it is first needed: most policies have no query. */
  readonly jmesPath: () => JmesPath;
}

/**
 * The six functions of version 1.2. The number of arguments has been checked.
 *
 * @throws EvaluationError for arguments that a function does not take.
 * Source: claim-rule-functions.md of Microsoft's documentation.
 */
export function callFunction(
  name: FunctionName,
  given: readonly Values[],
  { jmesPath, work }: FunctionContext,
): Values {
  const argument = (index: number): Values => given[index] ?? { items: [], readOnly: false };
  const text = (index: number): string => one(name, argument(index), isText, 'one string');
  const derived = (items: readonly Scalar[]): Values => ({ items, readOnly: given.some(({ readOnly }) => readOnly) });
  const fresh = (item: Scalar): Values => ({ items: [item], readOnly: false });
  work.spend(1);
  switch (name) {
    case 'JmesPath':
      return derived([jmesPath().query(text(0), text(1))]);
    case 'JsonToClaimValue':
      return derived(claimValues(jmesPath().parse(text(0)), work));
    case 'AppendString': {
      const length = text(0).length + text(1).length;
      work.admit(length);
      work.spend(length >> 4);
      return derived([text(0) + text(1)]);
    }
    case 'NegateBool':
      return derived([!one(name, argument(0), isBoolean, 'one boolean')]);
    case 'IsSubsetOf': {
      const [subset, superset] = [argument(0).items, setOf(argument(1), work)];
      work.spend(subset.length);
      return fresh(subset.every((item) => superset.has(item)));
    }
    case 'ContainsOnlyValue': {
      const only = one(name, argument(1), isScalar, 'one value');
      const found = setOf(argument(0), work);
      return fresh(found.size === 1 && found.has(only));
    }
  }
}

function one<T extends Scalar>(
  name: FunctionName,
  { items }: Values,
  is: (item: Scalar) => item is T,
  wanted: string,
): T {
  const [item] = items;
  if (items.length !== 1 || item === undefined)
    throw new EvaluationError(`${name} takes ${wanted}, not ${items.length}`);
  if (!is(item)) throw new EvaluationError(`${name} takes ${wanted}, not ${valueTypeOf(item)}`);
  return item;
}

const isText = (item: Scalar): item is string => typeof item === 'string';
const isBoolean = (item: Scalar): item is boolean => typeof item === 'boolean';
const isScalar = (_item: Scalar): _item is Scalar => true;

function setOf({ items }: Values, work: Work): ReadonlySet<Scalar> {
  for (const item of items) work.spend(1 + (typeof item === 'string' ? item.length >> 6 : 0));
  return new Set(items);
}

/** An array of primitives is a set, with its duplicates; null is no value. */
function claimValues(json: JSONValue, work: Work): Scalar[] {
  if (!Array.isArray(json)) return scalarsOf(json);
  work.spend(json.length);
  return json.flatMap(scalarsOf);
}

function scalarsOf(json: JSONValue): Scalar[] {
  if (json === null) return [];
  if (typeof json === 'object')
    throw new EvaluationError(`JsonToClaimValue takes no ${Array.isArray(json) ? 'array in an array' : 'object'}`);
  if (typeof json === 'number' && !Number.isSafeInteger(json))
    throw new EvaluationError(`JsonToClaimValue takes integers up to 2^53 - 1, not ${json}`);
  return [json === 0 ? 0 : json];
}
