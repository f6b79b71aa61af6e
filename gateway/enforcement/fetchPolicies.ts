import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type DocumentNode,
  type GraphQLNamedType,
  type SelectionSetNode,
} from 'graphql';
import type { Requirements } from './requirements.js';
import { definitionOf, sentBy, unknown } from './sentPolicies.js';

/** Levels of objects in a representation. Ours have two. */
const MAXIMUM_DEPTH = 16;

/**
 * Policies of everything that one fetch moves: to the subgraph in entity representations, arguments and variables, and back
 * from it in selected fields. The connection that carries the fetch must satisfy all of them.
 *
 * This is the backstop behind `decide`: it looks at what is about to be written to the connection, whatever planned it. Where it
 * cannot tell what a value is, it throws, and nothing is sent.
 *
 * @param document what is sent to the subgraph, in the subgraph's own schema: `_entities` at the root.
 */
export function fetchPolicies(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
  requirements: Requirements,
): string[] {
  const policies = new Set(documentPolicies(document, requirements));
  collectFromRepresentations(variables.representations, requirements, policies);
  return [...policies].sort();
}

const known = new WeakMap<DocumentNode, ReadonlySet<string>>();

function documentPolicies(document: DocumentNode, requirements: Requirements): ReadonlySet<string> {
  const cached = known.get(document);
  if (cached !== undefined) return cached;
  const policies = new Set<string>();
  const visit = (selectionSet: SelectionSetNode, parent: GraphQLNamedType | undefined): void => {
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const name = selection.typeCondition?.name.value;
        visit(selection.selectionSet, name === undefined ? parent : typeNamed(requirements, name));
      } else if (selection.kind === Kind.FIELD) {
        if (selection.name.value.startsWith('__')) continue;
        const isEntities = selection.name.value === '_entities' && parent === requirements.schema.getQueryType();
        if (isEntities) {
          if (selection.selectionSet !== undefined) visit(selection.selectionSet, undefined);
          continue;
        }
        if (parent === undefined) throw unknown(`type around ${selection.name.value}`);
        for (const { policy } of sentBy(selection, parent, requirements).values) policies.add(policy);
        for (const policy of valuePolicies(requirements, parent.name, selection.name.value)) policies.add(policy);
        const type = getNamedType(definitionOf(parent, selection).type);
        if (selection.selectionSet !== undefined) visit(selection.selectionSet, type);
      }
    }
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      visit(definition.selectionSet, typeNamed(requirements, definition.typeCondition.name.value));
    } else if (definition.kind === Kind.OPERATION_DEFINITION) {
      visit(definition.selectionSet, requirements.schema.getRootType(definition.operation) ?? undefined);
    }
  }
  known.set(document, policies);
  return policies;
}

/** Policies of the value of a field itself. */
function valuePolicies(requirements: Requirements, type: string, field: string): string[] {
  const flows = requirements.ofField(type, field).attested;
  return flows.filter((flow) => flow.caller === 'receives').map((flow) => flow.policy);
}

function collectFromRepresentations(representations: unknown, requirements: Requirements, policies: Set<string>): void {
  if (representations === undefined) return;
  if (!Array.isArray(representations)) throw unknown('list of representations');
  for (const representation of representations as unknown[]) {
    collectFromObject(representation, [], requirements, policies, 0);
  }
}

/** @param expected names of the types that the object may have, where it does not say so itself. */
function collectFromObject(
  value: unknown,
  expected: readonly string[],
  requirements: Requirements,
  policies: Set<string>,
  depth: number,
): void {
  if (value === null || typeof value !== 'object') return;
  if (depth > MAXIMUM_DEPTH) throw unknown('depth of a representation');
  if (Array.isArray(value)) {
    for (const item of value) collectFromObject(item, expected, requirements, policies, depth + 1);
    return;
  }
  const object = value as Readonly<Record<string, unknown>>;
  const types = typeof object.__typename === 'string' ? [object.__typename] : expected;
  for (const [key, child] of Object.entries(object)) {
    if (key === '__typename') continue;
    const owners = types.filter((type) => returnedTypes(requirements, type, key).length > 0);
    if (owners.length === 0) throw unknown(`field ${key} in a representation`);
    for (const owner of owners) {
      for (const policy of valuePolicies(requirements, owner, key)) policies.add(policy);
    }
    const returned = owners.flatMap((owner) => returnedTypes(requirements, owner, key));
    collectFromObject(child, returned, requirements, policies, depth + 1);
  }
}

/** Names of the types that a value of the field may have; none where the type has no such field. */
function returnedTypes({ schema }: Requirements, typeName: string, fieldName: string): string[] {
  const owner = schema.getType(typeName);
  const fields = isObjectType(owner) || isInterfaceType(owner) ? owner.getFields() : {};
  const field = Object.hasOwn(fields, fieldName) ? fields[fieldName] : undefined;
  if (field === undefined) return [];
  const type = getNamedType(field.type);
  return [type.name, ...(isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [])];
}

function typeNamed(requirements: Requirements, name: string): GraphQLNamedType {
  const type = requirements.schema.getType(name);
  if (type === undefined) throw unknown(`type ${name}`);
  return type;
}
