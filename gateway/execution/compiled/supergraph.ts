import {
  Kind,
  parse,
  visit,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type SelectionSetNode,
  type TypeDefinitionNode,
} from 'graphql';
import { apiSchemaOf } from './apiSchema.js';

/** What execution needs to know of a supergraph, read once. */
export interface Supergraph {
  /** What callers see: nothing @inaccessible and nothing of federation's machinery. */
  readonly schema: GraphQLSchema;
  /** Names of the subgraphs, as in plans. */
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[];
  /** True where an object of the type `name` is one of `condition`: the same, a member, or an implementation. */
  isInstance(name: string, condition: string): boolean;
  isObjectType(name: string): boolean;
  /** As what the subgraph knows objects of a type: the type itself or, where it does not know that, an interface as an object. */
  sentAs(subgraph: string, type: string): string;
  /** Keys by which the subgraph resolves the type; none where it has none. */
  keysOf(subgraph: string, type: string): readonly SelectionSetNode[];
  /**
   * Names of fields that planners may add on their own, because a key, @requires, @provides or a context names them without
   * arguments. Those with arguments have names of their own (requiredArguments.ts).
   */
  readonly plannedFields: ReadonlySet<string>;
  /** Of all types. */
  readonly fieldNames: ReadonlySet<string>;
  /** Types that some subgraph knows as @interfaceObject. */
  readonly interfaceObjects: ReadonlySet<string>;
  /** Abstract types that have a member or implementation which callers may not see. */
  readonly partlyInaccessible: ReadonlySet<string>;
  readonly usesContext: boolean;
}

/** @throws GraphQLError where the SDL cannot be read. */
export function readSupergraph(sdl: string): Supergraph {
  const document = parse(sdl, { noLocation: true });
  const types = typeDefinitions(document);
  const schema = apiSchemaOf(document);
  const graphs = subgraphNames(types);
  const instances = instancesOf(types);
  const keys = new Map<string, SelectionSetNode[]>();
  const planned = new PlannedFields();
  const fieldNames = new Set<string>();
  const interfaceObjects = new Set<string>();
  const known = new Set<string>();
  const objectInterfaces = new Map<string, string[]>();
  for (const type of types.values()) {
    for (const directive of directivesNamed(type, 'join__type')) {
      const subgraph = graphs.get(enumArgument(directive, 'graph') ?? '')?.name ?? '';
      known.add(`${subgraph}\n${type.name.value}`);
      if (booleanArgument(directive, 'isInterfaceObject') === true) {
        interfaceObjects.add(type.name.value);
        objectInterfaces.set(subgraph, [...(objectInterfaces.get(subgraph) ?? []), type.name.value]);
      }
      const key = stringArgument(directive, 'key');
      if (key === undefined) continue;
      const selection = parseFieldSet(key);
      planned.add(selection);
      if (booleanArgument(directive, 'resolvable') === false) continue;
      const place = `${subgraph}\n${type.name.value}`;
      keys.set(place, [...(keys.get(place) ?? []), selection]);
    }
    for (const field of fieldsOf(type)) {
      fieldNames.add(field.name.value);
      readField(field, planned);
    }
  }
  const isInstance = (name: string, condition: string): boolean =>
    name === condition || (instances.get(condition)?.has(name) ?? false);
  return {
    schema,
    subgraphs: [...graphs.values()],
    isInstance,
    sentAs: (subgraph, type) => {
      if (known.has(`${subgraph}\n${type}`)) return type;
      return objectInterfaces.get(subgraph)?.find((name) => isInstance(type, name)) ?? type;
    },
    isObjectType: (name) => types.get(name)?.kind === Kind.OBJECT_TYPE_DEFINITION,
    keysOf: (subgraph, type) => keys.get(`${subgraph}\n${type}`) ?? [],
    plannedFields: planned.names,
    fieldNames,
    interfaceObjects,
    partlyInaccessible: partlyInaccessible(instances, schema),
    usesContext: planned.usesContext,
  };
}

class PlannedFields {
  readonly names = new Set<string>();
  usesContext = false;

  add(selection: SelectionSetNode): void {
    visit(selection, {
      Field: ({ name, arguments: given }) => {
        if (given === undefined || given.length === 0) this.names.add(name.value);
      },
    });
  }
}

function readField(field: FieldDefinitionNode, planned: PlannedFields): void {
  for (const directive of directivesNamed(field, 'join__field')) {
    for (const name of ['requires', 'provides']) {
      const fieldSet = stringArgument(directive, name);
      if (fieldSet !== undefined) planned.add(parseFieldSet(fieldSet));
    }
    const contexts = argumentNamed(directive, 'contextArguments');
    if (contexts?.kind !== Kind.LIST) continue;
    planned.usesContext = true;
    for (const context of contexts.values) readContext(context, planned);
  }
}

function readContext(context: ConstValueNode, planned: PlannedFields): void {
  if (context.kind !== Kind.OBJECT) return;
  const selection = context.fields.find(({ name }) => name.value === 'selection')?.value;
  if (selection?.kind === Kind.STRING) planned.add(parseFieldSet(selection.value));
}

export function typeDefinitions(document: DocumentNode): Map<string, TypeDefinitionNode> {
  const types = new Map<string, TypeDefinitionNode>();
  for (const definition of document.definitions) {
    if (
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
      definition.kind === Kind.UNION_TYPE_DEFINITION ||
      definition.kind === Kind.ENUM_TYPE_DEFINITION ||
      definition.kind === Kind.SCALAR_TYPE_DEFINITION ||
      definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION
    ) {
      types.set(definition.name.value, definition);
    }
  }
  return types;
}

/** Abstract type to all that is of it, interfaces that implement it included. */
function instancesOf(types: ReadonlyMap<string, TypeDefinitionNode>): Map<string, Set<string>> {
  const instances = new Map<string, Set<string>>();
  const add = (abstract: string, name: string) => {
    const known = instances.get(abstract);
    if (known === undefined) instances.set(abstract, new Set([name]));
    else known.add(name);
  };
  for (const type of types.values()) {
    if (type.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const member of type.types ?? []) add(type.name.value, member.name.value);
    } else if (type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      for (const parent of type.interfaces ?? []) add(parent.name.value, type.name.value);
    }
  }
  return instances;
}

function partlyInaccessible(instances: ReadonlyMap<string, ReadonlySet<string>>, schema: GraphQLSchema): Set<string> {
  const partly = new Set<string>();
  for (const [abstract, names] of instances) {
    if ([...names].some((name) => schema.getType(name) === undefined)) partly.add(abstract);
  }
  return partly;
}

function subgraphNames(
  types: ReadonlyMap<string, TypeDefinitionNode>,
): Map<string, { readonly name: string; readonly url: string }> {
  const graphs = types.get('join__Graph');
  const names = new Map<string, { name: string; url: string }>();
  if (graphs?.kind !== Kind.ENUM_TYPE_DEFINITION) return names;
  for (const value of graphs.values ?? []) {
    const [directive] = directivesNamed(value, 'join__graph');
    const name = directive && stringArgument(directive, 'name');
    const url = directive && stringArgument(directive, 'url');
    names.set(value.name.value, { name: name ?? value.name.value, url: url ?? '' });
  }
  return names;
}

export function fieldsOf(type: TypeDefinitionNode): readonly FieldDefinitionNode[] {
  return type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION
    ? (type.fields ?? [])
    : [];
}

export function parseFieldSet(text: string): SelectionSetNode {
  const braced = text.trim().startsWith('{') ? text : `{${text}}`;
  const [operation] = parse(braced, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`${text} is no field set`);
  return operation.selectionSet;
}

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

export function directivesNamed(node: Annotated, name: string): ConstDirectiveNode[] {
  return (node.directives ?? []).filter((directive) => directive.name.value === name);
}

function argumentNamed(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((argument) => argument.name.value === name)?.value;
}

export function stringArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = argumentNamed(directive, name);
  return value?.kind === Kind.STRING ? value.value : undefined;
}

export function enumArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = argumentNamed(directive, name);
  return value?.kind === Kind.ENUM ? value.value : undefined;
}

function booleanArgument(directive: ConstDirectiveNode, name: string): boolean | undefined {
  const value = argumentNamed(directive, name);
  return value?.kind === Kind.BOOLEAN ? value.value : undefined;
}
