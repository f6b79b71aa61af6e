/** Every bound of the executor. */
export interface ExecutionLimits {
  /** Tokens of a document. */
  readonly tokens: number;
  /** Selections of an operation, its fragments spread. */
  readonly selections: number;
  /** Levels of selection sets. */
  readonly depth: number;
  /** Problems that validation lists before it gives up. */
  readonly validationErrors: number;
  /** Errors of one answer. */
  readonly errors: number;
  /** Prepared operations that are kept. */
  readonly cachedOperations: number;
  /** An estimate of the memory that they take. */
  readonly cachedBytes: number;
}

export const EXECUTION_LIMITS: ExecutionLimits = {
  tokens: 15_000,
  selections: 20_000,
  depth: 200,
  validationErrors: 20,
  errors: 100,
  cachedOperations: 1000,
  cachedBytes: 64 * 1024 * 1024,
};
