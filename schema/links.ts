import { Kind, type ConstDirectiveNode, type ConstValueNode, type DocumentNode } from 'graphql';

/** A specification that a document links (https://specs.apollo.dev/link/v1.0), and how its elements are called there. */
export interface LinkedSpec {
  /** The URL without its version. */
  readonly identity: string;
  /** The prefix of its names in the document. */
  readonly name: string;
  /** What the document calls the elements that it imports; directives with their @. */
  readonly imports: ReadonlyMap<string, string>;
}

/** Every specification that the document links. */
export function linkedSpecs(document: DocumentNode): readonly LinkedSpec[] {
  return document.definitions
    .filter((definition) => definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION)
    .flatMap((definition) => definition.directives ?? [])
    .flatMap((directive) => linkedSpec(directive) ?? []);
}

/** What the document calls a directive of a specification; undefined where it does not link that. */
export function directiveName(specs: readonly LinkedSpec[], identity: string, directive: string): string | undefined {
  const spec = specs.find((candidate) => candidate.identity === identity);
  if (spec === undefined) return undefined;
  const imported = spec.imports.get(`@${directive}`);
  if (imported !== undefined) return imported.slice(1);
  const isItsNamesake = identity.endsWith(`/${directive}`);
  return isItsNamesake ? spec.name : `${spec.name}__${directive}`;
}

/** True for a type that a linked specification brought, and that is no part of what the subgraphs offer. */
export function isTypeOfSpec(specs: readonly LinkedSpec[], type: string): boolean {
  return specs.some((spec) => type.startsWith(`${spec.name}__`) || [...spec.imports.values()].includes(type));
}

export function argumentOf(directive: ConstDirectiveNode, name: string): ConstValueNode | undefined {
  return directive.arguments?.find((argument) => argument.name.value === name)?.value;
}

export function textArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = argumentOf(directive, name);
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function linkedSpec(directive: ConstDirectiveNode): LinkedSpec | undefined {
  // `core` with `feature` is how supergraphs of Federation 1 said it.
  const url = textArgument(directive, 'url') ?? textArgument(directive, 'feature');
  if (url === undefined) return undefined;
  const identity = url.replace(/\/v\d+\.\d+\/?$/, '');
  const name = textArgument(directive, 'as') ?? identity.slice(identity.lastIndexOf('/') + 1);
  return { identity, name, imports: importsOf(argumentOf(directive, 'import')) };
}

function importsOf(value: ConstValueNode | undefined): Map<string, string> {
  const imports = new Map<string, string>();
  for (const item of value?.kind === Kind.LIST ? value.values : []) {
    if (item.kind === Kind.STRING) imports.set(item.value, item.value);
    if (item.kind !== Kind.OBJECT) continue;
    const textOf = (field: string) => {
      const found = item.fields.find(({ name }) => name.value === field)?.value;
      return found?.kind === Kind.STRING ? found.value : undefined;
    };
    const name = textOf('name');
    if (name !== undefined) imports.set(name, textOf('as') ?? name);
  }
  return imports;
}
