import type { DocumentNode, GraphQLFormattedError, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Overrides } from '../execution/compiled/planner.js';

/** What this folder needs of an executor; the compiled executor is one. */
export interface Executor<Prepared extends PreparedOperation = PreparedOperation> {
  /** What callers may ask: the API schema, without the machinery of federation. */
  readonly schema: GraphQLSchema;
  /**
   * Validates, plans and compiles.
   *
   * @throws GraphQLError, or an error whose `errors` are GraphQLErrors, for mistakes of the caller; Refusal.
   */
  prepare(document: DocumentNode, operationName: string | undefined, overrides?: Overrides): Prepared;
  /** @throws Refusal where the operation was not executed. */
  execute(prepared: Prepared, request: ExecutionRequest): Promise<ExecutionAnswer>;
}

export interface PreparedOperation {
  /** An estimate of the memory that it takes. */
  readonly bytes?: number;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

export interface ExecutionRequest {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Opaque here and to the executor. */
  readonly context: unknown;
  readonly signal?: AbortSignal;
}

export interface ExecutionAnswer {
  /** The whole answer as JSON, written once. */
  readonly text: string;
  readonly hasErrors: boolean;
  /** False where the answer has no entry `data`: the operation was not executed. */
  readonly hasData: boolean;
  data(): unknown;
  readonly errors: readonly GraphQLFormattedError[];
}
