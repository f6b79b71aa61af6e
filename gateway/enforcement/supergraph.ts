import {
  buildASTSchema,
  Kind,
  parse,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { Refusal } from '../../enclave/refusals.js';

/** The identities of the specifications that the gateway enforces, without their versions. */
export const SECURITY_SPECS = {
  authenticated: 'https://specs.apollo.dev/authenticated',
  requiresScopes: 'https://specs.apollo.dev/requiresScopes',
  policy: 'https://specs.apollo.dev/policy',
  attested: 'https://cloister.example/attested',
} as const;

export type SecuritySpec = keyof typeof SECURITY_SPECS;

const CONTEXT_SPEC = 'https://specs.apollo.dev/context';

/** Linked for SECURITY too, and kept elsewhere: by the schema that callers see, and by the planner. */
const KEPT_ELSEWHERE = ['https://specs.apollo.dev/inaccessible', CONTEXT_SPEC];

/** A supergraph as the enforcement sees it: the schema, and the names that its directives go by. */
export interface Supergraph {
  readonly document: DocumentNode;
  /** Every type with its federation directives, as AST nodes. */
  readonly schema: GraphQLSchema;
  /** The name of each enforced directive, which a link may change; absent where the supergraph does not use it. */
  readonly directiveNames: Readonly<Partial<Record<SecuritySpec, string>>>;
  /** The name of the directive that names a context; absent where the supergraph has none. */
  readonly contextDirective: string | undefined;
  /** Names of subgraphs by their join__Graph value. */
  readonly subgraphs: ReadonlyMap<string, string>;
}

/**
 * Reads a supergraph.
 *
 * Throws CONFIGURATION_INVALID where it demands something for SECURITY that the gateway does not enforce.
 */
export function readSupergraph(sdl: string): Supergraph {
  const document = parse(sdl);
  const links = linksOf(document);
  refuseUnknownSecurity(links);
  refuseUnlinked(document, links);
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  return {
    document,
    schema,
    directiveNames: namesOfDirectives(links),
    contextDirective: nameOfDirective(links, 'context', CONTEXT_SPEC),
    subgraphs: namesOfSubgraphs(document),
  };
}

interface Link {
  readonly identity: string;
  readonly forSecurity: boolean;
  /** The prefix of the specification's names here. */
  readonly name: string;
  readonly imports: ReadonlyMap<string, string>;
}

function linksOf(document: DocumentNode): Link[] {
  return document.definitions
    .filter((definition) => definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION)
    .flatMap((definition) => definition.directives ?? [])
    .filter((directive) => directive.name.value === 'link')
    .map((directive) => {
      const url = stringArgument(directive, 'url') ?? '';
      const identity = url.replace(/\/v\d+(\.\d+)?\/?$/, '');
      return {
        identity,
        forSecurity: argument(directive, 'for')?.kind === Kind.ENUM && enumArgument(directive, 'for') === 'SECURITY',
        name: stringArgument(directive, 'as') ?? identity.slice(identity.lastIndexOf('/') + 1),
        imports: importsOf(argument(directive, 'import')),
      };
    });
}

function importsOf(value: ConstValueNode | undefined): Map<string, string> {
  const imports = new Map<string, string>();
  if (value?.kind !== Kind.LIST) return imports;
  for (const item of value.values) {
    if (item.kind === Kind.STRING) imports.set(item.value, item.value);
    if (item.kind !== Kind.OBJECT) continue;
    const fields = new Map(item.fields.map((field) => [field.name.value, textOf(field.value)]));
    const name = fields.get('name');
    if (name !== undefined) imports.set(name, fields.get('as') ?? name);
  }
  return imports;
}

function refuseUnknownSecurity(links: readonly Link[]): void {
  const known = new Set<string>([...Object.values(SECURITY_SPECS), ...KEPT_ELSEWHERE]);
  const unknown = links.filter((link) => link.forSecurity && !known.has(link.identity)).map((link) => link.identity);
  if (unknown.length > 0) {
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `The supergraph demands for SECURITY what this gateway does not enforce: ${unknown.join(', ')}.`,
    );
  }
}

/** Without a link nobody can tell what the directive is; whoever wrote it meant the values to be guarded. */
function refuseUnlinked(document: DocumentNode, links: readonly Link[]): void {
  if (links.some(({ identity }) => identity === SECURITY_SPECS.attested)) return;
  const isDefined = document.definitions.some(
    (definition) => definition.kind === Kind.DIRECTIVE_DEFINITION && definition.name.value === 'attested',
  );
  if (isDefined) {
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `The supergraph has @attested and no link to ${SECURITY_SPECS.attested}.`,
    );
  }
}

function namesOfDirectives(links: readonly Link[]): Partial<Record<SecuritySpec, string>> {
  const names: Partial<Record<SecuritySpec, string>> = {};
  for (const [spec, identity] of Object.entries(SECURITY_SPECS) as [SecuritySpec, string][]) {
    const name = nameOfDirective(links, spec, identity);
    if (name !== undefined) names[spec] = name;
  }
  return names;
}

function nameOfDirective(links: readonly Link[], directive: string, identity: string): string | undefined {
  const link = links.find((candidate) => candidate.identity === identity);
  return link && (link.imports.get(`@${directive}`)?.slice(1) ?? link.name);
}

function namesOfSubgraphs(document: DocumentNode): Map<string, string> {
  const names = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const value of definition.values ?? []) {
      const [graph] = directivesNamed(value, 'join__graph');
      names.set(value.name.value, (graph && stringArgument(graph, 'name')) ?? value.name.value);
    }
  }
  return names;
}

/** Anything that may carry directives in an SDL. */
export interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

export function directivesNamed(node: Annotated | undefined | null, name: string | undefined): ConstDirectiveNode[] {
  return (node?.directives ?? []).filter((directive) => directive.name.value === name);
}

export function argument(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((candidate) => candidate.name.value === name)?.value;
}

export function stringArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = argument(directive, name);
  return value === undefined ? undefined : textOf(value);
}

export function enumArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = argument(directive, name);
  return value?.kind === Kind.ENUM ? value.value : undefined;
}

export function isTrue(directive: ConstDirectiveNode, name: string): boolean {
  const value = argument(directive, name);
  return value?.kind === Kind.BOOLEAN && value.value;
}

/** A federation field set, for instance `id owner { name }`. */
export function parseFieldSet(fields: string): SelectionSetNode {
  const [definition] = parse(`{ ${fields} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Refusal('CONFIGURATION_INVALID', 'Not a field set.');
  return definition.selectionSet;
}

function textOf(value: ValueNode): string | undefined {
  return value.kind === Kind.STRING ? value.value : undefined;
}
