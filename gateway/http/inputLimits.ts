import { Refusal } from '../../enclave/refusals.js';

/** Bounds on what a caller sends beside the document. */
export interface InputLimits {
  /** Levels of lists and objects in variables and in extensions. */
  readonly inputDepth: number;
  /** Entries of one list, in variables and in the document itself. */
  readonly listItems: number;
  /** Scalars, lists and objects in all. */
  readonly inputValues: number;
}

export const INPUT_LIMITS: InputLimits = { inputDepth: 16, listItems: 1000, inputValues: 20_000 };

/**
 * Ends at the first bound that is passed, so that the work is bounded too.
 *
 * @throws Refusal OPERATION_TOO_COMPLEX
 */
export function requireBoundedInput(value: unknown, name: string, limits: InputLimits): void {
  let values = 0;
  const walk = (part: unknown, depth: number): void => {
    values += 1;
    if (values > limits.inputValues) throw tooMuch(name, 'values', limits.inputValues);
    if (typeof part !== 'object' || part === null) return;
    if (depth >= limits.inputDepth) throw tooMuch(name, 'levels', limits.inputDepth);
    if (Array.isArray(part)) {
      if (part.length > limits.listItems) throw tooMuch(name, 'entries in one list', limits.listItems);
      for (const item of part as unknown[]) walk(item, depth + 1);
    } else {
      for (const key in part) walk((part as Record<string, unknown>)[key], depth + 1);
    }
  };
  walk(value, 0);
}

function tooMuch(name: string, what: string, limit: number): Refusal {
  return new Refusal('OPERATION_TOO_COMPLEX', `The ${name} have more ${what} than ${limit}, which is the limit.`);
}
