import {
  buildASTSchema,
  isTypeDefinitionNode,
  Kind,
  visit,
  type ConstDirectiveNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

/** The schema that callers see. Descriptions, deprecations and defaults stay; all else that only gateways need goes. */
export function apiSchemaOf(supergraph: DocumentNode): GraphQLSchema {
  return buildASTSchema(apiDocumentOf(supergraph), { assumeValidSDL: true });
}

const KEPT_DIRECTIVES: ReadonlySet<string> = new Set(['deprecated', 'specifiedBy', 'oneOf']);

const EXECUTABLE_LOCATIONS: ReadonlySet<string> = new Set([
  'QUERY',
  'MUTATION',
  'SUBSCRIPTION',
  'FIELD',
  'FRAGMENT_DEFINITION',
  'FRAGMENT_SPREAD',
  'INLINE_FRAGMENT',
  'VARIABLE_DEFINITION',
]);

function apiDocumentOf(supergraph: DocumentNode): DocumentNode {
  const specs = linkedSpecs(supergraph);
  const inaccessible = specs.find(({ identity }) => identity.endsWith('/inaccessible'))?.name ?? 'inaccessible';
  const isInaccessible = (node: Named) =>
    (node.directives ?? []).some((directive) => directive.name.value === inaccessible);
  const isMachinery = (name: string) =>
    specs.some((spec) => name.startsWith(`${spec.name}__`) || (spec.isFederation && spec.imports.has(name)));
  const hiddenTypes = new Set<string>();
  for (const definition of supergraph.definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    if (isInaccessible(definition) || isMachinery(definition.name.value)) hiddenTypes.add(definition.name.value);
  }
  const dropHiddenType = ({ name }: Named) => (hiddenTypes.has(name.value) ? null : undefined);
  const dropInaccessible = (node: Named) => (isInaccessible(node) ? null : undefined);
  return visit(supergraph, {
    Directive: (directive) => (KEPT_DIRECTIVES.has(directive.name.value) ? undefined : null),
    DirectiveDefinition: executablePart,
    // A type that callers may not see is no interface, no member and no root of one that they may see.
    NamedType: (type, _key, parent) => (hiddenTypes.has(type.name.value) && Array.isArray(parent) ? null : undefined),
    SchemaDefinition: {
      enter: (node) => ({
        ...node,
        operationTypes: node.operationTypes.filter(({ type }) => !hiddenTypes.has(type.name.value)),
      }),
    },
    ScalarTypeDefinition: dropHiddenType,
    ObjectTypeDefinition: dropHiddenType,
    InterfaceTypeDefinition: dropHiddenType,
    UnionTypeDefinition: dropHiddenType,
    EnumTypeDefinition: dropHiddenType,
    InputObjectTypeDefinition: dropHiddenType,
    FieldDefinition: dropInaccessible,
    InputValueDefinition: dropInaccessible,
    EnumValueDefinition: dropInaccessible,
  });
}

interface Named {
  readonly name: { readonly value: string };
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

interface LinkedSpec {
  readonly identity: string;
  /** One of federation's own, and not of those who compose their directives. */
  readonly isFederation: boolean;
  /** By which its definitions are known here. */
  readonly name: string;
  /** As they are called here; directives with their @. */
  readonly imports: ReadonlySet<string>;
}

/** Directives that subgraphs' callers may use in operations stay, for these places only. */
function executablePart(definition: DirectiveDefinitionNode): DirectiveDefinitionNode | null {
  const locations = definition.locations.filter(({ value }) => EXECUTABLE_LOCATIONS.has(value));
  return locations.length === 0 ? null : { ...definition, locations };
}

/** https://specs.apollo.dev/link/v1.0: every specification that the supergraph links, and how it calls it. */
function linkedSpecs(supergraph: DocumentNode): LinkedSpec[] {
  const specs: LinkedSpec[] = [];
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      const spec = linkedSpec(directive);
      if (spec !== undefined) specs.push(spec);
    }
  }
  return specs;
}

function linkedSpec(directive: ConstDirectiveNode): LinkedSpec | undefined {
  const valueOf = (name: string) => directive.arguments?.find((argument) => argument.name.value === name)?.value;
  const url = valueOf('url') ?? valueOf('feature');
  if (url?.kind !== Kind.STRING) return undefined;
  const identity = url.value.replace(/\/v\d+\.\d+\/?$/, '');
  const as = valueOf('as');
  const imports = new Set<string>();
  const imported = valueOf('import');
  for (const item of imported?.kind === Kind.LIST ? imported.values : []) {
    if (item.kind === Kind.STRING) imports.add(item.value);
    if (item.kind !== Kind.OBJECT) continue;
    const fieldOf = (name: string) => item.fields.find((field) => field.name.value === name)?.value;
    const name = fieldOf('as') ?? fieldOf('name');
    if (name?.kind === Kind.STRING) imports.add(name.value);
  }
  return {
    identity,
    isFederation: identity.startsWith('https://specs.apollo.dev/'),
    imports,
    name: as?.kind === Kind.STRING ? as.value : (identity.split('/').at(-1) ?? ''),
  };
}
