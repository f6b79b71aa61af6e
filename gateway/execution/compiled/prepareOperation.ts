import {
  GraphQLError,
  Kind,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { FetchCompiler } from './sendFetch.js';
import { compilePlan, type RunPlan } from './compilePlan.js';
import { compileIntrospection, type Introspect } from './introspection.js';
import type { ExecutionLimits } from './limits.js';
import { normaliseOperation, type NormalisedOperation } from './normaliseOperation.js';
import { fetchesOf, type Plan, type PlannedFetch } from './plan.js';
import type { Overrides, Planner } from './planner.js';
import { RequestErrors } from './requestErrors.js';
import { conditionVariables } from './selection.js';
import { ResponseVariants } from './responseVariants.js';

/** An operation that is ready to run, any number of times. */
export interface PreparedOperation {
  /** As the caller sent it. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** As planners and subgraphs get it: other response keys, no fragment spreads, no introspection. */
  readonly planned: NormalisedOperation;
  readonly plan: Plan;
  /** Every fetch of the plan, as data. */
  readonly fetches: readonly PlannedFetch[];
  readonly runPlan: RunPlan;
  readonly introspect: Introspect;
  readonly response: ResponseVariants;
  /** An estimate of the memory that all of it takes. */
  readonly bytes: number;
}

export interface Preparing {
  readonly compiler: FetchCompiler;
  readonly planner: Planner;
  readonly limits: ExecutionLimits;
  readonly overrides: Overrides;
  readonly suggestsNames: boolean;
}

/** @throws RequestErrors where it is no GraphQL, not valid, or has no such operation. */
export function prepareOperation(
  source: string | DocumentNode,
  operationName: string | undefined,
  { compiler, planner, limits, overrides, suggestsNames }: Preparing,
): PreparedOperation {
  const { supergraph } = compiler;
  const document = typeof source === 'string' ? parseSource(source, limits.tokens) : source;
  const problems = validate(supergraph.schema, document, specifiedRules, {
    maxErrors: limits.validationErrors,
    hideSuggestions: !suggestsNames,
  });
  if (problems.length > 0) throw new RequestErrors('validate', problems);
  const operation = chooseOperation(document, operationName);
  requireRootType(supergraph.schema, operation);
  const fragments = fragmentsOf(document);
  const planned = normaliseOperation({ supergraph, operation, fragments, limits });
  const plan: Plan = planned.hasFields
    ? planner.plan(planned.document, overrides)
    : { node: undefined, subscription: undefined };
  const fetches = fetchesOf(plan);
  const copiesAnswers = fetches.some(({ entities }) => entities.some(({ contexts }) => contexts.length > 0));
  const schema = supergraph.schema;
  return {
    document,
    operation,
    fragments,
    planned,
    plan,
    fetches,
    runPlan: compilePlan(plan.node, { ...compiler, copiesAnswers }),
    introspect: compileIntrospection(schema, operation, fragments),
    response: new ResponseVariants({
      schema,
      operation,
      fragments,
      keys: planned.keys,
      conditions: conditionVariables(operation, fragments),
    }),
    bytes: estimateBytes(document, fetches),
  };
}

function parseSource(source: string, maxTokens: number): DocumentNode {
  try {
    return parse(source, { maxTokens });
  } catch (thrown) {
    if (thrown instanceof GraphQLError) throw new RequestErrors('parse', [thrown]);
    throw thrown;
  }
}

/** GraphQL specification 5.2.1.1: validation of graphql-js leaves it to execution. */
function requireRootType(schema: GraphQLSchema, { operation }: OperationDefinitionNode): void {
  if (schema.getRootType(operation) !== undefined) return;
  throw new RequestErrors('validate', [new GraphQLError(`The schema has no operations of the kind ${operation}.`)]);
}

/** GraphQL specification 6.1, GetOperation. */
function chooseOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [only] = operations;
  if (name === undefined || name === '') {
    if (only !== undefined && operations.length === 1) return only;
    const message =
      only === undefined ? 'The document has no operation.' : 'The document has several operations: name one of them.';
    throw new RequestErrors('validate', [new GraphQLError(message)]);
  }
  const named = operations.find((operation) => operation.name?.value === name);
  if (named === undefined) {
    throw new RequestErrors('validate', [new GraphQLError(`The document has no operation named ${name}.`)]);
  }
  return named;
}

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

/** Syntax trees and closures take about this many bytes for each character of their text. */
const BYTES_PER_CHARACTER = 50;

function estimateBytes(document: DocumentNode, fetches: readonly PlannedFetch[]): number {
  let characters = document.loc === undefined ? JSON.stringify(document).length / 10 : document.loc.end;
  for (const { operation } of fetches) characters += operation.length;
  return Math.ceil(characters) * BYTES_PER_CHARACTER;
}
