import { Refusal } from '../refusals.js';

/**
 * Strict reading of JSON documents that decide whom we trust. A field that is misspelt must not be a field that is
 * ignored: unknown fields are refused, and all problems are reported at once.
 */
export interface DocumentReader {
  string(field: string): string;
  /** A string or null. */
  text(field: string): string | null;
  boolean(field: string): boolean;
  /** A whole number, at least `min`. */
  integer(field: string, min: number): number;
  strings(field: string): readonly string[];
  oneOf<const T extends string>(field: string, allowed: readonly [T, ...T[]]): T;
  someOf<const T extends string>(field: string, allowed: readonly T[]): readonly T[];
  /** Each entry of a list of objects. */
  objects<T>(field: string, read: (entry: DocumentReader) => T): readonly T[];
  /** An object with free names, whose values are lists of objects. */
  objectsByName<T>(field: string, read: (entry: DocumentReader) => T): Readonly<Record<string, readonly T[]>>;
  /** An object; `otherwise` stands in where it is none, and the problem has been said. */
  object<T>(field: string, read: (entry: DocumentReader) => T, otherwise: T): T;
  /** The field alone where the document has it, nothing where it has not: to be spread. */
  optional<const F extends string, T>(field: F, read: (field: F) => T): Readonly<Partial<Record<F, T>>>;
  has(field: string): boolean;
  /** Says what is wrong beyond the form of a field. */
  problem(text: string): void;
}

/** @throws Refusal CONFIGURATION_INVALID with every problem of the document. */
export function readDocument<T>(what: string, value: unknown, read: (fields: DocumentReader) => T): T {
  const problems: string[] = [];
  const result = readObject(value, '', problems, read);
  if (problems.length > 0 || result === undefined) {
    throw new Refusal('CONFIGURATION_INVALID', `${what}: ${problems.join('; ')}`);
  }
  return result;
}

/** `at` names the place of this object in the document, and ends in a dot unless it is the whole. */
function readObject<T>(
  value: unknown,
  at: string,
  problems: string[],
  read: (fields: DocumentReader) => T,
): T | undefined {
  if (!isObject(value)) {
    problems.push(`${at.replace(/\.$/, '') || 'the document'} must be an object`);
    return undefined;
  }
  const known = new Set<string>();
  const take = (field: string): unknown => {
    known.add(field);
    return value[field];
  };
  const must = <V>(field: string, form: string, accept: (found: unknown) => V | undefined, otherwise: V): V => {
    const accepted = accept(take(field));
    if (accepted === undefined) problems.push(`${at}${field} must be ${form}`);
    return accepted ?? otherwise;
  };
  const isString = (found: unknown): found is string => typeof found === 'string' && found !== '';
  const areStrings = (found: unknown): found is string[] => Array.isArray(found) && found.every(isString);

  const fields: DocumentReader = {
    string: (field) => must(field, 'a text that is not empty', (found) => (isString(found) ? found : undefined), ''),
    text: (field) => {
      const found = take(field);
      if (found !== null && !isString(found)) problems.push(`${at}${field} must be a text or null`);
      return isString(found) ? found : null;
    },
    boolean: (field) =>
      must(field, 'true or false', (found) => (typeof found === 'boolean' ? found : undefined), false),
    integer: (field, min) =>
      must(
        field,
        `a whole number from ${min}`,
        (found) => (Number.isSafeInteger(found) && (found as number) >= min ? (found as number) : undefined),
        0,
      ),
    strings: (field) =>
      must(field, 'a list of texts', (found) => (areStrings(found) ? Object.freeze([...found]) : undefined), []),
    oneOf: (field, allowed) =>
      must(field, allowed.join(' or '), (found) => allowed.find((candidate) => candidate === found), allowed[0]),
    someOf: <const V extends string>(field: string, allowed: readonly V[]) =>
      must<readonly V[]>(
        field,
        `a list of ${allowed.join(', ')}`,
        (found) =>
          areStrings(found) && found.every((entry) => allowed.some((candidate) => candidate === entry))
            ? Object.freeze([...found] as V[])
            : undefined,
        [],
      ),
    objects: (field, readEntry) => readList(take(field), `${at}${field}`, problems, readEntry),
    objectsByName: (field, readEntry) => {
      const named = must<Record<string, unknown>>(
        field,
        'an object',
        (found) => (isObject(found) ? found : undefined),
        {},
      );
      const read = ([name, entries]: [string, unknown]) =>
        [name, readList(entries, `${at}${field}.${name}`, problems, readEntry)] as const;
      return Object.freeze(Object.fromEntries(Object.entries(named).map(read)));
    },
    object: (field, readEntry, otherwise) =>
      readObject(take(field), `${at}${field}.`, problems, readEntry) ?? otherwise,
    optional: <const F extends string, V>(field: F, readField: (name: F) => V) =>
      (Object.hasOwn(value, field) ? { [field]: readField(field) } : {}) as Readonly<Partial<Record<F, V>>>,
    has: (field) => Object.hasOwn(value, field),
    problem: (text) => problems.push(`${at}${text}`),
  };
  const result = read(fields);
  for (const field of Object.keys(value)) {
    if (!known.has(field)) problems.push(`${at}${field} is not known here`);
  }
  return result;
}

function readList<T>(value: unknown, at: string, problems: string[], read: (entry: DocumentReader) => T): readonly T[] {
  if (!Array.isArray(value)) {
    problems.push(`${at} must be a list of objects`);
    return [];
  }
  const entries = value.map((entry, index) => readObject(entry, `${at}[${index}].`, problems, read));
  return Object.freeze(entries.filter((entry) => entry !== undefined));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
