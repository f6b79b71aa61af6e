import { Refusal } from '../../enclave/refusals.js';
import type { Form } from './mutate.js';

/** A parser, or a verifier, that strangers can send bytes to. */
export interface FuzzTarget {
  readonly name: string;
  /** What mutation understands of its inputs. */
  readonly form: Form;
  /** Inputs that it takes, and some that it just about does not. */
  readonly seeds: readonly Uint8Array[];
  /** Answers anything; a promise is waited for. Throws an Error of its own where an answer is wrong. */
  readonly run: (input: Uint8Array) => unknown;
  /** Is this how it says no? Everything else that is thrown is a crash. */
  readonly isRefusal: (thrown: unknown) => boolean;
}

/** A refusal with a code; INTERNAL is our own mistake. */
export function isCoded(thrown: unknown): boolean {
  return thrown instanceof Refusal && thrown.code !== 'INTERNAL';
}

/** As readers of a format say no, which their callers turn into a refusal; `atob` has an error of its own. */
export function isUnreadable(thrown: unknown): boolean {
  if (thrown instanceof DOMException) return thrown.name === 'InvalidCharacterError';
  // The engine's own RangeErrors are about us: a stack or a length that was not bounded.
  return thrown instanceof RangeError && !/call stack|Invalid (array|string|typed array) length/.test(thrown.message);
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Bytes that are no UTF-8 become replacement characters, as in a request's body. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
