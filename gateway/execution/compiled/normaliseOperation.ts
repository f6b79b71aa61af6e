import {
  Kind,
  OverlappingFieldsCanBeMergedRule,
  OperationTypeNode,
  print,
  stripIgnoredCharacters,
  validate,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isObjectType,
  isUnionType,
  getNamedType,
  typeFromAST,
  visit,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
} from 'graphql';
import { Refusal } from '../../../enclave/refusals.js';
import { isCondition, isIncluded, type Selecting } from './selection.js';
import type { Supergraph } from './supergraph.js';

/**
 * An operation as planners and subgraphs get it.
 *
 * Response keys that callers choose are theirs alone: a field is asked for under its own name or, where the same name is
 * needed with different arguments, under a key of ours. So no alias of a caller collides with what a planner adds for keys and
 * @requires, no leaf is fetched twice under two names, and no hostile key reaches planning, merging or a subgraph.
 */
export interface NormalisedOperation {
  /** One operation without a name, without fragment spreads, conditions and introspection. */
  readonly document: DocumentNode;
  /** False where nothing is left to fetch. */
  readonly hasFields: boolean;
  /** The response key in fetched data of each field of the caller's document. */
  readonly keys: ReadonlyMap<FieldNode, string>;
  /** The caller's name of each variable of the planned operation. */
  readonly variables: ReadonlyMap<string, string>;
}

export interface NormaliseOptions {
  readonly supergraph: Supergraph;
  readonly operation: OperationDefinitionNode;
  readonly selecting: Selecting;
  /** Selections after fragments are spread, and levels of selection sets. */
  readonly limits: { readonly selections: number; readonly depth: number };
}

/** @throws Refusal OPERATION_TOO_COMPLEX where spreading the fragments makes too many selections. */
export function normaliseOperation(options: NormaliseOptions): NormalisedOperation {
  const plain = new Normaliser(options, false).run();
  if (!plain.hasFields || !hasConflict(options.supergraph, plain.document)) return plain;
  return new Normaliser(options, true).run();
}

/** Two types at one place may give the same field name another type: asked for under one key, a subgraph would refuse. */
function hasConflict({ schema }: Supergraph, document: DocumentNode): boolean {
  return validate(schema, document, [OverlappingFieldsCanBeMergedRule], { maxErrors: 1 }).length > 0;
}

/** Keys that every object has: asked for under another key, so that what a subgraph does not answer is not found there. */
const INHERITED_KEYS: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Names that planners use themselves. */
const PLANNERS_VARIABLES = /^(?:representations$|contextualArgument_|_r\d|__)/;

class Normaliser {
  readonly #options: NormaliseOptions;
  /** True where keys differ by the type of the field, too. */
  readonly #byType: boolean;
  readonly #keys = new Map<FieldNode, string>();
  /** Field name to what tells its uses apart, to the key of each. */
  readonly #variants = new Map<string, Map<string, string>>();
  readonly #renamed = new Map<string, string>();
  #aliases = 0;
  #selections = 0;

  constructor(options: NormaliseOptions, byType: boolean) {
    this.#options = options;
    this.#byType = byType;
  }

  run(): NormalisedOperation {
    const { operation, supergraph } = this.#options;
    const root = supergraph.schema.getRootType(operation.operation);
    if (root === undefined || root === null) throw new Error(`The schema has no ${operation.operation} type.`);
    const definitions = operation.variableDefinitions ?? [];
    const taken = new Set(definitions.map(({ variable }) => variable.name.value));
    const variables = new Map<string, string>();
    for (const name of taken) {
      const planned = PLANNERS_VARIABLES.test(name) ? freeName(taken, variables) : name;
      variables.set(planned, name);
      if (planned !== name) this.#renamed.set(name, planned);
    }
    const level = new Level();
    this.#selectionSet(operation.selectionSet, { type: root, defining: root, level, depth: 0, isRoot: true });
    const document: DocumentNode = {
      kind: Kind.DOCUMENT,
      definitions: [
        {
          kind: Kind.OPERATION_DEFINITION,
          operation: operation.operation,
          variableDefinitions: this.#usedVariables(definitions, level),
          directives: [],
          selectionSet: level.selectionSet(),
        },
      ],
    };
    return { document, hasFields: !level.isEmpty(), keys: this.#keys, variables };
  }

  #usedVariables(definitions: readonly VariableDefinitionNode[], level: Level): VariableDefinitionNode[] {
    const used = new Set<string>();
    visit(level.selectionSet(), { Variable: ({ name }) => void used.add(name.value) });
    return definitions
      .map((definition) => this.#rename({ ...definition, directives: [] }))
      .filter(({ variable }) => used.has(variable.name.value));
  }

  #selectionSet({ selections }: SelectionSetNode, place: Place): void {
    if (place.depth > this.#options.limits.depth) {
      throw new Refusal('OPERATION_TOO_COMPLEX', `The operation is deeper than ${this.#options.limits.depth} levels.`);
    }
    for (const selection of selections) this.#selection(selection, place);
  }

  #selection(selection: SelectionNode, place: Place): void {
    this.#selections += 1;
    if (this.#selections > this.#options.limits.selections) {
      throw new Refusal(
        'OPERATION_TOO_COMPLEX',
        `The operation has more than ${this.#options.limits.selections} selections when its fragments are spread.`,
      );
    }
    if (!isIncluded(selection.directives, this.#options.selecting)) return;
    if (selection.kind === Kind.FIELD) {
      this.#field(selection, place);
      return;
    }
    const { selecting, supergraph } = this.#options;
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? selecting.fragments.get(selection.name.value) : selection;
    if (fragment === undefined) throw new Error('A fragment is not defined: the operation was not validated.');
    const condition = fragment.typeCondition;
    const defining = condition === undefined ? place.defining : typeFromAST(supergraph.schema, condition);
    if (!isCompositeType(defining)) throw new Error('A fragment is on no composite type.');
    const inner = { ...place, defining, depth: place.depth + 1 };
    if (condition === undefined || this.#isWithin(place.type, defining)) {
      this.#selectionSet(fragment.selectionSet, inner);
      return;
    }
    for (const type of this.#sharedTypes(place.type, defining)) {
      this.#selectionSet(fragment.selectionSet, { ...inner, type, level: place.level.fragment(type.name) });
    }
  }

  /** True where whatever is of the one type has the fields of the other. */
  #isWithin(type: GraphQLCompositeType, defining: GraphQLCompositeType): boolean {
    if (type === defining) return true;
    return isAbstractType(defining) && !isUnionType(type) && this.#options.supergraph.schema.isSubType(defining, type);
  }

  /** A fragment for an abstract type becomes one for each type that it can mean here: planners mix up fragments in fragments. */
  #sharedTypes(type: GraphQLCompositeType, other: GraphQLCompositeType): readonly GraphQLObjectType[] {
    const { schema } = this.#options.supergraph;
    const possible = (one: GraphQLCompositeType) => (isObjectType(one) ? [one] : schema.getPossibleTypes(one));
    const others = new Set(possible(other));
    return possible(type).filter((one) => others.has(one));
  }

  #field(field: FieldNode, place: Place): void {
    const { defining, level, depth, isRoot } = place;
    const name = field.name.value;
    if (name === '__typename') {
      this.#keys.set(field, '__typename');
      // The name of a root type is known here.
      if (!isRoot) level.field('__typename', TYPENAME);
      return;
    }
    if (isRoot && (name === '__schema' || name === '__type')) return;
    const definition = 'getFields' in defining ? defining.getFields()[name] : undefined;
    if (definition === undefined) throw new Error(`The field ${defining.name}.${name} is not defined.`);
    const given = (field.arguments ?? []).map((argument) => this.#rename(argument));
    const directives = this.#directives(field.directives);
    const key = this.#key(field, { given, directives, type: definition.type, isRoot });
    this.#keys.set(field, key);
    const planned: FieldNode = {
      kind: Kind.FIELD,
      name: field.name,
      ...(key === name ? {} : { alias: { kind: Kind.NAME, value: key } }),
      arguments: given,
      directives,
    };
    const inner = level.field(key, planned);
    if (field.selectionSet === undefined) return;
    const fieldType = getNamedType(definition.type);
    if (!isCompositeType(fieldType)) throw new Error(`The field ${defining.name}.${name} has no selections.`);
    if (this.#needsTypename(fieldType, field.selectionSet)) inner.field('__typename', TYPENAME);
    this.#selectionSet(field.selectionSet, {
      type: fieldType,
      defining: fieldType,
      level: inner,
      depth: depth + 1,
      isRoot: false,
    });
    if (inner.isEmpty()) inner.field('__typename', TYPENAME);
  }

  /**
   * Where some objects may not be seen, or what is selected differs by type, the type of each has to be known: a planner may find
   * that it needs no type to fetch what fragments select.
   */
  #needsTypename(type: GraphQLCompositeType, { selections }: SelectionSetNode): boolean {
    if (!isAbstractType(type)) return false;
    const { partlyInaccessible, interfaceObjects } = this.#options.supergraph;
    if (partlyInaccessible.has(type.name) && !interfaceObjects.has(type.name)) return true;
    return selections.some(({ kind }) => kind !== Kind.FIELD);
  }

  #key(
    field: FieldNode,
    options: {
      readonly given: readonly ArgumentNode[];
      readonly directives: readonly DirectiveNode[];
      readonly type: GraphQLOutputType;
      readonly isRoot: boolean;
    },
  ): string {
    const { given, directives, type, isRoot } = options;
    const name = field.name.value;
    const { plannedFields } = this.#options.supergraph;
    const argumentText = given
      .map((argument) => stripIgnoredCharacters(print(argument)))
      .sort()
      .join();
    // Objects under two names are asked for twice: where one is lost to an error inside it, the other is not.
    const isComposite = field.selectionSet !== undefined;
    // Each root field of a mutation is an effect of its own, even where two look the same.
    const isEffect = isRoot && this.#options.operation.operation === OperationTypeNode.MUTATION;
    const told = [
      argumentText,
      directives.map((directive) => print(directive)).join(),
      this.#byType ? shapeOf(type) : '',
      isEffect || isComposite ? (field.alias ?? field.name).value : '',
    ].join('\n');
    let variants = this.#variants.get(name);
    if (variants === undefined) {
      variants = new Map();
      this.#variants.set(name, variants);
      const bare = ['', '', this.#byType ? shapeOf(type) : '', isComposite ? name : ''].join('\n');
      // A planner may ask for the field by its bare name: that name is kept for the use without arguments.
      if (INHERITED_KEYS.has(name)) variants.set('kept', name);
      else if (plannedFields.has(name)) variants.set(bare, name);
    }
    const known = variants.get(told);
    if (known !== undefined) return known;
    const key = variants.size === 0 ? name : this.#alias();
    variants.set(told, key);
    return key;
  }

  /** No field has such a name, so a planner adds none. */
  #alias(): string {
    for (;;) {
      const alias = `_${this.#aliases}`;
      this.#aliases += 1;
      if (!this.#options.supergraph.fieldNames.has(alias)) return alias;
    }
  }

  /** Those that subgraphs understand. Conditions are decided before anything is planned. */
  #directives(directives: readonly DirectiveNode[] | undefined): DirectiveNode[] {
    return (directives ?? [])
      .filter((directive) => !isCondition(directive))
      .map((directive) => this.#rename(directive));
  }

  #rename<Node extends ArgumentNode | DirectiveNode | VariableDefinitionNode>(node: Node): Node {
    if (this.#renamed.size === 0) return node;
    return visit(node, {
      Variable: (variable) => {
        const value = this.#renamed.get(variable.name.value);
        return value === undefined ? undefined : { ...variable, name: { ...variable.name, value } };
      },
    });
  }
}

/** Where a selection set stands. */
interface Place {
  readonly type: GraphQLCompositeType;
  /** The type that the fields are written for: the same, or what a fragment around them names. */
  readonly defining: GraphQLCompositeType;
  readonly level: Level;
  readonly depth: number;
  readonly isRoot: boolean;
}

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function freeName(taken: ReadonlySet<string>, given: ReadonlyMap<string, string>): string {
  for (let number = 0; ; number += 1) {
    const name = `_v${number}`;
    if (!taken.has(name) && !given.has(name)) return name;
  }
}

/** Two fields of one shape may stand under one key. */
function shapeOf(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  return isLeafType(named) ? String(type) : String(type).replace(named.name, '*');
}

/** A selection set that is being built; selections of the same key are one. */
class Level {
  readonly #fields = new Map<string, { readonly node: FieldNode; readonly inner: Level }>();
  readonly #fragments = new Map<string, Level>();

  field(key: string, node: FieldNode): Level {
    const known = this.#fields.get(key);
    if (known !== undefined) return known.inner;
    const inner = new Level();
    this.#fields.set(key, { node, inner });
    return inner;
  }

  fragment(type: string): Level {
    const known = this.#fragments.get(type);
    if (known !== undefined) return known;
    const inner = new Level();
    this.#fragments.set(type, inner);
    return inner;
  }

  isEmpty(): boolean {
    return this.#fields.size === 0 && [...this.#fragments.values()].every((inner) => inner.isEmpty());
  }

  selectionSet(): SelectionSetNode {
    const selections: SelectionNode[] = [];
    for (const { node, inner } of this.#fields.values()) {
      selections.push(inner.isEmpty() ? node : { ...node, selectionSet: inner.selectionSet() });
    }
    for (const [type, inner] of this.#fragments) {
      inner.#dropLeavesOf(this);
      if (inner.isEmpty()) continue;
      selections.push({
        kind: Kind.INLINE_FRAGMENT,
        typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
        selectionSet: inner.selectionSet(),
      });
    }
    return { kind: Kind.SELECTION_SET, selections };
  }

  /** What is selected for all types need not be selected for one of them. */
  #dropLeavesOf(outer: Level): void {
    for (const [key, { inner }] of this.#fields) {
      if (inner.isEmpty() && outer.#fields.has(key)) this.#fields.delete(key);
    }
  }
}
