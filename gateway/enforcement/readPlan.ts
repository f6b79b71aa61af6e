import {
  getNamedType,
  isCompositeType,
  Kind,
  parse,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { EntityFetch, PlannedFetch, PlanPath, Rewrite } from '../execution/compiled/plan.js';
import { fragmentsOf } from './analyse.js';
import { Place, type EntityReading } from './place.js';
import type { BoundPolicy } from './requirement.js';
import type { Requirements } from './requirements.js';
import { definitionOf, sentBy, unknown, variablesIn } from './sentPolicies.js';

/** The data that a plan brings together, place by place, and what its variables are bound to. */
export interface PlannedData {
  readonly root: Place;
  /** Every place except the root. */
  readonly places: readonly Place[];
  /** Policies of the places in fetches where each variable stands. */
  readonly variables: ReadonlyMap<string, readonly BoundPolicy[]>;
}

/**
 * Follows every fetch of a plan, in order: what it selects, and where that lands. Conditions count for nothing: what may be
 * fetched is.
 *
 * @throws Refusal INTERNAL where a plan asks for what the supergraph does not know: what cannot be followed cannot be served.
 */
export function readPlan(fetches: readonly PlannedFetch[], requirements: Requirements): PlannedData {
  const root = new Place(undefined);
  const variables = new Map<string, BoundPolicy[]>();
  for (const fetch of fetches) readFetch(fetch, root, requirements, variables);
  for (const fetch of fetches) renameKeys(fetch, root);
  return { root, places: placesBelow(root), variables };
}

interface Reader {
  readonly fetch: PlannedFetch;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly requirements: Requirements;
  readonly variables: Map<string, BoundPolicy[]>;
}

function readFetch(
  fetch: PlannedFetch,
  root: Place,
  requirements: Requirements,
  variables: Map<string, BoundPolicy[]>,
): void {
  const document = parse(fetch.operation, { noLocation: true });
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) throw unknown('fetch');
  const reader: Reader = { fetch, fragments: fragmentsOf(document), requirements, variables };
  if (fetch.entities.length === 0) {
    const type = requirements.schema.getRootType(operation.operation);
    if (type === undefined || type === null) throw unknown(`root of a ${operation.operation}`);
    readSelections(reader, operation.selectionSet, type, placeAt(root, fetch.path), {
      entity: undefined,
      variables: [],
    });
    return;
  }
  for (const entity of fetch.entities) {
    const field = entitiesField(operation, entity);
    for (const path of entity.paths) {
      readEntities(
        reader,
        field.selectionSet,
        { entity, place: placeAt(root, path) },
        variablesIn(...(field.directives ?? [])),
      );
    }
  }
}

function entitiesField(operation: OperationDefinitionNode, { alias }: EntityFetch): FieldNode {
  const field = operation.selectionSet.selections.find(
    (selection) => selection.kind === Kind.FIELD && (selection.alias ?? selection.name).value === alias,
  );
  if (field?.kind !== Kind.FIELD) throw unknown(`fetch of entities ${alias}`);
  return field;
}

/** Below `_entities` there are fragments only, each on a type of entity. */
function readEntities(
  reader: Reader,
  selectionSet: SelectionSetNode | undefined,
  at: Pick<EntityReading, 'entity' | 'place'>,
  variables: readonly string[],
): void {
  for (const selection of selectionSet?.selections ?? []) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value === '__typename') continue;
      throw unknown(`type around ${selection.name.value}`);
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : reader.fragments.get(selection.name.value);
    if (fragment === undefined) throw unknown('fragment of a fetch');
    const inner = [...variables, ...variablesIn(...(selection.directives ?? []))];
    if (fragment.typeCondition === undefined) readEntities(reader, fragment.selectionSet, at, inner);
    else {
      const type = typeNamed(reader, fragment.typeCondition.name.value);
      readSelections(reader, fragment.selectionSet, type, at.place, { entity: at, variables: inner });
    }
  }
}

interface Around {
  /** The entity that is being read; with the field of the entity, once inside of one. */
  readonly entity: (Pick<EntityReading, 'entity' | 'place'> & Partial<EntityReading>) | undefined;
  readonly variables: readonly string[];
}

function readSelections(
  reader: Reader,
  selectionSet: SelectionSetNode,
  type: GraphQLNamedType,
  place: Place,
  around: Around,
): void {
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      readField(reader, selection, type, place, around);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : reader.fragments.get(selection.name.value);
    if (fragment === undefined) throw unknown('fragment of a fetch');
    const condition = fragment.typeCondition;
    readSelections(
      reader,
      fragment.selectionSet,
      condition === undefined ? type : typeNamed(reader, condition.name.value),
      place,
      { ...around, variables: [...around.variables, ...variablesIn(...(selection.directives ?? []))] },
    );
  }
}

function readField(reader: Reader, node: FieldNode, type: GraphQLNamedType, place: Place, around: Around): void {
  const field = node.name.value;
  if (field.startsWith('__')) return;
  const { fetch, requirements } = reader;
  const definition = definitionOf(type, node);
  const { values, variables } = sentBy(node, type, requirements);
  for (const [name, bounds] of variables) {
    reader.variables.set(name, [...(reader.variables.get(name) ?? []), ...bounds]);
  }
  const entity: EntityReading | undefined = around.entity && { type: type.name, field, ...around.entity };
  const own = variablesIn(...(node.arguments ?? []), ...(node.directives ?? []));
  const child = place.child((node.alias ?? node.name).value);
  child.read(
    { fetch, type: type.name, field, sent: values, variables: new Set([...around.variables, ...own]), entity },
    requirements.valuesOf(type.name, field),
  );
  if (node.selectionSet === undefined) return;
  readSelections(reader, node.selectionSet, getNamedType(definition.type), child, {
    entity,
    variables: [...around.variables, ...own],
  });
}

/** Data that comes under one key may be known under another from then on. */
function renameKeys(fetch: PlannedFetch, root: Place): void {
  const rename = (rewrites: readonly Rewrite[], start: Place) => {
    for (const rewrite of rewrites) {
      if (rewrite.kind !== 'KeyRenamer') continue;
      const keys = rewrite.path.flatMap((step) => (step.kind === 'Key' ? [step.key] : []));
      const last = keys.pop();
      if (last === undefined) continue;
      const place = keys.reduce<Place | undefined>((at, key) => at?.children.get(key), start);
      const renamed = place?.children.get(last);
      if (place !== undefined && renamed !== undefined) place.child(rewrite.to).absorb(renamed);
    }
  };
  if (fetch.entities.length === 0) rename(fetch.outputRewrites, placeAt(root, fetch.path));
  for (const { outputRewrites, paths } of fetch.entities) {
    for (const path of paths) rename(outputRewrites, placeAt(root, path));
  }
}

export function placeAt(root: Place, path: PlanPath): Place {
  return path.reduce((place, step) => (step.kind === 'Field' ? place.child(step.key) : place), root);
}

function placesBelow(place: Place): Place[] {
  return [...place.children.values()].flatMap((child) => [child, ...placesBelow(child)]);
}

function typeNamed({ requirements }: Reader, name: string): GraphQLNamedType {
  const type = requirements.schema.getType(name);
  if (!isCompositeType(type)) throw unknown(`type ${name}`);
  return type;
}
