import { getVariableValues, type DocumentNode, type GraphQLSchema } from 'graphql';
import { toRefusal } from '../../../enclave/refusals.js';
import { composeAnswer, writeAnswer, type ExecutionAnswer } from './answer.js';
import { choosePlanner, type PlannerChoice } from './choosePlanner.js';
import type { FetchCompiler } from './sendFetch.js';
import { EXECUTION_LIMITS, type ExecutionLimits } from './limits.js';
import { mergeInto } from './mergeData.js';
import { OperationCache } from './operationCache.js';
import { isOverrideOn, overrideLabels } from './overrides.js';
import { NO_OVERRIDES, type Overrides, type Planner } from './planner.js';
import { prepareOperation, type PreparedOperation } from './prepareOperation.js';
import { Run } from './run.js';
import { readSupergraph } from './supergraph.js';
import type { SubgraphTransport } from './transport.js';
import type { SubgraphErrors } from './upstreamErrors.js';
import { refusalError } from './upstreamErrors.js';

export interface ExecutorOptions {
  readonly supergraphSdl: string;
  /**
   * `auto`: hive, except where that is known to plan wrongly or has no plan. A planner may be shared by executors whose
   * supergraphs differ in nothing but in what is @inaccessible.
   */
  readonly planner?: PlannerChoice | Planner;
  readonly transport: SubgraphTransport;
  readonly limits?: Partial<ExecutionLimits>;
  /** What callers see of subgraphs' errors; `coded` by default. */
  readonly subgraphErrors?: SubgraphErrors;
  /** What an entity is that a subgraph does not know; an error by default. */
  readonly unknownEntities?: 'error' | 'null';
  /** Whether messages about wrong names say which names are close to them; true by default. */
  readonly suggestsNames?: boolean;
}

export interface CompiledExecutor {
  /** What callers see: nothing @inaccessible and nothing of federation's machinery. */
  readonly schema: GraphQLSchema;
  /**
   * Parses, validates, plans and compiles; the result is kept for the next time.
   *
   * @throws RequestErrors for mistakes of the caller; Refusal OPERATION_TOO_COMPLEX; PlanningFailed.
   */
  prepare(source: string | DocumentNode, operationName: string | undefined, overrides?: Overrides): PreparedOperation;
  /** Never throws: what goes wrong is in the answer. */
  execute(prepared: PreparedOperation, request: ExecutionRequest): Promise<ExecutionAnswer>;
}

export interface ExecutionRequest {
  /** As they came, by name. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Opaque to the executor; the transport gets it: who asks, deadlines, attestation. */
  readonly context: unknown;
  readonly signal?: AbortSignal;
}

/** @throws Refusal CONFIGURATION_INVALID where the supergraph cannot be served rightly. */
export function createCompiledExecutor(options: ExecutorOptions): CompiledExecutor {
  const limits: ExecutionLimits = { ...EXECUTION_LIMITS, ...options.limits };
  const supergraph = readSupergraph(options.supergraphSdl);
  const { planner: choice = 'auto', suggestsNames = true } = options;
  const planner = typeof choice === 'string' ? choosePlanner(options.supergraphSdl, supergraph, choice) : choice;
  const compiler: FetchCompiler = {
    supergraph,
    merge: mergeInto(supergraph),
    subgraphErrors: options.subgraphErrors ?? 'coded',
    unknownEntities: options.unknownEntities ?? 'error',
    maximumErrors: limits.errors,
    copiesAnswers: false,
  };
  const labels = overrideLabels(options.supergraphSdl).sort();
  const cache = new OperationCache<PreparedOperation>({ entries: limits.cachedOperations, bytes: limits.cachedBytes });
  return {
    schema: supergraph.schema,
    prepare(source, operationName, overrides = NO_OVERRIDES) {
      const preparing = { compiler, planner, limits, overrides, suggestsNames };
      if (typeof source !== 'string') return prepareOperation(source, operationName, preparing);
      const on = labels.filter((label) => isOverrideOn(label, overrides));
      const key = `${operationName ?? ''}\n${on.join()}\n${source}`;
      const known = cache.get(key);
      if (known !== undefined) return known;
      const prepared = prepareOperation(source, operationName, preparing);
      cache.set(key, prepared, prepared.bytes);
      return prepared;
    },
    execute: (prepared, request) =>
      execute(prepared, request, { transport: options.transport, compiler, limits, suggestsNames }),
  };
}

interface Executing {
  readonly transport: SubgraphTransport;
  readonly compiler: FetchCompiler;
  readonly limits: ExecutionLimits;
  readonly suggestsNames: boolean;
}

async function execute(
  prepared: PreparedOperation,
  request: ExecutionRequest,
  { transport, compiler: { supergraph }, limits, suggestsNames }: Executing,
): Promise<ExecutionAnswer> {
  const { operation } = prepared;
  const coerced = getVariableValues(supergraph.schema, operation.variableDefinitions ?? [], request.variables, {
    maxErrors: limits.validationErrors,
    hideSuggestions: !suggestsNames,
  });
  if (coerced.coerced === undefined) {
    return composeAnswer(
      undefined,
      coerced.errors.map((error) => error.toJSON()),
    );
  }
  let chosen: PreparedOperation;
  try {
    chosen = prepared.forVariables(coerced.coerced);
  } catch (thrown) {
    const { message, extensions } = refusalError(toRefusal(thrown), undefined);
    return composeAnswer(undefined, [{ message, extensions }]);
  }
  const variables = new Map<string, unknown>();
  for (const [plannedName, name] of chosen.planned.variables) {
    if (Object.hasOwn(coerced.coerced, name)) variables.set(plannedName, coerced.coerced[name]);
  }
  const run = new Run(transport, variables, request.context, request.signal, limits.errors);
  try {
    await chosen.runPlan(run);
  } catch (thrown) {
    run.fail(refusalError(toRefusal(thrown), undefined));
  }
  return writeAnswer(chosen, run, coerced.coerced);
}
