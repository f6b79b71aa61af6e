import {
  isTypeDefinitionNode,
  Kind,
  OperationTypeNode,
  parse,
  type ConstDirectiveNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type NamedTypeNode,
  type TypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import { directiveName, isTypeOfSpec, linkedSpecs, textArgument, type LinkedSpec } from '../../schema/links.js';

/** A supergraph as contracts see it, read once for all of them. Elements go by their schema coordinates. */
export interface TaggedSchema {
  readonly document: DocumentNode;
  readonly specs: readonly LinkedSpec[];
  /** Of what the subgraphs offer; nothing of federation's machinery. */
  readonly types: ReadonlyMap<string, TypeDefinitionNode>;
  readonly roots: ReadonlyMap<OperationTypeNode, string>;
  /** Directives that callers may write in operations. */
  readonly executableDirectives: readonly DirectiveDefinitionNode[];
  /** Of elements that have any; fields also have those of their type. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string>>;
  /** Tags of types themselves. */
  readonly allTags: ReadonlySet<string>;
  /** What its authors hide from everybody. */
  readonly inaccessible: ReadonlySet<string>;
}

export type MemberNode = FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode;

export const INACCESSIBLE_SPEC = 'https://specs.apollo.dev/inaccessible';
const TAG_SPEC = 'https://specs.apollo.dev/tag';

/** @throws GraphQLError where it is no SDL. */
export function readTaggedSchema(sdl: string): TaggedSchema {
  const document = parse(sdl, { noLocation: true });
  const specs = linkedSpecs(document);
  const types = typesOf(document, specs);
  const tags = new Map<string, ReadonlySet<string>>();
  const inaccessible = new Set<string>();
  const tag = directiveName(specs, TAG_SPEC, 'tag');
  const hides = directiveName(specs, INACCESSIBLE_SPEC, 'inaccessible');
  const read = (coordinate: string, node: Annotated, inherited: ReadonlySet<string> = NONE): ReadonlySet<string> => {
    const own = new Set(inherited);
    for (const directive of node.directives ?? []) {
      const name = directive.name.value === tag ? textArgument(directive, 'name') : undefined;
      if (name !== undefined) own.add(name);
      if (directive.name.value === hides) inaccessible.add(coordinate);
    }
    if (own.size > 0) tags.set(coordinate, own);
    return own;
  };
  for (const [name, type] of types) {
    const ofType = read(name, type);
    for (const member of membersOf(type)) {
      const coordinate = `${name}.${member.name.value}`;
      read(coordinate, member, isComposite(type) ? ofType : NONE);
      for (const argument of argumentsOf(member)) read(argumentCoordinate(coordinate, argument), argument);
    }
  }
  return {
    document,
    specs,
    types,
    roots: rootsOf(document, types),
    executableDirectives: executableDirectivesOf(document, specs),
    tags,
    allTags: new Set([...tags.values()].flatMap((names) => [...names])),
    inaccessible,
  };
}

/** Fields of objects and interfaces, input fields, enum values; none for scalars and unions. */
export function membersOf(type: TypeDefinitionNode): readonly MemberNode[] {
  switch (type.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return type.fields ?? [];
    case Kind.ENUM_TYPE_DEFINITION:
      return type.values ?? [];
    default:
      return [];
  }
}

export function argumentsOf(member: MemberNode): readonly InputValueDefinitionNode[] {
  return member.kind === Kind.FIELD_DEFINITION ? (member.arguments ?? []) : [];
}

export function isComposite(type: TypeDefinitionNode): type is TypeDefinitionNode & {
  readonly kind: Kind.OBJECT_TYPE_DEFINITION | Kind.INTERFACE_TYPE_DEFINITION;
  readonly fields?: readonly FieldDefinitionNode[];
  readonly interfaces?: readonly NamedTypeNode[];
} {
  return type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

/** As schema coordinates are written: `Query.patient(id:)`. */
export function argumentCoordinate(field: string, { name }: InputValueDefinitionNode): string {
  return `${field}(${name.value}:)`;
}

export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}

/** GraphQL, "Required arguments": not nullable, and without a default. */
export function isRequired({ type, defaultValue }: InputValueDefinitionNode): boolean {
  return type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined;
}

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

const NONE: ReadonlySet<string> = new Set();

function typesOf(document: DocumentNode, specs: readonly LinkedSpec[]): Map<string, TypeDefinitionNode> {
  const types = new Map<string, TypeDefinitionNode>();
  for (const definition of document.definitions) {
    if (isTypeDefinitionNode(definition) && !isTypeOfSpec(specs, definition.name.value))
      types.set(definition.name.value, definition);
  }
  return types;
}

const ROOT_NAMES = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

function rootsOf(document: DocumentNode, types: ReadonlyMap<string, unknown>): Map<OperationTypeNode, string> {
  const schema = document.definitions.find((definition) => definition.kind === Kind.SCHEMA_DEFINITION);
  if (schema !== undefined)
    return new Map(schema.operationTypes.map(({ operation, type }) => [operation, type.name.value]));
  return new Map(
    Object.values(OperationTypeNode)
      .filter((operation) => types.has(ROOT_NAMES[operation]))
      .map((operation) => [operation, ROOT_NAMES[operation]]),
  );
}

const EXECUTABLE: ReadonlySet<string> = new Set([
  'QUERY',
  'MUTATION',
  'SUBSCRIPTION',
  'FIELD',
  'FRAGMENT_DEFINITION',
  'FRAGMENT_SPREAD',
  'INLINE_FRAGMENT',
  'VARIABLE_DEFINITION',
]);

function executableDirectivesOf(document: DocumentNode, specs: readonly LinkedSpec[]): DirectiveDefinitionNode[] {
  return document.definitions.filter(
    (definition): definition is DirectiveDefinitionNode =>
      definition.kind === Kind.DIRECTIVE_DEFINITION &&
      definition.locations.some(({ value }) => EXECUTABLE.has(value)) &&
      !specs.some(({ name }) => name === definition.name.value),
  );
}
