import { OperationTypeNode } from 'graphql';
import { BoundedMap } from './boundedMap.js';
import type { CostModel } from './demand/costModel.js';
import { compileEstimate, type EstimateCost } from './demand/estimate.js';
import type { Executor, PreparedOperation } from './executor.js';
import { requireBoundedDocument, type OperationLimits } from './operationLimits.js';
import { parseDocument } from './parseDocument.js';

/** One schema that is served: an executor, and what is known of the operations that it was asked. */
export interface ServedSchema {
  readonly executor: Executor;
  readonly costs: CostModel | undefined;
  /**
   * The operation of a document, bounded, validated, planned and compiled; kept for the next who asks it.
   *
   * @throws Refusal OPERATION_TOO_COMPLEX, GraphQLError, whatever the executor throws.
   */
  operation(source: string, operationName: string | undefined): ServedOperation;
}

export interface ServedOperation {
  readonly prepared: PreparedOperation;
  readonly type: OperationTypeNode;
  readonly isIntrospection: boolean;
  readonly estimate: EstimateCost | undefined;
}

export interface ServedSchemaOptions {
  readonly executor: Executor;
  readonly limits: OperationLimits;
  /** Absent, no cost is estimated. */
  readonly costs?: CostModel;
  readonly cache?: CacheLimits;
}

export interface CacheLimits {
  readonly operations: number;
  /** Of the documents' texts, in all. */
  readonly characters: number;
}

export const CACHE_LIMITS: CacheLimits = { operations: 1000, characters: 8_000_000 };

/** A new supergraph is a new served schema: nothing that was prepared for the old one is used again. */
export function serveSchema(options: ServedSchemaOptions): ServedSchema {
  const { executor, limits, costs, cache = CACHE_LIMITS } = options;
  const known = new BoundedMap<string, ServedOperation>({
    maximumEntries: cache.operations,
    maximumWeight: cache.characters,
  });
  return {
    executor,
    costs,
    operation(source, operationName) {
      const key = operationName === undefined ? source : `${operationName}\n${source}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      const document = parseDocument(source, limits.tokens);
      const { isIntrospection } = requireBoundedDocument(document, limits);
      const prepared = executor.prepare(document, operationName);
      const { operation } = prepared;
      const estimate = costs === undefined ? undefined : compileEstimate(document, operation, costs);
      const served = { prepared, type: operation.operation, isIntrospection, estimate };
      known.set(key, served, key.length);
      return served;
    },
  };
}
