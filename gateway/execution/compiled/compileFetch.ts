import { Kind, parse, type SelectionSetNode } from 'graphql';
import { Refusal, toRefusal } from '../../../enclave/refusals.js';
import { isObject, objectsWithPaths, compileWalk, type DataObject, type ResponsePath, type Walk } from './dataPaths.js';
import { quote } from './jsonText.js';
import { compileOutputRewrites, type Merge } from './mergeData.js';
import type { EntityFetch, PlannedFetch, PlanPath, Rewrite } from './plan.js';
import { compileRepresentation, type RepresentationWriter } from './representations.js';
import type { Run } from './run.js';
import type { Supergraph } from './supergraph.js';
import { readAnswer, refusalError, type ExecutionError, type SubgraphErrors } from './upstreamErrors.js';

/** Sends a fetch; what comes back puts its answer into the data. Undefined where there is nothing to ask. */
export type StartFetch = (run: Run) => Promise<() => void> | undefined;

export interface FetchCompiler {
  readonly supergraph: Supergraph;
  readonly merge: Merge;
  readonly subgraphErrors: SubgraphErrors;
  /** Whether an entity that a subgraph does not know is an error, or just null. */
  readonly unknownEntities: 'error' | 'null';
  /** Of one fetch. */
  readonly maximumErrors: number;
}

export function compileFetch(fetch: PlannedFetch, compiler: FetchCompiler): StartFetch {
  return fetch.entities.length === 0 ? compileRootFetch(fetch, compiler) : compileEntityFetch(fetch, compiler);
}

function compileRootFetch(fetch: PlannedFetch, compiler: FetchCompiler): StartFetch {
  const { supergraph, merge } = compiler;
  const walk = compileWalk(fetch.path, supergraph);
  const isRoot = fetch.path.length === 0;
  const rewrite = compileOutputRewrites(fetch.outputRewrites, supergraph);
  const head = `{"query":${quote(fetch.operation)}`;
  const places = (run: Run): ResponsePath[] => {
    const found: ResponsePath[] = [];
    objectsWithPaths(run.data, fetch.path, supergraph, (_object, path) => found.push(path));
    return found;
  };
  return (run) => {
    if (!isRoot && isEmpty(walk, run.data)) return undefined;
    const variables = variablesText(fetch, run);
    const body = variables === '' ? `${head}}` : `${head},"variables":{${variables}}}`;
    return send(fetch, body, run, compiler).then((answer) => () => {
      const at = answer.errors.length === 0 && answer.refusal === undefined ? [] : places(run);
      if (answer.refusal !== undefined) {
        const keys = rootKeys(fetch);
        failEverywhere(
          run,
          answer.refusal,
          fetch,
          compiler,
          at.flatMap((path) => keys.map((key) => [...path, key])),
        );
        return;
      }
      for (const error of answer.errors) {
        for (const path of at) {
          run.fail({ ...error, path: [...path, ...renamed(error.path ?? [], fetch.outputRewrites)] });
        }
      }
      if (answer.data === undefined) return;
      const { data } = answer;
      rewrite?.(data);
      walk(run.data, (object) => merge(object, data));
    });
  };
}

function isEmpty(walk: Walk, data: DataObject): boolean {
  let count = 0;
  walk(data, () => (count += 1));
  return count === 0;
}

/** The entities of one `_entities` list: equal representations share a slot. */
interface Batch {
  readonly slots: DataObject[][];
  text: string;
}

interface CompiledEntities {
  readonly entity: EntityFetch;
  readonly walks: readonly Walk[];
  readonly write: RepresentationWriter;
  readonly rewrite: ((value: unknown) => void) | undefined;
  readonly label: string;
}

function compileEntityFetch(fetch: PlannedFetch, compiler: FetchCompiler): StartFetch {
  const { supergraph } = compiler;
  const compiled = fetch.entities.map((entity): CompiledEntities => ({
    entity,
    walks: entity.paths.map((path) => compileWalk(path, supergraph)),
    write: compileRepresentation(entity, fetch.subgraph, supergraph),
    rewrite: compileOutputRewrites(entity.outputRewrites, supergraph),
    label: `${quote(entity.variable)}:[`,
  }));
  const head = `{"query":${quote(fetch.operation)},"variables":{`;
  return (run) => {
    let text = head;
    let entityCount = 0;
    const batches = compiled.map((entities, index) => {
      const batch = collect(entities, run);
      entityCount += batch.slots.length;
      text += `${index === 0 ? '' : ','}${entities.label}${batch.text}]`;
      return batch;
    });
    if (entityCount === 0) return undefined;
    const variables = variablesText(fetch, run);
    text += variables === '' ? '}}' : `,${variables}}}`;
    return send(fetch, text, run, compiler).then((answer) => () => {
      if (answer.refusal !== undefined) {
        const { refusal } = answer;
        compiled.forEach(({ entity }, index) => {
          failEntities(run, refusal, fetch, compiler, { entity, slots: batches[index]?.slots ?? [] });
        });
        return;
      }
      compiled.forEach((entities, index) => {
        const { slots } = batches[index] ?? { slots: [] };
        if (slots.length > 0) place(entities, slots, answer, fetch, compiler, run);
      });
    });
  };
}

function collect({ walks, write }: CompiledEntities, run: Run): Batch {
  const slots: DataObject[][] = [];
  const batch: Batch = { slots, text: '' };
  const slotByText = new Map<string, DataObject[]>();
  const visit = (entity: DataObject): void => {
    const text = write(entity);
    if (text === undefined) return;
    const known = slotByText.get(text);
    if (known !== undefined) {
      known.push(entity);
      return;
    }
    const slot = [entity];
    slotByText.set(text, slot);
    batch.text += slots.length === 0 ? text : `,${text}`;
    slots.push(slot);
  };
  for (const walk of walks) walk(run.data, visit);
  return batch;
}

/** Gives each entity what was answered for its slot, and its errors. */
function place(
  { entity, rewrite }: CompiledEntities,
  slots: readonly DataObject[][],
  answer: Answer,
  fetch: PlannedFetch,
  compiler: FetchCompiler,
  run: Run,
): void {
  const list = answer.data?.[entity.alias];
  const errors = answer.errors.filter(({ path }) => path === undefined || path[0] === entity.alias);
  const explained = new Set<unknown>();
  if (errors.length > 0) {
    const positions = positionsOf(entity, slots, run, compiler);
    for (const error of errors) {
      const slot = error.path?.[1];
      explained.add(slot);
      const rest = renamed(error.path?.slice(2) ?? [], entity.outputRewrites);
      const places = typeof slot === 'number' ? (positions[slot] ?? []) : positions.flat();
      if (places.length === 0) run.fail({ ...error, path: undefined });
      for (const path of places) run.fail({ ...error, path: [...path, ...rest] });
    }
  }
  if (!Array.isArray(list)) {
    if (errors.length === 0) failEntities(run, noEntities(fetch), fetch, compiler, { entity, slots });
    return;
  }
  if (list.length !== slots.length) {
    failEntities(run, noEntities(fetch), fetch, compiler, { entity, slots });
    return;
  }
  const unknown: DataObject[][] = [];
  slots.forEach((slot, index) => {
    const source: unknown = list[index];
    if (!isObject(source)) {
      if (!explained.has(index) && !explained.has(undefined)) unknown.push(slot);
      return;
    }
    rewrite?.(source);
    for (const object of slot) compiler.merge(object, source);
  });
  if (unknown.length > 0 && compiler.unknownEntities === 'error') {
    const refusal = new Refusal('UPSTREAM_FAILED', `The subgraph ${fetch.subgraph} does not know this entity.`);
    failEntities(run, refusal, fetch, compiler, { entity, slots: unknown });
  }
}

function noEntities({ subgraph }: PlannedFetch): Refusal {
  return new Refusal(
    'UPSTREAM_FAILED',
    `The subgraph ${subgraph} answered without the entities that it was asked for.`,
  );
}

interface Answer {
  readonly data: DataObject | undefined;
  readonly errors: readonly ExecutionError[];
  /** Set where the fetch failed as a whole. */
  readonly refusal: Refusal | undefined;
}

async function send(fetch: PlannedFetch, body: string, run: Run, compiler: FetchCompiler): Promise<Answer> {
  const { subgraph, operationKind: kind } = fetch;
  try {
    const answer = await run.transport.fetch(subgraph, body, {
      kind,
      fetch,
      context: run.context,
      signal: run.signal,
    });
    const { subgraphErrors: mode, maximumErrors } = compiler;
    return { ...readAnswer(answer, { subgraph, mode, maximumErrors }), refusal: undefined };
  } catch (thrown) {
    return { data: undefined, errors: [], refusal: toRefusal(thrown) };
  }
}

function variablesText({ variables }: PlannedFetch, run: Run): string {
  let text = '';
  for (const name of variables) {
    const value = run.variableText(name);
    if (value !== undefined) text += `${text === '' ? '' : ','}${quote(name)}:${value}`;
  }
  return text;
}

/** One error for each value that a failed fetch leaves empty; where errors are passed on, one for the fetch. */
function failEntities(
  run: Run,
  refusal: Refusal,
  fetch: PlannedFetch,
  compiler: FetchCompiler,
  { entity, slots }: { readonly entity: EntityFetch; readonly slots: readonly DataObject[][] },
): void {
  if (run.isFull || slots.length === 0) return;
  const keys = entityKeys(fetch, entity);
  const places = positionsOf(entity, slots, run, compiler).flat();
  failEverywhere(
    run,
    refusal,
    fetch,
    compiler,
    places.flatMap((path) => keys.map((key) => [...path, key])),
  );
}

function failEverywhere(
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
function positionsOf(
  entity: EntityFetch,
  slots: readonly DataObject[][],
  run: Run,
  { supergraph, maximumErrors }: FetchCompiler,
): ResponsePath[][] {
  const slotOf = new Map<DataObject, number>();
  slots.forEach((objects, index) => {
    for (const object of objects) slotOf.set(object, index);
  });
  const positions: ResponsePath[][] = slots.map(() => []);
  const add = (path: PlanPath): void =>
    objectsWithPaths(run.data, path, supergraph, (object, at) => {
      const index = slotOf.get(object);
      const list = index === undefined ? undefined : positions[index];
      if (list !== undefined && list.length < maximumErrors) list.push(at);
    });
  entity.paths.forEach(add);
  return positions;
}

function renamed(path: ResponsePath, rewrites: readonly Rewrite[]): ResponsePath {
  if (rewrites.length === 0) return path;
  const names = new Map<string | number, string>();
  for (const rewrite of rewrites) {
    const last = rewrite.path.at(-1);
    if (rewrite.kind === 'KeyRenamer' && last?.kind === 'Key') names.set(last.key, rewrite.to);
  }
  return path.map((key) => names.get(key) ?? key);
}

function rootKeys({ operation }: PlannedFetch): string[] {
  return responseKeys(operationSelection(operation));
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
