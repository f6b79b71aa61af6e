import {
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  isInterfaceType,
  Kind,
  OperationTypeNode,
  valueFromASTUntyped,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { CostModel, ListSize } from './costModel.js';
import { compileInputCost, type Variables } from './inputCost.js';

export interface Estimate {
  readonly cost: number;
  /** What `@listSize` demands of the operation and it does not do. */
  readonly problems: readonly string[];
}

export type EstimateCost = (variables: Variables, defaultListSize: number) => Estimate;

/** What the operation costs before any field does. */
export function baseCost(type: OperationTypeNode): number {
  return type === OperationTypeNode.MUTATION ? 10 : 0;
}

/**
 * Compiles the estimate of an operation: what it would cost if every list were as long as it may be. With variables it is a
 * walk over numbers.
 *
 * The cost of a field is its weight and the cost of its selection, times the length of its list, plus its arguments, plus
 * what the gateway fetches for it (`@requires`). Fields of every fragment count, since the types are not known yet.
 *
 * The work is that of the fields with their fragments written out, which the limits of operations bound.
 *
 * Source: IBM GraphQL Cost Directives; weights and defaults as Apollo's router has them.
 */
export function compileEstimate(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  model: CostModel,
): EstimateCost {
  const base = baseCost(operation.operation);
  const root = model.schema.getRootType(operation.operation);
  const compiler = new Compiler(document, model);
  const cost = root ? compiler.selections(operation.selectionSet, root) : free;
  const withDefaults = compileDefaults(operation);
  const run = (variables: Variables, defaultListSize: number): Estimate => {
    const problems = new Set<string>();
    const total = base + cost({ variables: withDefaults(variables), defaultListSize, problems }, undefined);
    return { cost: total, problems: [...problems] };
  };
  return (operation.variableDefinitions ?? []).length === 0 ? remembered(run) : run;
}

/** Without variables an operation always costs the same. */
function remembered(estimate: EstimateCost): EstimateCost {
  let last: { readonly defaultListSize: number; readonly estimate: Estimate } | undefined;
  return (_variables, defaultListSize) => {
    if (last?.defaultListSize !== defaultListSize) last = { defaultListSize, estimate: estimate({}, defaultListSize) };
    return last.estimate;
  };
}

interface Run {
  readonly variables: Variables;
  readonly defaultListSize: number;
  readonly problems: Set<string>;
}

/** The length of the lists in some fields of a selection, as the field around it says it. */
interface Sized {
  readonly fields: ReadonlySet<string>;
  readonly size: number;
}

type Cost = (run: Run, sized: Sized | undefined) => number;

class Compiler {
  readonly #model: CostModel;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #compiled = new Map<string, Cost>();

  constructor(document: DocumentNode, model: CostModel) {
    this.#model = model;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  selections(selectionSet: SelectionSetNode, parent: GraphQLNamedType): Cost {
    const parts = selectionSet.selections.map((selection): Cost => {
      const included = compileCondition(selection.directives);
      if (selection.kind === Kind.FIELD) return when(included, this.#field(selection, parent));
      if (selection.kind === Kind.FRAGMENT_SPREAD) return when(included, this.#fragment(selection.name.value));
      const type = selection.typeCondition?.name.value;
      const narrowed = type === undefined ? parent : this.#model.schema.getType(type);
      return narrowed === undefined ? free : when(included, this.selections(selection.selectionSet, narrowed));
    });
    return (run, sized) => parts.reduce((sum, part) => sum + part(run, sized), 0);
  }

  #fragment(name: string): Cost {
    const known = this.#compiled.get(name);
    if (known !== undefined) return known;
    // A fragment that spreads itself does not pass validation; here it must only end.
    this.#compiled.set(name, free);
    const fragment = this.#fragments.get(name);
    const type = fragment && this.#model.schema.getType(fragment.typeCondition.name.value);
    const cost = fragment === undefined || type === undefined ? free : this.selections(fragment.selectionSet, type);
    this.#compiled.set(name, cost);
    return cost;
  }

  #field(field: FieldNode, parent: GraphQLNamedType): Cost {
    const name = field.name.value;
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    // Introspection asks nobody, and its depth is bounded.
    if (definition === undefined || name.startsWith('__')) return free;
    const model = this.#model;
    const type = getNamedType(definition.type);
    const weight = model.fieldWeight(parent.name, name, type.name);
    const inner = field.selectionSet === undefined ? free : this.selections(field.selectionSet, type);
    const inputs = this.#arguments(field, definition, parent.name);
    const required = model.requirements(parent.name, name).map((selectionSet) => this.selections(selectionSet, parent));
    const isList = isListType(getNullableType(definition.type));
    const listSize = model.listSize(parent.name, name);
    const sizeOf = listSize && compileListSize(listSize, field, definition, `${parent.name}.${name}`);
    return (run, sized) => {
      const size = sizeOf?.(run);
      const below = listSize && size !== undefined ? { fields: listSize.sizedFields, size } : undefined;
      const count = isList ? ((sized?.fields.has(name) === true ? sized.size : size) ?? run.defaultListSize) : 1;
      const fetched = required.reduce((sum, part) => sum + part(run, below), 0);
      return count * (weight + inner(run, below)) + inputs(run) + fetched;
    };
  }

  #arguments(field: FieldNode, definition: GraphQLField<unknown, unknown>, parent: string): (run: Run) => number {
    const parts = (field.arguments ?? []).flatMap(({ name, value }) => {
      const argument = definition.args.find((candidate) => candidate.name === name.value);
      if (argument === undefined) return [];
      const type = getNamedType(argument.type).name;
      const weight = this.#model.argumentWeight(parent, definition.name, argument.name, type);
      return [compileInputCost(value, argument.type, weight, this.#model)];
    });
    return (run) => parts.reduce((sum, part) => sum + part(run.variables), 0);
  }
}

/** The size that a field's slicing arguments ask for: the largest, else what is assumed, else undefined. */
function compileListSize(
  listSize: ListSize,
  field: FieldNode,
  definition: GraphQLField<unknown, unknown>,
  coordinate: string,
): (run: Run) => number | undefined {
  const { slicingArguments, assumedSize, requireOneSlicingArgument } = listSize;
  const given = (field.arguments ?? []).filter(({ name }) => slicingArguments.includes(name.value));
  const defaults = definition.args
    .filter(({ name }) => slicingArguments.includes(name) && !given.some((argument) => argument.name.value === name))
    .map(({ defaultValue }) => defaultValue)
    .filter((value) => typeof value === 'number');
  return (run) => {
    const asked = given.map((argument) => sizeAsked(argument, run.variables)).filter((size) => size !== undefined);
    // What the caller says counts; defaults only where the caller says nothing.
    const sizes = asked.length > 0 ? asked : defaults;
    if (requireOneSlicingArgument && slicingArguments.length > 0 && sizes.length !== 1) {
      run.problems.add(
        `${coordinate} needs exactly one of the arguments ${slicingArguments.join(', ')}; it has ${sizes.length}.`,
      );
    }
    return sizes.length === 0 ? assumedSize : Math.max(0, ...sizes);
  };
}

function sizeAsked({ value }: ArgumentNode, variables: Variables): number | undefined {
  const asked = valueOf(value, variables);
  return typeof asked === 'number' ? asked : undefined;
}

/** `@skip` and `@include`; undefined where the selection is always part of the answer. */
function compileCondition(directives: readonly DirectiveNode[] | undefined): ((run: Run) => boolean) | undefined {
  const conditions = (directives ?? []).filter(({ name }) => name.value === 'skip' || name.value === 'include');
  if (conditions.length === 0) return undefined;
  return ({ variables }) =>
    conditions.every(({ name, arguments: given = [] }) => {
      const condition = given.find((argument) => argument.name.value === 'if')?.value;
      return condition === undefined || valueOf(condition, variables) !== (name.value === 'skip');
    });
}

function when(included: ((run: Run) => boolean) | undefined, cost: Cost): Cost {
  return included === undefined ? cost : (run, sized) => (included(run) ? cost(run, sized) : 0);
}

/** Literals of lists and objects are no sizes and no conditions. */
function valueOf(value: ValueNode, variables: Variables): unknown {
  switch (value.kind) {
    case Kind.VARIABLE:
      return Object.hasOwn(variables, value.name.value) ? variables[value.name.value] : undefined;
    case Kind.INT:
      return Number(value.value);
    case Kind.BOOLEAN:
      return value.value;
    default:
      return undefined;
  }
}

function compileDefaults({ variableDefinitions = [] }: OperationDefinitionNode): (variables: Variables) => Variables {
  const defaults: Record<string, unknown> = {};
  for (const { variable, defaultValue } of variableDefinitions) {
    if (defaultValue !== undefined) defaults[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  if (Object.keys(defaults).length === 0) return (variables) => variables;
  return (variables) => ({ ...defaults, ...variables });
}

function free(): number {
  return 0;
}
