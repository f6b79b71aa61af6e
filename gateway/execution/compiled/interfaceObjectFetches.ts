import { Kind, OperationTypeNode, parse, type DocumentNode, type FieldNode, type SelectionSetNode } from 'graphql';
import { mapFetches, type EntityFetch, type Plan, type PlannedFetch, type PlanPath, type Required } from './plan.js';
import type { Supergraph } from './supergraph.js';

/**
 * A subgraph that knows an interface as one object type is asked about objects of all its types in one list. Hive's planner joins such
 * fetches for several types and then sends the objects of one of them only, so the types are taken from the operation again: all
 * for which a field of the fetch is selected.
 *
 * @param document the planned operation, whose fragments are for object types
 */
export function completeInterfaceObjectFetches(plan: Plan, document: DocumentNode, supergraph: Supergraph): Plan {
  if (supergraph.interfaceObjects.size === 0) return plan;
  return mapFetches(plan, (fetch) => {
    if (!fetch.entities.some((entity) => interfaceOf(entity, supergraph) !== undefined)) return fetch;
    return {
      ...fetch,
      entities: fetch.entities.map((entity) => completeEntities(fetch, entity, document, supergraph)),
    };
  });
}

/** The interface as which the entities are sent. */
function interfaceOf({ inputRewrites }: EntityFetch, { interfaceObjects }: Supergraph): string | undefined {
  for (const rewrite of inputRewrites) {
    const last = rewrite.path.at(-1);
    const isTypename = last?.kind === 'Key' && last.key === '__typename' && rewrite.path.length <= 2;
    if (rewrite.kind === 'ValueSetter' && isTypename && interfaceObjects.has(rewrite.value)) return rewrite.value;
  }
  return undefined;
}

function completeEntities(
  fetch: PlannedFetch,
  entity: EntityFetch,
  document: DocumentNode,
  supergraph: Supergraph,
): EntityFetch {
  const sentAs = interfaceOf(entity, supergraph);
  if (sentAs === undefined) return entity;
  const asked = new Set(keysAskedFor(fetch, entity));
  const types = new Set(typesIn(entity.requires));
  for (const path of entity.paths) {
    for (const { selectionSet, type } of selectionsAt(path, document)) {
      for (const selection of selectionSet.selections) {
        if (selection.kind === Kind.FIELD) {
          if (asked.has(responseKey(selection))) types.add(type ?? sentAs);
        } else if (selection.kind === Kind.INLINE_FRAGMENT && selection.typeCondition !== undefined) {
          const fields = selection.selectionSet.selections;
          const isAsked = fields.some((field) => field.kind === Kind.FIELD && asked.has(responseKey(field)));
          if (isAsked) types.add(selection.typeCondition.name.value);
        }
      }
    }
  }
  const selections = withoutFragments(entity.requires);
  const requires = [...types].map((type): Required => ({ kind: 'Fragment', type, selections }));
  return { ...entity, requires };
}

function typesIn(requires: readonly Required[]): string[] {
  return requires.flatMap((required) => (required.kind === 'Fragment' && required.type ? [required.type] : []));
}

function withoutFragments(requires: readonly Required[]): Required[] {
  const fields = new Map<string, Required>();
  const add = (list: readonly Required[]): void => {
    for (const required of list) {
      if (required.kind === 'Fragment') add(required.selections);
      else if (!fields.has(required.to)) fields.set(required.to, required);
    }
  };
  add(requires);
  return [...fields.values()];
}

/** Response keys of the fetch's answer, type names and keys apart: they come with any fetch. */
function keysAskedFor(fetch: PlannedFetch, entity: EntityFetch): string[] {
  const brought = new Set(withoutFragments(entity.requires).map((field) => (field.kind === 'Field' ? field.from : '')));
  const { definitions } = parse(fetch.operation, { noLocation: true });
  const fragments = new Map<string, SelectionSetNode>();
  let root: SelectionSetNode | undefined;
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
    else if (definition.kind === Kind.OPERATION_DEFINITION) root = definition.selectionSet;
  }
  const field = root?.selections.find(
    (selection) => selection.kind === Kind.FIELD && responseKey(selection) === entity.alias,
  );
  const keys: string[] = [];
  const collect = (selectionSet: SelectionSetNode | undefined): void => {
    for (const selection of selectionSet?.selections ?? []) {
      if (selection.kind === Kind.FIELD) keys.push(responseKey(selection));
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else collect(fragments.get(selection.name.value));
    }
  };
  collect(field?.kind === Kind.FIELD ? field.selectionSet : undefined);
  return keys.filter((key) => !brought.has(key));
}

interface SelectionAt {
  readonly selectionSet: SelectionSetNode;
  /** Where the path names a type. */
  readonly type: string | undefined;
}

/** What the operation selects for the objects at a path; nothing where a planner went there on its own. */
function selectionsAt(path: PlanPath, { definitions }: DocumentNode): SelectionAt[] {
  const [operation] = definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return [];
  if (operation.operation === OperationTypeNode.SUBSCRIPTION && path.length === 0) return [];
  let at: SelectionAt[] = [{ selectionSet: operation.selectionSet, type: undefined }];
  for (const step of path) {
    if (step.kind === 'Items') continue;
    at = at.flatMap(({ selectionSet, type }) => {
      if (step.kind === 'Field') return fieldsWithin(selectionSet, step.key, type);
      return step.types.flatMap((name) => [
        ...selectionSet.selections.flatMap((selection) =>
          selection.kind === Kind.INLINE_FRAGMENT && selection.typeCondition?.name.value === name
            ? [{ selectionSet: selection.selectionSet, type: name }]
            : [],
        ),
        { selectionSet: onlyFields(selectionSet), type: name },
      ]);
    });
  }
  return at;
}

function fieldsWithin(selectionSet: SelectionSetNode, key: string, type: string | undefined): SelectionAt[] {
  return selectionSet.selections.flatMap((selection): SelectionAt[] => {
    if (selection.kind === Kind.FIELD) {
      const inner = responseKey(selection) === key ? selection.selectionSet : undefined;
      return inner === undefined ? [] : [{ selectionSet: inner, type: undefined }];
    }
    if (selection.kind !== Kind.INLINE_FRAGMENT) return [];
    const isOther = type !== undefined && selection.typeCondition?.name.value !== type;
    return isOther ? [] : fieldsWithin(selection.selectionSet, key, type);
  });
}

function onlyFields(selectionSet: SelectionSetNode): SelectionSetNode {
  return { ...selectionSet, selections: selectionSet.selections.filter(({ kind }) => kind === Kind.FIELD) };
}

function responseKey(field: FieldNode): string {
  return (field.alias ?? field.name).value;
}
