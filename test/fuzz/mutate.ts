import { mutateBytes } from './mutateBytes.js';
import { mutateDer } from './mutateDer.js';
import { mutateJson } from './mutateJson.js';
import { mutatePem } from './mutatePem.js';
import { mutateQuote } from './mutateQuote.js';
import { mutateText } from './mutateText.js';
import type { Random } from './random.js';

export type Mutate = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const MUTATIONS = {
  bytes: [mutateBytes],
  der: [mutateDer, mutateDer, mutateBytes],
  pem: [mutatePem, mutatePem, mutateText, mutateBytes],
  json: [mutateJson, mutateJson, mutateText, mutateBytes],
  text: [mutateText, mutateText, mutateBytes],
  quote: [mutateQuote, mutateBytes],
} as const satisfies Record<string, readonly [Mutate, ...Mutate[]]>;

export type Form = keyof typeof MUTATIONS;

/** One to four changes that know the input’s form, or none of it. `other` is another input, to take parts from. */
export function mutate(form: Form, input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let changed = input;
  for (let round = random.below(4); round >= 0; round--)
    changed = random.pick<Mutate>(MUTATIONS[form])(changed, random, other);
  return changed.length > MAXIMUM_BYTES ? changed.subarray(0, MAXIMUM_BYTES) : changed;
}

/** Larger than every limit of ours for what is parsed whole. */
const MAXIMUM_BYTES = 256 * 1024;
