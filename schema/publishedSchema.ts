import {
  buildASTSchema,
  isTypeDefinitionNode,
  Kind,
  print,
  visit,
  type ConstDirectiveNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  type SchemaDefinitionNode,
} from 'graphql';
import { directiveName, isTypeOfSpec, linkedSpecs, type LinkedSpec } from './links.js';

/** What callers are told beside GraphQL's own: under which conditions they get a field, and what it counts. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  'https://cloister.example/attested': ['attested'],
  'https://specs.apollo.dev/authenticated': ['authenticated'],
  'https://specs.apollo.dev/requiresScopes': ['requiresScopes'],
  'https://specs.apollo.dev/policy': ['policy'],
  'https://specs.apollo.dev/cost': ['cost', 'listSize'],
};

const FEDERATION = 'https://specs.apollo.dev/federation';

const SPECIFIED: ReadonlySet<string> = new Set(['deprecated', 'specifiedBy', 'oneOf']);

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

/**
 * The schema as callers may read it: what they can ask for, and under which conditions; without what only routers need and
 * without what is @inaccessible. Directives go by their own names, whatever the links called them; those that are not known
 * here are left out, because nobody said that they are for callers. What it makes of a published schema is the same again.
 */
export function publishedDocument(supergraph: DocumentNode): DocumentNode {
  const specs = linkedSpecs(supergraph);
  const told = toldNames(specs);
  const inaccessible = inaccessibleName(specs);
  const isInaccessible = ({ directives }: Annotated) =>
    (directives ?? []).some((directive) => directive.name.value === inaccessible);
  const neededByDirectives = typesOfArguments(supergraph, told);
  const hidden = new Set<string>();
  for (const definition of supergraph.definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    const name = definition.name.value;
    const isMachinery = isTypeOfSpec(specs, name) && !neededByDirectives.has(name);
    if (isMachinery || isInaccessible(definition)) hidden.add(name);
  }
  const dropHidden = ({ name }: Named) => (hidden.has(name.value) ? null : undefined);
  const dropInaccessible = (node: Annotated) => (isInaccessible(node) ? null : undefined);
  return visit(supergraph, {
    SchemaDefinition: { enter: (node) => withoutHiddenRoots(node, hidden) },
    SchemaExtension: () => null,
    Directive: (directive) => renamed(directive, told),
    DirectiveDefinition: (definition) => {
      if (told.has(definition.name.value)) return renamed(definition, told);
      return executablePart(definition, specs);
    },
    // What callers may not see is no interface and no member of what they may see.
    NamedType: (type, _key, parent) => (Array.isArray(parent) && hidden.has(type.name.value) ? null : undefined),
    ScalarTypeDefinition: dropHidden,
    ObjectTypeDefinition: dropHidden,
    InterfaceTypeDefinition: dropHidden,
    UnionTypeDefinition: dropHidden,
    EnumTypeDefinition: dropHidden,
    InputObjectTypeDefinition: dropHidden,
    FieldDefinition: dropInaccessible,
    EnumValueDefinition: dropInaccessible,
    InputValueDefinition: dropInaccessible,
  });
}

/**
 * The same as a schema, as introspection tells it: that has no place for the conditions, which stay in the syntax nodes alone.
 *
 * @throws Error where the document does not hold together, for instance a type that is named and not there
 */
export function publishedSchema(supergraph: DocumentNode): GraphQLSchema {
  const published = publishedDocument(supergraph);
  const isExecutable = ({ locations }: DirectiveDefinitionNode) => locations.some(({ value }) => EXECUTABLE.has(value));
  const bare: DocumentNode = visit(published, {
    DirectiveDefinition: (definition) => (isExecutable(definition) ? undefined : null),
  });
  const needed = typesOfArguments(published, toldNames([]));
  const used = new Set<string>();
  visit(bare, { NamedType: ({ name }) => void used.add(name.value) });
  const definitions = bare.definitions.filter(
    (definition) =>
      definition.kind !== Kind.SCALAR_TYPE_DEFINITION ||
      !needed.has(definition.name.value) ||
      used.has(definition.name.value),
  );
  return buildASTSchema({ ...bare, definitions }, { assumeValidSDL: true });
}

/** As text, for people and for tools. */
export function publishedSdl(supergraph: DocumentNode): string {
  return `${print(publishedDocument(supergraph))}\n`;
}

interface Named {
  readonly name: { readonly value: string };
}

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

function inaccessibleName(specs: readonly LinkedSpec[]): string {
  const own = directiveName(specs, 'https://specs.apollo.dev/inaccessible', 'inaccessible');
  return own ?? directiveName(specs, FEDERATION, 'inaccessible') ?? 'inaccessible';
}

/** The directives that are told, by what the document calls them. */
function toldNames(specs: readonly LinkedSpec[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const [identity, directives] of Object.entries(TOLD)) {
    for (const directive of directives) {
      // A published schema links nothing; a subgraph's has them from federation itself.
      const here =
        specs.length === 0
          ? directive
          : (directiveName(specs, identity, directive) ?? directiveName(specs, FEDERATION, directive));
      if (here !== undefined) names.set(here, directive);
    }
  }
  return names;
}

function typesOfArguments({ definitions }: DocumentNode, told: ReadonlyMap<string, string>): Set<string> {
  const types = new Set<string>();
  for (const definition of definitions) {
    if (definition.kind !== Kind.DIRECTIVE_DEFINITION || !told.has(definition.name.value)) continue;
    visit(definition, { NamedType: ({ name }) => void types.add(name.value) });
  }
  return types;
}

/** Null for a directive that is not for callers. */
function renamed<Node extends Named>(node: Node, told: ReadonlyMap<string, string>): Node | null | undefined {
  const name = node.name.value;
  if (SPECIFIED.has(name)) return undefined;
  const own = told.get(name);
  if (own === undefined) return null;
  return own === name ? undefined : { ...node, name: { ...node.name, value: own } };
}

/** Directives that callers may use in operations stay, for those places. */
function executablePart(
  definition: DirectiveDefinitionNode,
  specs: readonly LinkedSpec[],
): DirectiveDefinitionNode | null | undefined {
  const name = definition.name.value;
  if (specs.some((spec) => spec.name === name || name.startsWith(`${spec.name}__`))) return null;
  const locations = definition.locations.filter(({ value }) => EXECUTABLE.has(value));
  if (locations.length === 0) return null;
  return locations.length === definition.locations.length ? undefined : { ...definition, locations };
}

function withoutHiddenRoots(node: SchemaDefinitionNode, hidden: ReadonlySet<string>): SchemaDefinitionNode {
  return { ...node, operationTypes: node.operationTypes.filter(({ type }) => !hidden.has(type.name.value)) };
}
