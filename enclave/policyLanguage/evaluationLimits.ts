import { EvaluationError } from './evaluationError.js';

/** Bounds on one evaluation: policies may come from anybody (as drafts do), claims from an attester. */
export interface EvaluationLimits {
  /** Units of work: a claim compared with a condition, a value made, a node of a query visited; about 0.1 µs to 1 µs each. */
  readonly steps: number;
  /** Of claims that match the conditions of one rule together. */
  readonly combinations: number;
  /** In the incoming set, with those that rules add. */
  readonly claims: number;
  /** Of one string value, and of one JSON text, in UTF-16 units. */
  readonly characters: number;
}

export const DEFAULT_EVALUATION_LIMITS: EvaluationLimits = {
  steps: 1_000_000,
  combinations: 10_000,
  claims: 10_000,
  characters: 1_048_576,
};

/** Counts work down and stops it at nothing. */
export class Work {
  #left: number;

  constructor(readonly limits: EvaluationLimits) {
    this.#left = limits.steps;
  }

  /** @throws EvaluationError when more was spent than there is. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new EvaluationError(`the evaluation takes more than ${this.limits.steps} steps`);
  }

  /** @throws EvaluationError for a text that is too long to be a value. */
  admit(characters: number): void {
    const { characters: most } = this.limits;
    if (characters > most) throw new EvaluationError(`a value has ${characters} characters, and ${most} is the most`);
  }
}
