import { Refusal } from '../refusals.js';

/**
 * Reading of claims. Who writes them has signed them, so a claim of the wrong form is not an attack but another format:
 * it is refused all the same. `optional…` answers undefined where the claim is absent, and refuses one that is not of
 * its form: a misunderstood claim must not pass for an absent one.
 */
export type Claims = Readonly<Record<string, unknown>>;

/** Texts of claims end up in messages and in lists of failed claims. */
const MAXIMUM_TEXT = 1024;
const MAXIMUM_TEXTS = 256;

export function text(claims: Claims, name: string): string {
  const value = claims[name];
  if (typeof value !== 'string' || value === '' || value.length > MAXIMUM_TEXT)
    throw malformed(`${name} is not a text`);
  return value;
}

export function optionalText(claims: Claims, name: string): string | undefined {
  return claims[name] === undefined ? undefined : text(claims, name);
}

export function optionalTexts(claims: Claims, name: string): readonly string[] | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  const isText = (entry: unknown) => typeof entry === 'string' && entry.length <= MAXIMUM_TEXT;
  if (!Array.isArray(value) || value.length > MAXIMUM_TEXTS || !value.every(isText))
    throw malformed(`${name} is not a list of texts`);
  return value as readonly string[];
}

export function integer(claims: Claims, name: string): number {
  const value = claims[name];
  if (!Number.isSafeInteger(value)) throw malformed(`${name} is not a whole number`);
  return value as number;
}

export function optionalInteger(claims: Claims, name: string): number | undefined {
  return claims[name] === undefined ? undefined : integer(claims, name);
}

export function flag(claims: Claims, name: string): boolean {
  const value = claims[name];
  if (typeof value !== 'boolean') throw malformed(`${name} is not true or false`);
  return value;
}

export function optionalFlag(claims: Claims, name: string): boolean | undefined {
  return claims[name] === undefined ? undefined : flag(claims, name);
}

/** Lower case. */
export function hexDigits(claims: Claims, name: string, bytes: number): string {
  const value = text(claims, name).toLowerCase();
  if (value.length !== bytes * 2 || !/^[0-9a-f]+$/.test(value)) throw malformed(`${name} is not ${bytes} bytes in hex`);
  return value;
}

export function optionalHexDigits(claims: Claims, name: string, bytes: number): string | undefined {
  return claims[name] === undefined ? undefined : hexDigits(claims, name, bytes);
}

export function object(claims: Claims, name: string): Claims {
  const value = optionalObject(claims, name);
  if (!value) throw malformed(`${name} is not an object`);
  return value;
}

export function optionalObject(claims: Claims, name: string): Claims | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${name} is not an object`);
  return value as Claims;
}

export function malformed(what: string): Refusal {
  return new Refusal('RESULT_MALFORMED', `The attestation result is not of its form: ${what}.`);
}
