import { OperationTypeNode } from 'graphql';
import type { Overrides } from '../execution/compiled/planner.js';
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
  operation(source: string, operationName: string | undefined, variant?: PlanVariant): ServedOperation;
}

/** Which progressive overrides are on for one request. */
export interface PlanVariant {
  /** The same for requests that are planned alike, for instance the labels that are on. Few: each is planned for itself. */
  readonly key: string;
  readonly overrides: Overrides;
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
  /** An estimate of the memory that they take. */
  readonly bytes: number;
}

export const CACHE_LIMITS: CacheLimits = { operations: 1000, bytes: 64 * 1024 * 1024 };

/** Syntax trees and closures take about this many bytes for each character of their text. */
const BYTES_PER_CHARACTER = 100;

/** A new supergraph is a new served schema: nothing that was prepared for the old one is used again. */
export function serveSchema(options: ServedSchemaOptions): ServedSchema {
  const { executor, limits, costs, cache = CACHE_LIMITS } = options;
  const known = new BoundedMap<string, ServedOperation>({
    maximumEntries: cache.operations,
    maximumWeight: cache.bytes,
  });
  return {
    executor,
    costs,
    operation(source, operationName, variant) {
      const key = `${variant?.key ?? ''}\n${operationName ?? ''}\n${source}`;
      const found = known.get(key);
      if (found !== undefined) return found;
      const document = parseDocument(source, limits.tokens);
      const { isIntrospection } = requireBoundedDocument(document, limits);
      const prepared = executor.prepare(document, operationName, variant?.overrides);
      const { operation } = prepared;
      const estimate = costs === undefined ? undefined : compileEstimate(document, operation, costs);
      const served = { prepared, type: operation.operation, isIntrospection, estimate };
      known.set(key, served, prepared.bytes ?? key.length * BYTES_PER_CHARACTER);
      return served;
    },
  };
}
