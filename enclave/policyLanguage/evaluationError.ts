/** A rule that cannot be evaluated over these claims; the evaluator says which rule, in a refusal. Never leaves the folder. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}
