import { getNamedType, isInterfaceType, isObjectType, Kind, type FieldNode, type SelectionSetNode } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import type { PlannedFetch, Required } from '../execution/compiled/plan.js';
import type { Analysis, VariablePolicies } from './analyse.js';
import { Place, type EntityReading, type Reading } from './place.js';
import { readPlan, type PlannedData } from './readPlan.js';
import type { AttestedFlow, BoundPolicy } from './requirement.js';
import type { Requirements } from './requirements.js';
import { unknown } from './sentPolicies.js';

/** An operation with its plan: what an executor prepares. */
export interface PlannedOperation {
  readonly fetches: readonly PlannedFetch[];
  readonly planned: {
    /** The key in fetched data of each field node of the caller's document. */
    readonly keys: ReadonlyMap<FieldNode, string>;
    /** The caller's name of each variable that fetches use. */
    readonly variables: ReadonlyMap<string, string>;
  };
}

/** Who holds which attested value when a plan runs. */
export interface PlanFlows {
  /** The flows that serving a field node causes. Undefined where the plan does not say: it is never fetched, or not found. */
  ofNode(node: FieldNode): readonly AttestedFlow[] | undefined;
  /** Every flow of the plan, whatever it is for. */
  readonly all: readonly AttestedFlow[];
  /** Policies of everything that a fetch moves, to its subgraph and back: its connection has to satisfy them. */
  policiesOf(fetch: PlannedFetch): readonly string[];
}

/**
 * Follows the attested values through a plan: which subgraph each comes from, and which others are sent it in
 * representations, in values of contexts, in arguments and in variables. What is inside an attested value is bound to its
 * policies, the keys of entities included.
 *
 * @throws Refusal INTERNAL where the plan cannot be followed.
 */
export function planFlows(operation: PlannedOperation, analysis: Analysis, requirements: Requirements): PlanFlows {
  const data = readPlan(operation.fetches, requirements);
  const follower = new Follower(data, boundVariables(operation, analysis.variablePolicies, data), requirements);
  const places = placesOfNodes(analysis, operation.planned.keys, data.root);
  const all = merge([
    ...data.places.flatMap((place) => follower.flowsTo(place)),
    ...follower.everySending(operation.fetches),
  ]);
  const byFetch = policiesByFetch(data, follower, operation.fetches);
  return {
    ofNode: (node) => {
      const found = places.get(node);
      return found === undefined ? undefined : merge([...found].flatMap((place) => follower.flowsTo(place)));
    },
    all,
    policiesOf: (fetch) => {
      const policies = byFetch.get(fetch);
      if (policies === undefined)
        throw new Refusal('INTERNAL', 'A fetch is of another plan than the one decided about.');
      return policies;
    },
  };
}

/** Policies by the names that variables have in fetches: as the whole operation binds them, and as the fetches do. */
function boundVariables(
  { planned }: PlannedOperation,
  declared: VariablePolicies,
  data: PlannedData,
): ReadonlyMap<string, readonly BoundPolicy[]> {
  const bound = new Map(data.variables);
  for (const [inFetches, name] of planned.variables) {
    bound.set(inFetches, [...(bound.get(inFetches) ?? []), ...(declared.get(name) ?? [])]);
  }
  for (const [name, bounds] of declared) {
    if (!bound.has(name)) bound.set(name, bounds);
  }
  return bound;
}

/** A field of a representation, and where its value comes from. */
interface SentField {
  /** The field at the top of the representation. */
  readonly name: string;
  readonly bounds: readonly BoundPolicy[];
  readonly from: Place | undefined;
}

class Follower {
  readonly #flows = new Map<Place, readonly AttestedFlow[]>();
  readonly #visiting = new Set<Place>();
  readonly #sent = new Map<string, readonly SentField[]>();
  readonly #unattributed = new Map<PlannedFetch, readonly string[]>();
  readonly #ids = new Map<object, number>();

  constructor(
    readonly data: PlannedData,
    readonly variables: ReadonlyMap<string, readonly BoundPolicy[]>,
    readonly requirements: Requirements,
  ) {}

  /** What happens so that the value is here: it is produced, and whoever produces it is sent what that takes. */
  flowsTo(place: Place): readonly AttestedFlow[] {
    const known = this.#flows.get(place);
    if (known !== undefined) return known;
    // A representation can name what is fetched by it only where several fetches bring the same: one of them comes first.
    if (this.#visiting.has(place)) return [];
    this.#visiting.add(place);
    const flows = merge(place.readings.flatMap((reading) => this.#flowsOfReading(reading, place)));
    this.#visiting.delete(place);
    this.#flows.set(place, flows);
    return flows;
  }

  /** Every value that leaves in representations, whether a field was found that it is for or not. */
  everySending(fetches: readonly PlannedFetch[]): AttestedFlow[] {
    return fetches.flatMap((fetch) => [
      ...fetch.variables.flatMap((name) => this.#sentVariable(fetch, name)),
      ...this.#entitiesOf(fetch).flatMap((entity) =>
        this.#sentFields(entity).flatMap(({ bounds }) => received(bounds, fetch.subgraph, 'none')),
      ),
    ]);
  }

  #flowsOfReading(reading: Reading, place: Place): AttestedFlow[] {
    const { fetch, entity } = reading;
    const { subgraph } = fetch;
    return [
      ...place.bounds().map((bound): AttestedFlow => ({
        ...bound,
        producers: [subgraph],
        receivers: [],
        caller: 'receives',
      })),
      ...received(reading.sent, subgraph, 'sends'),
      ...[...reading.variables, ...this.#unattributedOf(fetch)].flatMap((name) =>
        this.#sentVariable(fetch, name, entity),
      ),
      ...(entity === undefined ? [] : this.#flowsOfRepresentation(entity, subgraph)),
    ];
  }

  #flowsOfRepresentation(entity: EntityReading, subgraph: string): AttestedFlow[] {
    const fields = this.#sentFields(entity);
    const forOthers = new Set(this.#requiredByOthers(entity, subgraph));
    const needed = this.requirements.requiredFor(entity.type, entity.field, subgraph);
    const keys = this.requirements.keyFields(entity.type);
    return fields
      .filter(({ name }) => needed.has(name) || keys.has(name) || !forOthers.has(name))
      .flatMap(({ bounds, from }) => [
        ...received(bounds, subgraph, 'none'),
        ...(from === undefined ? [] : this.flowsTo(from).map(unseen)),
      ]);
  }

  /** Fields that some other field of the type requires: those are not sent because of this one. */
  #requiredByOthers({ type: typeName }: EntityReading, subgraph: string): string[] {
    const type = this.requirements.schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    return Object.keys(type.getFields()).flatMap((field) => [
      ...this.requirements.requiredFor(typeName, field, subgraph),
    ]);
  }

  #sentFields({ entity, place }: Pick<EntityReading, 'entity' | 'place'>): readonly SentField[] {
    const key = `${this.#idOf(entity)} ${this.#idOf(place)}`;
    const known = this.#sent.get(key);
    if (known !== undefined) return known;
    const fields: SentField[] = [{ name: '__typename', bounds: place.bounds(), from: undefined }];
    this.#collectSent(entity.requires, undefined, place, undefined, fields);
    this.#sent.set(key, fields);
    return fields;
  }

  #collectSent(
    selections: readonly Required[],
    type: string | undefined,
    place: Place | undefined,
    top: string | undefined,
    fields: SentField[],
  ): void {
    for (const selection of selections) {
      if (selection.kind === 'Fragment') {
        this.#collectSent(selection.selections, selection.type ?? type, place, top, fields);
        continue;
      }
      if (selection.to === '__typename' && selection.from === '__typename') continue;
      const from = place?.children.get(selection.from);
      const returned = type === undefined ? undefined : this.#returnedType(type, selection.to);
      if (from === undefined && returned === undefined) throw unknown(`field ${selection.to} in a representation`);
      const name = top ?? selection.to;
      const declared = type === undefined ? [] : this.requirements.valuesOf(type, selection.to);
      fields.push({ name, bounds: [...declared, ...((from ?? place)?.bounds() ?? [])], from });
      if (selection.selections !== undefined) {
        this.#collectSent(selection.selections, returned, from, name, fields);
      }
    }
  }

  #returnedType(typeName: string, fieldName: string): string | undefined {
    const type = this.requirements.schema.getType(typeName);
    const fields = isObjectType(type) || isInterfaceType(type) ? type.getFields() : {};
    const field = Object.hasOwn(fields, fieldName) ? fields[fieldName] : undefined;
    return field && getNamedType(field.type).name;
  }

  /** @param entity for whom the fetch is; every entity of the fetch where it is not said. */
  #sentVariable(fetch: PlannedFetch, name: string, entity?: EntityReading): AttestedFlow[] {
    const entities = entity === undefined ? this.#entitiesOf(fetch) : [entity];
    const contexts = entities.flatMap(({ entity: { contexts }, place }) =>
      contexts
        .filter(({ variable }) => variable === name)
        .map(({ up, path }) =>
          path.reduce<Place>((at, step) => {
            if (step.kind !== 'Key') return at;
            const next = at.children.get(step.key);
            if (next === undefined) throw unknown(`value of the context ${name}`);
            return next;
          }, place.enclosing(up)),
        ),
    );
    return [
      ...received(this.variables.get(name) ?? [], fetch.subgraph, 'sends'),
      ...contexts.flatMap((place) => [
        ...received(place.bounds(), fetch.subgraph, 'none'),
        ...this.flowsTo(place).map(unseen),
      ]),
    ];
  }

  /** Variables that stand in no field that was found: they count for all fields of the fetch. */
  #unattributedOf(fetch: PlannedFetch): readonly string[] {
    const known = this.#unattributed.get(fetch);
    if (known !== undefined) return known;
    const used = new Set(
      this.data.places
        .flatMap(({ readings }) => readings)
        .filter((reading) => reading.fetch === fetch)
        .flatMap((reading) => [...reading.variables]),
    );
    const rest = fetch.variables.filter((name) => !used.has(name));
    this.#unattributed.set(fetch, rest);
    return rest;
  }

  #entitiesOf(fetch: PlannedFetch): Pick<EntityReading, 'entity' | 'place'>[] {
    const found = new Map<string, Pick<EntityReading, 'entity' | 'place'>>();
    for (const { entity, fetch: reader } of this.data.places.flatMap(({ readings }) => readings)) {
      if (reader === fetch && entity !== undefined) {
        found.set(`${this.#idOf(entity.entity)} ${this.#idOf(entity.place)}`, entity);
      }
    }
    return [...found.values()];
  }

  #idOf(object: object): number {
    const id = this.#ids.get(object) ?? this.#ids.size;
    this.#ids.set(object, id);
    return id;
  }
}

/** Where each field node of the operation finds its value. A node of which any use is not found is left out. */
function placesOfNodes(
  analysis: Analysis,
  keys: ReadonlyMap<FieldNode, string>,
  root: Place,
): Map<FieldNode, Set<Place>> {
  const places = new Map<FieldNode, Set<Place>>();
  const lost = new Set<FieldNode>();
  const visited = new Map<SelectionSetNode, Set<Place | undefined>>();
  const visit = (selectionSet: SelectionSetNode, place: Place | undefined): void => {
    const before = visited.get(selectionSet) ?? new Set();
    if (before.has(place)) return;
    visited.set(selectionSet, before.add(place));
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet, place);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = analysis.fragments.get(selection.name.value);
        if (fragment !== undefined) visit(fragment.selectionSet, place);
      } else if (!selection.name.value.startsWith('__')) {
        const key = keys.get(selection);
        const child = key === undefined ? undefined : place?.children.get(key);
        if (child === undefined) lost.add(selection);
        else places.set(selection, (places.get(selection) ?? new Set()).add(child));
        if (selection.selectionSet !== undefined) visit(selection.selectionSet, child);
      }
    }
  };
  visit(analysis.operation.selectionSet, root);
  for (const node of lost) places.delete(node);
  return places;
}

function policiesByFetch(
  data: PlannedData,
  follower: Follower,
  fetches: readonly PlannedFetch[],
): Map<PlannedFetch, readonly string[]> {
  const policies = new Map(fetches.map((fetch) => [fetch, new Set<string>()]));
  for (const fetch of fetches) {
    for (const { policy } of follower.everySending([fetch])) policies.get(fetch)?.add(policy);
  }
  for (const place of data.places) {
    for (const { fetch, sent } of place.readings) {
      for (const { policy } of [...place.bounds(), ...sent]) policies.get(fetch)?.add(policy);
    }
  }
  return new Map([...policies].map(([fetch, names]) => [fetch, [...names].sort()]));
}

function received(bounds: readonly BoundPolicy[], subgraph: string, caller: AttestedFlow['caller']): AttestedFlow[] {
  return bounds.map((bound) => ({ ...bound, producers: [], receivers: [subgraph], caller }));
}

/** What the gateway fetches for itself is not shown to the caller. */
function unseen(flow: AttestedFlow): AttestedFlow {
  return flow.caller === 'receives' ? { ...flow, caller: 'none' } : flow;
}

/** One flow for each value and part of the caller, with everybody who holds it. */
function merge(flows: readonly AttestedFlow[]): AttestedFlow[] {
  const merged = new Map<string, AttestedFlow>();
  for (const flow of flows) {
    const key = JSON.stringify([flow.policy, flow.coordinate, flow.caller]);
    const known = merged.get(key);
    merged.set(key, {
      ...flow,
      producers: unionOf(known?.producers, flow.producers),
      receivers: unionOf(known?.receivers, flow.receivers),
    });
  }
  return [...merged.values()];
}

function unionOf(left: readonly string[] = [], right: readonly string[]): string[] {
  return [...new Set([...left, ...right])].sort();
}
