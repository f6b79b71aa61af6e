import {
  TYPE_ANY,
  TYPE_ARRAY,
  TYPE_ARRAY_NUMBER,
  TYPE_ARRAY_STRING,
  TYPE_EXPREF,
  type JSONValue,
  type TreeInterpreter,
  type compile,
} from '@jmespath-community/jmespath';

type Query = ReturnType<typeof compile>;
type Runtime = typeof TreeInterpreter.runtime;
type Keys = (string | number)[];

/** The functions of jmespath.org, and the one that Azure Attestation's samples add. */
export const JMESPATH_FUNCTIONS: ReadonlySet<string> = new Set([
  'abs',
  'avg',
  'ceil',
  'contains',
  'ends_with',
  'equals_ignore_case',
  'floor',
  'join',
  'keys',
  'length',
  'map',
  'max',
  'max_by',
  'merge',
  'min',
  'min_by',
  'not_null',
  'reverse',
  'sort',
  'sort_by',
  'starts_with',
  'sum',
  'to_array',
  'to_number',
  'to_string',
  'type',
  'values',
]);

const JSON_NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/**
 * Replaces what the library does otherwise than its specification says: it sorts numbers as texts, compares texts by the
 * locale of the machine, finds no extreme among texts by key, and reads "" as the number 0. Its `max` and `reverse` fail
 * on long lists, which overflow the stack as arguments.
 */
export function overrideFunctions(runtime: Runtime, visit: (query: Query, value: JSONValue) => JSONValue): void {
  const numbersOrTexts = [{ types: [TYPE_ARRAY_NUMBER, TYPE_ARRAY_STRING] }];
  const listAndKey = [{ types: [TYPE_ARRAY] }, { types: [TYPE_EXPREF] }];
  const override = { override: true };

  const keysOf = (list: JSONValue[], key: Query): Keys => sameKind(list.map((item) => visit(key, item)));
  const extreme = (sign: 1 | -1, list: JSONValue[], keys: Keys): JSONValue => {
    let best = 0;
    for (let at = 1; at < keys.length; at += 1) if (sign * compare(keys[at], keys[best]) > 0) best = at;
    return list[best] ?? null;
  };

  for (const [name, sign] of [['max', 1] as const, ['min', -1] as const]) {
    const ofList = (given: unknown[]): JSONValue => extreme(sign, given[0] as JSONValue[], given[0] as Keys);
    const byKey = (given: unknown[]): JSONValue => {
      const [list, key] = given as [JSONValue[], Query];
      return extreme(sign, list, keysOf(list, key));
    };
    runtime.register<string>(name, ofList, numbersOrTexts, override);
    runtime.register<string>(`${name}_by`, byKey, listAndKey, override);
  }
  runtime.register<string>('sort', ([list]) => [...(list as Keys)].sort(compare), numbersOrTexts, override);
  const sortBy = (given: unknown[]): JSONValue => {
    const [list, key] = given as [JSONValue[], Query];
    const keys = keysOf(list, key);
    const order = keys.map((_, at) => at).sort((a, b) => compare(keys[a], keys[b]) || a - b);
    return order.map((at) => list[at] ?? null);
  };
  runtime.register<string>('sort_by', sortBy, listAndKey, override);
  const any = [{ types: [TYPE_ANY] }];
  runtime.register<string>('to_number', ([value]) => numberOf(value as JSONValue), any, override);
  runtime.register<string>('equals_ignore_case', ([a, b]) => equalsIgnoreCase(a, b), [...any, ...any]);
}

function sameKind(keys: readonly JSONValue[]): Keys {
  const kind = typeof keys[0];
  if (keys.length > 0 && kind !== 'string' && kind !== 'number')
    throw new TypeError('a key is neither number nor text');
  if (keys.some((key) => typeof key !== kind)) throw new TypeError('keys are of different types');
  return keys as Keys;
}

function compare(a: string | number | undefined, b: string | number | undefined): number {
  if (a === b || a === undefined || b === undefined) return 0;
  return a < b ? -1 : 1;
}

function numberOf(value: JSONValue): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && JSON_NUMBER.test(value) ? Number(value) : null;
}

/** False where one is no text, as a field that a document lacks. */
function equalsIgnoreCase(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' && a.toLowerCase() === b.toLowerCase();
}
