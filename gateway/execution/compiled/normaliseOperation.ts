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
  getNamedType,
  typeFromAST,
  visit,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
} from 'graphql';
import { Refusal } from '../../../enclave/refusals.js';
import type { Supergraph } from './supergraph.js';

/**
 * An operation as planners and subgraphs get it.
 *
 * Response keys that callers choose are theirs alone: a field is asked for under its own name or, where the same name is
 * needed with different arguments, under a key of ours. So no alias of a caller collides with what a planner adds for keys and
 * @requires, nothing is fetched twice under two names, and no hostile key reaches planning, merging or a subgraph.
 */
export interface NormalisedOperation {
  /** One operation without a name, fragments spread in place, without introspection. */
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
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
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
    const directives = this.#directives(selection.directives);
    if (directives === 'never') return;
    if (selection.kind === Kind.FIELD) {
      this.#field(selection, directives, place);
      return;
    }
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? this.#options.fragments.get(selection.name.value) : selection;
    if (fragment === undefined) throw new Error('A fragment is not defined: the operation was not validated.');
    const { schema } = this.#options.supergraph;
    const { type, level } = place;
    const condition = fragment.typeCondition;
    const defining = condition === undefined ? place.defining : typeFromAST(schema, condition);
    if (!isCompositeType(defining)) throw new Error('A fragment is on no composite type.');
    const isAlways =
      condition === undefined ||
      defining === type ||
      (isObjectType(type) && isAbstractType(defining) && schema.isSubType(defining, type));
    this.#selectionSet(fragment.selectionSet, {
      type: isAlways ? type : defining,
      defining,
      level:
        isAlways && directives.length === 0 ? level : level.fragment(isAlways ? type.name : defining.name, directives),
      depth: place.depth + 1,
      isRoot: place.isRoot,
    });
  }

  #field(field: FieldNode, directives: readonly DirectiveNode[], place: Place): void {
    const { defining, level, depth, isRoot } = place;
    const name = field.name.value;
    if (name === '__typename') {
      this.#keys.set(field, '__typename');
      // The name of a root type is known here.
      if (!isRoot) level.field('__typename', { kind: Kind.FIELD, name: field.name }, directives);
      return;
    }
    if (isRoot && (name === '__schema' || name === '__type')) return;
    const definition = 'getFields' in defining ? defining.getFields()[name] : undefined;
    if (definition === undefined) throw new Error(`The field ${defining.name}.${name} is not defined.`);
    const given = (field.arguments ?? []).map((argument) => this.#rename(argument));
    const key = this.#key(field, given, definition.type, isRoot, directives);
    this.#keys.set(field, key);
    const planned: FieldNode = {
      kind: Kind.FIELD,
      name: field.name,
      ...(key === name ? {} : { alias: { kind: Kind.NAME, value: key } }),
      arguments: given,
    };
    const inner = level.field(key, planned, directives);
    if (field.selectionSet === undefined) return;
    const fieldType = getNamedType(definition.type);
    if (!isCompositeType(fieldType)) throw new Error(`The field ${defining.name}.${name} has no selections.`);
    if (this.#needsTypename(fieldType)) inner.field('__typename', TYPENAME, []);
    this.#selectionSet(field.selectionSet, {
      type: fieldType,
      defining: fieldType,
      level: inner,
      depth: depth + 1,
      isRoot: false,
    });
    if (inner.isEmpty()) inner.field('__typename', TYPENAME, []);
  }

  /** Where some objects may not be seen, the type of each has to be known. Planners ask for it where fragments need it. */
  #needsTypename(type: GraphQLCompositeType): boolean {
    const { partlyInaccessible, interfaceObjects } = this.#options.supergraph;
    return isAbstractType(type) && partlyInaccessible.has(type.name) && !interfaceObjects.has(type.name);
  }

  #key(
    field: FieldNode,
    given: readonly ArgumentNode[],
    type: GraphQLOutputType,
    isRoot: boolean,
    directives: readonly DirectiveNode[],
  ): string {
    const name = field.name.value;
    const { plannedFields } = this.#options.supergraph;
    const argumentText = given
      .map((argument) => stripIgnoredCharacters(print(argument)))
      .sort()
      .join();
    const custom = directives.filter((directive) => !isCondition(directive)).map((directive) => print(directive));
    // Each root field of a mutation is an effect of its own, even where two look the same.
    const isEffect = isRoot && this.#options.operation.operation === OperationTypeNode.MUTATION;
    const told = [
      argumentText,
      custom.join(),
      this.#byType ? shapeOf(type) : '',
      isEffect ? (field.alias ?? field.name).value : '',
    ].join('\n');
    let variants = this.#variants.get(name);
    if (variants === undefined) {
      variants = new Map();
      this.#variants.set(name, variants);
      const bare = this.#byType ? `\n\n${shapeOf(type)}\n` : '\n\n\n';
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

  /** Subgraphs' fields of this form are refused when the supergraph is loaded. */
  #alias(): string {
    const alias = `_${this.#aliases}`;
    this.#aliases += 1;
    return alias;
  }

  /** Conditions with a fixed value are decided here; `never` where one of them leaves the selection out. */
  #directives(directives: readonly DirectiveNode[] | undefined): readonly DirectiveNode[] | 'never' {
    const kept: DirectiveNode[] = [];
    for (const directive of directives ?? []) {
      const condition = isCondition(directive) ? directive.arguments?.[0]?.value : undefined;
      if (condition?.kind === Kind.BOOLEAN) {
        if (condition.value === (directive.name.value === 'skip')) return 'never';
      } else {
        kept.push(this.#rename(directive));
      }
    }
    return kept;
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

function isCondition(directive: DirectiveNode): boolean {
  return directive.name.value === 'skip' || directive.name.value === 'include';
}

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

/** A selection set that is being built; selections of the same key and conditions are one. */
class Level {
  readonly #fields = new Map<string, { readonly node: FieldNode; readonly inner: Level }>();
  readonly #fragments = new Map<
    string,
    { readonly type: string; readonly directives: readonly DirectiveNode[]; readonly inner: Level }
  >();

  field(key: string, node: FieldNode, directives: readonly DirectiveNode[]): Level {
    const place = `${key} ${textOf(directives)}`;
    const known = this.#fields.get(place);
    if (known !== undefined) return known.inner;
    const inner = new Level();
    this.#fields.set(place, { node: { ...node, directives }, inner });
    return inner;
  }

  fragment(type: string, directives: readonly DirectiveNode[]): Level {
    const place = `${type} ${textOf(directives)}`;
    const known = this.#fragments.get(place);
    if (known !== undefined) return known.inner;
    const inner = new Level();
    this.#fragments.set(place, { type, directives, inner });
    return inner;
  }

  isEmpty(): boolean {
    return this.#fields.size === 0 && [...this.#fragments.values()].every(({ inner }) => inner.isEmpty());
  }

  selectionSet(): SelectionSetNode {
    const selections: SelectionNode[] = [];
    for (const { node, inner } of this.#fields.values()) {
      selections.push(inner.isEmpty() ? node : { ...node, selectionSet: inner.selectionSet() });
    }
    for (const { type, directives, inner } of this.#fragments.values()) {
      if (inner.isEmpty()) continue;
      selections.push({
        kind: Kind.INLINE_FRAGMENT,
        typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type } },
        directives,
        selectionSet: inner.selectionSet(),
      });
    }
    return { kind: Kind.SELECTION_SET, selections };
  }
}

function textOf(directives: readonly DirectiveNode[]): string {
  return directives.map((directive) => print(directive)).join(' ');
}
