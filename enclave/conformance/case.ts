import { bytesOfBase64 } from '../bytes.js';
import type { Primitives } from '../verification/primitives.js';

/** A file of a folder of vectors. */
export interface VectorFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a case says and what we say of it. */
export interface CaseVerdict {
  /** The case's own identifier, or the file's name. */
  readonly id: string;
  /** For instance dcap. */
  readonly kind: string;
  /** Every way in which the two differ; empty where the case passes. */
  readonly disagreements: readonly string[];
}

export interface JudgeOptions {
  /** Runs a verifier with the primitives at hand: node:crypto or WebCrypto. */
  readonly run: <T>(verifier: (primitives: Primitives) => T) => Promise<T>;
  /** The text of another file of the same folder, for instance a trust root; undefined where there is none. */
  readonly readSibling: (name: string) => string | undefined;
}

/** Answers every disagreement of one case. May throw: what cannot be judged does not pass. */
export type JudgeCase = (vector: Fields, options: JudgeOptions) => Promise<string[]> | string[];

/** A JSON object of which nothing is known. */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws RangeError that names the field. */
export function fieldsIn(vector: Fields, name: string): Fields {
  const value = vector[name];
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RangeError(`${name} is not an object`);
  return value as Fields;
}

/** @throws RangeError that names the field. */
export function textIn(vector: Fields, name: string): string {
  const value = vector[name];
  if (typeof value !== 'string') throw new RangeError(`${name} is not a text`);
  return value;
}

/** Texts of a list; an absent list is empty. @throws RangeError that names the field. */
export function textsIn(vector: Fields, name: string): readonly string[] {
  const value = vector[name] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new RangeError(`${name} is not a list of texts`);
  return value;
}

/** Base64 or base64url. @throws RangeError that names the field. */
export function bytesIn(vector: Fields, name: string): Uint8Array {
  try {
    return bytesOfBase64(textIn(vector, name));
  } catch (cause) {
    throw new RangeError(`${name} is not base64`, { cause });
  }
}

/** `at`, the only clock of a case: milliseconds since 1970. @throws RangeError */
export function instantIn(vector: Fields): number {
  const at = Date.parse(textIn(vector, 'at'));
  if (Number.isNaN(at)) throw new RangeError('at is not a date');
  return at;
}

/**
 * Compares each expected field that we know with what came; fields that a case does not name, or leaves null, are not
 * compared.
 */
export function fieldDisagreements(expected: Fields, actual: Fields): string[] {
  return Object.keys(actual)
    .filter((name) => expected[name] !== undefined && expected[name] !== null)
    .filter((name) => JSON.stringify(expected[name]) !== JSON.stringify(actual[name]))
    .map((name) => `${name}: expected ${show(expected[name])}, got ${show(actual[name])}`);
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200);
}
