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
import { compileResponse, type WriteData } from './responseWriter.js';
import { conditionVariables, type Selecting } from './selection.js';
import { shortenVariables } from './shortenVariables.js';

/** An operation that is ready to run, any number of times. */
export interface PreparedOperation {
  /** As the caller sent it. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Names of the variables in @skip and @include, which decide what is planned. */
  readonly conditions: readonly string[];
  /**
   * The operation as it is for these variables: what they leave out is neither planned nor fetched. The same for all where there are no
   * conditions. Execution takes this one; what is decided about fetches must be decided about it.
   */
  forVariables(variables: Readonly<Record<string, unknown>>): PreparedOperation;
  /** The values of the conditions that are decided; empty before that, and where there are none. */
  readonly choice: Readonly<Record<string, boolean>>;
  /** As planners and subgraphs get it. Before conditions are decided, with all that they could include. */
  readonly planned: NormalisedOperation;
  readonly plan: Plan;
  /** Every fetch of the plan, as data. */
  readonly fetches: readonly PlannedFetch[];
  readonly selecting: Selecting;
  readonly runPlan: RunPlan;
  readonly writeData: WriteData;
  readonly introspect: Introspect;
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
  const schema = supergraph.schema;
  const conditions = conditionVariables(operation, fragments);
  const parts = {
    document,
    operation,
    fragments,
    conditions,
    introspect: compileIntrospection(schema, operation, fragments),
  };
  const planFor = (isTrue: Selecting['isTrue']): PlannedParts => {
    const selecting: Selecting = { schema, fragments, isTrue };
    const planned = normaliseOperation({ supergraph, operation, selecting, limits });
    const plan = planned.hasFields ? shortenVariables(planner.plan(planned.document, overrides)) : NOTHING_TO_FETCH;
    const fetches = fetchesOf(plan);
    const copiesAnswers = fetches.some(({ entities }) => entities.some(({ contexts }) => contexts.length > 0));
    return {
      selecting,
      planned,
      plan,
      fetches,
      runPlan: compilePlan(plan.node, { ...compiler, copiesAnswers }),
      writeData: compileResponse({ operation, keys: planned.keys, selecting }),
    };
  };
  if (conditions.length > 0) return new ConditionalOperation(parts, planFor);
  const only = planFor(() => undefined);
  const prepared: PreparedOperation = {
    ...parts,
    ...only,
    bytes: estimateBytes(document, only.fetches),
    choice: {},
    forVariables: () => prepared,
  };
  return prepared;
}

const NOTHING_TO_FETCH: Plan = { node: undefined, subscription: undefined };

type ParsedParts = Pick<PreparedOperation, 'conditions' | 'document' | 'fragments' | 'introspect' | 'operation'>;
type PlannedParts = Pick<PreparedOperation, 'fetches' | 'plan' | 'planned' | 'runPlan' | 'selecting' | 'writeData'>;

/** Of one operation: choices of its conditions whose plans are kept. */
const MAXIMUM_CHOICES = 16;

/** Planned once for each choice of its conditions, when that is first asked for: planners mix up conditions. */
class ConditionalOperation implements PreparedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly conditions: readonly string[];
  readonly introspect: Introspect;
  readonly bytes: number;
  readonly choice = {};
  readonly #parts: ParsedParts;
  readonly #planFor: (isTrue: Selecting['isTrue']) => PlannedParts;
  readonly #choices = new Map<string, PreparedOperation>();
  #everything: PlannedParts | undefined;

  constructor(parts: ParsedParts, planFor: (isTrue: Selecting['isTrue']) => PlannedParts) {
    this.document = parts.document;
    this.operation = parts.operation;
    this.fragments = parts.fragments;
    this.conditions = parts.conditions;
    this.introspect = parts.introspect;
    this.bytes = estimateBytes(parts.document, []) * Math.min(2 ** parts.conditions.length, MAXIMUM_CHOICES);
    this.#parts = parts;
    this.#planFor = planFor;
  }

  forVariables(variables: Readonly<Record<string, unknown>>): PreparedOperation {
    const defaults = new Map(
      (this.operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [
        variable.name.value,
        defaultValue?.kind === Kind.BOOLEAN && defaultValue.value,
      ]),
    );
    const valueOf = (name: string): boolean => {
      const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
      return given === undefined ? (defaults.get(name) ?? false) : given === true;
    };
    const choice = Object.fromEntries(this.conditions.map((name) => [name, valueOf(name)]));
    const key = this.#keyOf(choice);
    const known = this.#choices.get(key);
    if (known !== undefined) return known;
    const chosen = this.#choose(choice);
    if (this.#choices.size >= MAXIMUM_CHOICES) this.#choices.clear();
    this.#choices.set(key, chosen);
    return chosen;
  }

  #keyOf(choice: Readonly<Record<string, boolean>>): string {
    return this.conditions.map((name) => (choice[name] === true ? '1' : '0')).join('');
  }

  #choose(choice: Readonly<Record<string, boolean>>): PreparedOperation {
    const on = new Set(this.conditions.filter((name) => choice[name]));
    const chosen: PreparedOperation = {
      ...this.#parts,
      ...this.#planFor((name) => on.has(name)),
      bytes: this.bytes,
      choice,
      // The same object as long as the same is chosen, whatever has been forgotten meanwhile: decisions are tied to it.
      forVariables: (variables) => {
        const other = this.forVariables(variables);
        return this.#keyOf(other.choice) === this.#keyOf(choice) ? chosen : other;
      },
    };
    return chosen;
  }

  get selecting(): Selecting {
    return this.#all().selecting;
  }

  get planned(): NormalisedOperation {
    return this.#all().planned;
  }

  get plan(): Plan {
    return this.#all().plan;
  }

  get fetches(): readonly PlannedFetch[] {
    return this.#all().fetches;
  }

  get runPlan(): RunPlan {
    return this.#all().runPlan;
  }

  get writeData(): WriteData {
    return this.#all().writeData;
  }

  #all(): PlannedParts {
    return (this.#everything ??= this.#planFor(() => undefined));
  }
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
