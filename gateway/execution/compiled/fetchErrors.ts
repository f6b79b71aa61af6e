import { Kind, parse, type SelectionSetNode } from 'graphql';
import type { Refusal } from '../../../enclave/refusals.js';
import { objectsWithPaths, type DataObject, type ResponsePath } from './dataPaths.js';
import type { EntityFetch, PlannedFetch, Rewrite } from './plan.js';
import type { Run } from './run.js';
import type { FetchCompiler } from './sendFetch.js';
import { refusalError } from './upstreamErrors.js';

/** The entities behind each representation of one list, in order. */
export type Slots = readonly (readonly DataObject[])[];

/** A root fetch failed: one error for each value that it leaves empty. Where errors are passed on, one for the fetch. */
export function failRoot(
  run: Run,
  refusal: Refusal,
  fetch: PlannedFetch,
  compiler: FetchCompiler,
  places: readonly ResponsePath[],
): void {
  const keys = responseKeys(operationSelection(fetch.operation));
  const empty = places.flatMap((path) => keys.map((key) => [...path, key]));
  failPlaces(run, refusal, fetch, compiler, empty);
}

/** These entities got no answer. */
export function failEntities(
  run: Run,
  refusal: Refusal,
  fetch: PlannedFetch,
  compiler: FetchCompiler,
  { entity, slots }: { readonly entity: EntityFetch; readonly slots: Slots },
): void {
  if (run.isFull || slots.length === 0) return;
  const keys = entityKeys(fetch, entity);
  const places = positionsOf(entity, slots, run, compiler).flat();
  failPlaces(
    run,
    refusal,
    fetch,
    compiler,
    places.flatMap((path) => keys.map((key) => [...path, key])),
  );
}

function failPlaces(
  run: Run,
  refusal: Refusal,
  { subgraph }: PlannedFetch,
  { subgraphErrors }: FetchCompiler,
  places: readonly ResponsePath[],
): void {
  if (places.length === 0) run.fail(refusalError(refusal, undefined, subgraph));
  for (const path of subgraphErrors === 'coded' ? places : places.slice(0, 1)) {
    run.fail(refusalError(refusal, path, subgraph));
  }
}

/** For each slot, the paths of its entities. */
export function positionsOf(
  entity: EntityFetch,
  slots: Slots,
  run: Run,
  { supergraph, maximumErrors }: FetchCompiler,
): ResponsePath[][] {
  const slotOf = new Map<DataObject, number>();
  slots.forEach((objects, index) => {
    for (const object of objects) slotOf.set(object, index);
  });
  const positions: ResponsePath[][] = slots.map(() => []);
  for (const path of entity.paths) {
    objectsWithPaths(run.data, path, supergraph, (object, at) => {
      const index = slotOf.get(object);
      const list = index === undefined ? undefined : positions[index];
      if (list !== undefined && list.length < maximumErrors) list.push(at);
    });
  }
  return positions;
}

/** A path of a subgraph's answer, with the keys that output rewrites give. */
export function afterRewrites(path: ResponsePath, rewrites: readonly Rewrite[]): ResponsePath {
  if (rewrites.length === 0) return path;
  const names = new Map<string | number, string>();
  for (const rewrite of rewrites) {
    const last = rewrite.path.at(-1);
    if (rewrite.kind === 'KeyRenamer' && last?.kind === 'Key') names.set(last.key, rewrite.to);
  }
  return path.map((key) => names.get(key) ?? key);
}

function entityKeys({ operation }: PlannedFetch, { alias }: EntityFetch): string[] {
  const field = operationSelection(operation)?.selections.find(
    (selection) => selection.kind === Kind.FIELD && (selection.alias ?? selection.name).value === alias,
  );
  return responseKeys(field?.kind === Kind.FIELD ? field.selectionSet : undefined);
}

function operationSelection(operation: string): SelectionSetNode | undefined {
  const { definitions } = parse(operation, { noLocation: true });
  return definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)?.selectionSet;
}

function responseKeys(selectionSet: SelectionSetNode | undefined): string[] {
  const keys = new Set<string>();
  for (const selection of selectionSet?.selections ?? []) {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') keys.add((selection.alias ?? selection.name).value);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      for (const key of responseKeys(selection.selectionSet)) keys.add(key);
    }
  }
  return [...keys];
}
