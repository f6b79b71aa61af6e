import {
  Kind,
  parse,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * What the composer does not ask of the subgraphs' SDL and the one rule does. Each finding is a sentence that begins with
 * the schema coordinate.
 */
export function lintSubgraphs(
  subgraphs: Readonly<Record<string, DocumentNode>>,
  policyNames: ReadonlySet<string>,
): string[] {
  const documents = Object.entries(subgraphs);
  const policies = attestedCoordinates(subgraphs);
  const fieldTypes = namedTypesOfFields(subgraphs);
  return documents.flatMap(([subgraph, document]) =>
    [
      ...undescribed(document),
      ...unknownPolicies(document, policyNames),
      ...contradictions(document, policies),
      ...attestedKeys(document, policies, fieldTypes),
      ...refusableButNotNullable(document),
      ...requiresWithArguments(document),
    ].map((finding) => `${subgraph}: ${finding}`),
  );
}

function* undescribed(document: DocumentNode): Generator<string> {
  for (const definition of typeDefinitions(document)) {
    const isRoot = definition.name.value === 'Query' || definition.name.value === 'Mutation';
    if (definition.description === undefined && !isRoot) yield `${definition.name.value} has no description`;
    for (const member of membersOf(definition)) {
      if (member.description === undefined) yield `${definition.name.value}.${member.name.value} has no description`;
    }
  }
}

function* unknownPolicies(document: DocumentNode, known: ReadonlySet<string>): Generator<string> {
  for (const [coordinate, policy] of attestedIn(document)) {
    if (!known.has(policy)) yield `${coordinate} names the policy ${policy}, which is not in schema/policies`;
  }
}

/** The composer keeps one of two different policies at the same coordinate; which one is not for it to say. */
function* contradictions(document: DocumentNode, all: ReadonlyMap<string, ReadonlySet<string>>): Generator<string> {
  for (const [coordinate] of attestedIn(document)) {
    const policies = all.get(coordinate);
    if (policies !== undefined && policies.size > 1) {
      yield `${coordinate} has different policies in different subgraphs: ${[...policies].sort().join(', ')}`;
    }
  }
}

/** Keys travel to every subgraph that extends the entity, so their values may not be bound to a policy. */
function* attestedKeys(
  document: DocumentNode,
  attested: ReadonlyMap<string, unknown>,
  fieldTypes: ReadonlyMap<string, string>,
): Generator<string> {
  for (const definition of typeDefinitions(document)) {
    for (const key of directives(definition, 'key')) {
      const fields = stringArgument(key, 'fields');
      if (fields === undefined) continue;
      for (const coordinate of coordinatesOf(parseFieldSet(fields), definition.name.value, fieldTypes)) {
        const [type, field] = coordinate.split('.') as [string, string];
        const returned = fieldTypes.get(`${type}.${field}`) ?? '';
        if (attested.has(coordinate) || attested.has(type) || attested.has(returned)) {
          yield `${coordinate} is @attested and part of @key(fields: "${fields}") of ${definition.name.value}`;
        }
      }
    }
  }
}

/** A refused field comes back as null; where it may not be null, the refusal would erase its parent. */
function* refusableButNotNullable(document: DocumentNode): Generator<string> {
  for (const definition of outputTypes(document)) {
    for (const field of definition.fields ?? []) {
      const guarded = ['attested', 'authenticated', 'requiresScopes'].some(
        (name) => directives(field, name).length > 0,
      );
      if (guarded && field.type.kind === Kind.NON_NULL_TYPE) {
        yield `${definition.name.value}.${field.name.value} may be refused and must be nullable`;
      }
    }
  }
}

/** Apollo's planner answers such fields with wrong values and no error (apollographql/federation#2996). */
function* requiresWithArguments(document: DocumentNode): Generator<string> {
  for (const definition of outputTypes(document)) {
    for (const field of definition.fields ?? []) {
      for (const requires of directives(field, 'requires')) {
        if (stringArgument(requires, 'fields')?.includes('(') === true) {
          yield `${definition.name.value}.${field.name.value} requires a field with arguments`;
        }
      }
    }
  }
}

/** Every coordinate with @attested, and the policies that the subgraphs name there. */
function attestedCoordinates(subgraphs: Readonly<Record<string, DocumentNode>>): Map<string, Set<string>> {
  const policies = new Map<string, Set<string>>();
  for (const document of Object.values(subgraphs)) {
    for (const [coordinate, policy] of attestedIn(document)) {
      policies.set(coordinate, (policies.get(coordinate) ?? new Set()).add(policy));
    }
  }
  return policies;
}

function* attestedIn(document: DocumentNode): Generator<readonly [coordinate: string, policy: string]> {
  for (const definition of typeDefinitions(document)) {
    yield* policiesAt(definition.name.value, definition);
    for (const member of membersOf(definition)) {
      const coordinate = `${definition.name.value}.${member.name.value}`;
      yield* policiesAt(coordinate, member);
      if (member.kind !== Kind.FIELD_DEFINITION) continue;
      for (const argument of member.arguments ?? []) {
        yield* policiesAt(`${coordinate}(${argument.name.value}:)`, argument);
      }
    }
  }
}

function* policiesAt(coordinate: string, node: Annotated): Generator<readonly [string, string]> {
  for (const directive of directives(node, 'attested')) {
    yield [coordinate, stringArgument(directive, 'policy') ?? ''];
  }
}

function namedTypesOfFields(subgraphs: Readonly<Record<string, DocumentNode>>): Map<string, string> {
  const types = new Map<string, string>();
  for (const definition of Object.values(subgraphs).flatMap(outputTypes)) {
    for (const field of definition.fields ?? []) {
      types.set(`${definition.name.value}.${field.name.value}`, namedType(field));
    }
  }
  return types;
}

function* coordinatesOf(
  selections: SelectionSetNode,
  type: string,
  fieldTypes: ReadonlyMap<string, string>,
): Generator<string> {
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FIELD) {
      const coordinate = `${type}.${selection.name.value}`;
      yield coordinate;
      if (selection.selectionSet !== undefined) {
        yield* coordinatesOf(selection.selectionSet, fieldTypes.get(coordinate) ?? '', fieldTypes);
      }
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      yield* coordinatesOf(selection.selectionSet, selection.typeCondition?.name.value ?? type, fieldTypes);
    }
  }
}

function parseFieldSet(fields: string): SelectionSetNode {
  const [definition] = parse(`{ ${fields} }`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Not a field set: ${fields}`);
  return definition.selectionSet;
}

interface Annotated {
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
}

function directives(node: Annotated, name: string): readonly ConstDirectiveNode[] {
  return (node.directives ?? []).filter((directive) => directive.name.value === name);
}

function stringArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

type TypeDefinition = Extract<DefinitionNode, { readonly name: unknown; readonly kind: `${string}TypeDefinition` }>;

function typeDefinitions(document: DocumentNode): TypeDefinition[] {
  return document.definitions.filter((definition): definition is TypeDefinition =>
    definition.kind.endsWith('TypeDefinition'),
  );
}

function outputTypes(document: DocumentNode) {
  return typeDefinitions(document).filter(
    (definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION,
  );
}

function membersOf(definition: TypeDefinition) {
  if ('fields' in definition) {
    return (definition.fields ?? []) as readonly (FieldDefinitionNode | InputValueDefinitionNode)[];
  }
  return 'values' in definition ? (definition.values ?? []) : [];
}

function namedType(field: FieldDefinitionNode): string {
  let type = field.type;
  while (type.kind !== Kind.NAMED_TYPE) type = type.type;
  return type.name.value;
}
