import { Kind, print, visit, type DocumentNode } from 'graphql';
import {
  directivesNamed,
  readSupergraph,
  SECURITY_SPECS,
  stringArgument,
  type Annotated,
} from '../enforcement/supergraph.js';

/**
 * The supergraph as Apollo gets it: without the security features, which it refuses because it does not enforce them. The
 * enforcement around it does; nothing else may be given this SDL.
 */
export function executorSdl(sdl: string): string {
  const { document, directiveNames } = readSupergraph(sdl);
  const names = new Set(Object.values(directiveNames));
  const identities: readonly string[] = Object.values(SECURITY_SPECS);
  const isOurs = (name: string) => names.has(name) || [...names].some((prefix) => name.startsWith(`${prefix}__`));
  const stripped: DocumentNode = visit(document, {
    Directive(directive) {
      if (names.has(directive.name.value)) return null;
      if (directive.name.value !== 'link' || directive.arguments === undefined) return undefined;
      const [link] = directivesNamed({ directives: [directive as never] }, 'link');
      const identity = (link && stringArgument(link, 'url'))?.replace(/\/v\d+\.\d+$/, '') ?? '';
      return identities.includes(identity) ? null : undefined;
    },
    DirectiveDefinition: (definition) => (names.has(definition.name.value) ? null : undefined),
    ScalarTypeDefinition: (definition) => (isOurs(definition.name.value) ? null : undefined),
  });
  return print(stripped);
}

/**
 * The schema as callers may download it: what they can ask for, and under which conditions, without what only routers
 * need and without what is @inaccessible.
 */
export function publishedSdl(sdl: string): string {
  const { document } = readSupergraph(sdl);
  const isFederation = (name: string) => /^(join|link|core|inaccessible|tag|composeDirective)(__|$)/.test(name);
  const dropped = (node: Annotated & { readonly name: { readonly value: string } }) =>
    isFederation(node.name.value) || directivesNamed(node, 'inaccessible').length > 0 ? null : undefined;
  const published: DocumentNode = visit(document, {
    SchemaDefinition: () => null,
    SchemaExtension: () => null,
    Directive: dropped,
    DirectiveDefinition: dropped,
    ScalarTypeDefinition: dropped,
    ObjectTypeDefinition: dropped,
    InterfaceTypeDefinition: dropped,
    UnionTypeDefinition: dropped,
    EnumTypeDefinition: dropped,
    InputObjectTypeDefinition: dropped,
    FieldDefinition: dropped,
    EnumValueDefinition: dropped,
    InputValueDefinition: dropped,
  });
  return `${published.definitions
    .filter((definition) => definition.kind !== Kind.OPERATION_DEFINITION)
    .map((definition) => print(definition))
    .join('\n\n')}\n`;
}
