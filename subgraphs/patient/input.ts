import { Refusal } from '../../enclave/refusals.js';

/**
 * Parsers of what callers send. Each names the argument that is wrong and never repeats its value, because values are
 * health data and messages are not.
 */
export type Problem = (field: string, problem: string) => void;

/** Runs a parser that may report several problems, and refuses with all of them. @throws Refusal BAD_INPUT */
export function parseInput<T>(parse: (problem: Problem) => T): T {
  const problems: string[] = [];
  const parsed = parse((field, problem) => problems.push(`${field}: ${problem}`));
  if (problems.length > 0) throw new Refusal('BAD_INPUT', problems.join('; '));
  return parsed;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isId(value: string): boolean {
  return UUID.test(value);
}

/** @returns the identifier. @throws Refusal NOT_FOUND where no record can have it. */
export function parseId(type: string, value: string): string {
  const id = value.toLowerCase();
  if (!isId(id)) throw notFound(type);
  return id;
}

/** One sentence for identifiers that are malformed and for those that nobody has. */
export function notFound(type: string): Refusal {
  return new Refusal('NOT_FOUND', `There is no ${type} with this identifier.`);
}

// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/;

/** A text without surrounding blanks; undefined where absent, blank, or wrong (which is then reported). */
export function optionalText(
  field: string,
  value: string | null | undefined,
  { longest, problem }: { longest: number; problem: Problem },
): string | undefined {
  const text = value?.trim();
  if (text === undefined || text === '') return undefined;
  const characters = Array.from(text).length;
  if (characters > longest) problem(field, `has ${characters} characters; at most ${longest} are allowed`);
  else if (CONTROL_CHARACTERS.test(text)) problem(field, 'holds control characters');
  else return text;
  return undefined;
}

/** A text that must be there. The empty string is returned only where a problem was reported. */
export function requiredText(
  field: string,
  value: string | null | undefined,
  options: { longest: number; problem: Problem },
): string {
  if (value === null || value === undefined || value.trim() === '') {
    options.problem(field, 'must not be blank');
    return '';
  }
  return optionalText(field, value, options) ?? '';
}

/** True for a day of the Gregorian calendar, YYYY-MM-DD. A custom scalar may hold any JSON, so the type is checked too. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
