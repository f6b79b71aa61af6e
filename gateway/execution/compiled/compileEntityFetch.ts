import { Refusal } from '../../../enclave/refusals.js';
import { compileWalk, isObject, type DataObject, type Walk } from './dataPaths.js';
import { afterRewrites, failEntities, positionsOf, type Slots } from './fetchErrors.js';
import { quote } from './jsonText.js';
import { compileOutputRewrites } from './mergeData.js';
import type { EntityFetch, PlannedFetch } from './plan.js';
import { compileRepresentation, type RepresentationWriter } from './representations.js';
import type { Run } from './run.js';
import { sendFetch, variablesText, type FetchAnswer, type FetchCompiler, type StartFetch } from './sendFetch.js';

/** A fetch for entities, of one or several `_entities` lists. */
export function compileEntityFetch(fetch: PlannedFetch, compiler: FetchCompiler): StartFetch {
  const { supergraph } = compiler;
  const lists = fetch.entities.map((entity) => ({
    entity,
    walks: entity.paths.map((path) => compileWalk(path, supergraph)),
    write: compileRepresentation(entity, fetch.subgraph, supergraph),
    land: compileEntityLanding(fetch, entity, compiler),
    label: `${quote(entity.variable)}:[`,
  }));
  const head = `{"query":${quote(fetch.operation)},"variables":{`;
  return (run) => {
    let body = head;
    let count = 0;
    const slots = lists.map(({ label, walks, write }, index) => {
      const batch = new Batch(write);
      for (const walk of walks) batch.addFrom(walk, run.data);
      count += batch.slots.length;
      body += `${index === 0 ? '' : ','}${label}${batch.text}]`;
      return batch.slots;
    });
    if (count === 0) return undefined;
    const variables = variablesText(fetch, run);
    body += variables === '' ? '}}' : `,${variables}}}`;
    return sendFetch(fetch, body, run, compiler).then((answer) => () => {
      lists.forEach(({ entity, land }, index) => land(answer, entity.alias, slots[index] ?? [], run));
    });
  };
}

/** One list of representations: entities whose representations are equal share a slot. */
export class Batch {
  readonly slots: DataObject[][] = [];
  /** The inside of a JSON array. */
  text = '';
  readonly #slotByText = new Map<string, DataObject[]>();
  readonly #write: RepresentationWriter;

  constructor(write: RepresentationWriter) {
    this.#write = write;
  }

  addFrom(walk: Walk, data: DataObject): void {
    walk(data, this.add);
  }

  readonly add = (entity: DataObject): void => {
    const text = this.#write(entity);
    if (text === undefined) return;
    const known = this.#slotByText.get(text);
    if (known !== undefined) {
      known.push(entity);
      return;
    }
    const slot = [entity];
    this.#slotByText.set(text, slot);
    this.text += this.slots.length === 0 ? text : `,${text}`;
    this.slots.push(slot);
  };
}

/** Gives each entity what was answered for its slot, and its errors. */
export type LandEntities = (answer: FetchAnswer, alias: string, slots: Slots, run: Run) => void;

export function compileEntityLanding(fetch: PlannedFetch, entity: EntityFetch, compiler: FetchCompiler): LandEntities {
  const { copiesAnswers, merge, supergraph, unknownEntities } = compiler;
  const rewrite = compileOutputRewrites(entity.outputRewrites, supergraph);
  const fail = (run: Run, refusal: Refusal, slots: Slots) =>
    failEntities(run, refusal, fetch, compiler, { entity, slots });
  return ({ data, errors, refusal }, alias, slots, run) => {
    if (slots.length === 0) return;
    if (refusal !== undefined) {
      fail(run, refusal, slots);
      return;
    }
    const concerning = errors.filter(({ path }) => path === undefined || path[0] === alias);
    const explained = new Set(concerning.map(({ path }) => path?.[1]));
    if (concerning.length > 0) {
      const positions = positionsOf(entity, slots, run, compiler);
      for (const error of concerning) {
        const slot = error.path?.[1];
        const rest = afterRewrites(error.path?.slice(2) ?? [], entity.outputRewrites);
        const places = typeof slot === 'number' ? (positions[slot] ?? []) : positions.flat();
        if (places.length === 0) run.fail({ ...error, path: undefined });
        for (const path of places) run.fail({ ...error, path: [...path, ...rest] });
      }
    }
    const answered = data?.[alias];
    if (!Array.isArray(answered) || answered.length !== slots.length) {
      if (concerning.length === 0) fail(run, noEntities(fetch), slots);
      return;
    }
    const unknown: (readonly DataObject[])[] = [];
    for (let index = 0; index < answered.length; index += 1) {
      const source: unknown = answered[index];
      const slot = slots[index] ?? [];
      if (isObject(source)) {
        rewrite?.(source);
        slot.forEach((object, number) => merge(object, number > 0 && copiesAnswers ? structuredClone(source) : source));
      } else if (!explained.has(index) && !explained.has(undefined)) {
        unknown.push(slot);
      }
    }
    if (unknown.length > 0 && unknownEntities === 'error') fail(run, unknownEntity(fetch), unknown);
  };
}

function noEntities({ subgraph }: PlannedFetch): Refusal {
  return new Refusal(
    'UPSTREAM_FAILED',
    `The subgraph ${subgraph} answered without the entities that it was asked for.`,
  );
}

/** Without an error, an entity that is missing would be a silent null. */
function unknownEntity({ subgraph }: PlannedFetch): Refusal {
  return new Refusal('UPSTREAM_FAILED', `The subgraph ${subgraph} does not know this entity.`);
}
