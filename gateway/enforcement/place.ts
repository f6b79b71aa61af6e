import { Refusal } from '../../enclave/refusals.js';
import type { EntityFetch, PlannedFetch } from '../execution/compiled/plan.js';
import type { BoundPolicy } from './requirement.js';

/**
 * One place in the data that a plan brings together: the root, or what stands under one key of what is around it. Lists
 * count for nothing, and objects of different types at one place count as one: the policies of any are those of all.
 */
export class Place {
  readonly children = new Map<string, Place>();
  /** How fetches bring the value here. */
  readonly readings: Reading[] = [];
  readonly #values = new Map<string, BoundPolicy>();

  constructor(readonly parent: Place | undefined) {}

  child(key: string): Place {
    const known = this.children.get(key);
    if (known !== undefined) return known;
    const child = new Place(this);
    this.children.set(key, child);
    return child;
  }

  read(reading: Reading, values: readonly BoundPolicy[]): void {
    this.readings.push(reading);
    for (const bound of values) this.#values.set(`${bound.policy}\n${bound.coordinate}`, bound);
  }

  /** What the value here is bound to: also to the policies of every value that it is inside of. */
  bounds(): BoundPolicy[] {
    const bounds = new Map(this.#values);
    for (let around = this.parent; around !== undefined; around = around.parent) {
      for (const [key, bound] of around.#values) bounds.set(key, bound);
    }
    return [...bounds.values()];
  }

  /** The object that is this many objects up. */
  enclosing(objects: number): Place {
    const around = objects === 0 ? this : this.parent?.enclosing(objects - 1);
    if (around === undefined) throw new Refusal('INTERNAL', 'A plan takes a context from above the root.');
    return around;
  }

  /** Whatever is brought to the other place counts as brought here, too. */
  absorb(other: Place): void {
    if (other === this) return;
    this.readings.push(...other.readings);
    for (const [key, bound] of other.#values) this.#values.set(key, bound);
    for (const [key, child] of [...other.children]) this.child(key).absorb(child);
  }
}

/** A field in the operation of one fetch. */
export interface Reading {
  readonly fetch: PlannedFetch;
  /** The type that the field is selected from. */
  readonly type: string;
  readonly field: string;
  /** What its arguments hold, by what is written out. */
  readonly sent: readonly BoundPolicy[];
  /** Variables of the fetch on which the field depends. */
  readonly variables: ReadonlySet<string>;
  /** The entity for which it is asked; none in a fetch from the root. */
  readonly entity: EntityReading | undefined;
}

export interface EntityReading {
  readonly entity: EntityFetch;
  /** Where the entity is. */
  readonly place: Place;
  /** The field of the entity itself through which the reading goes. */
  readonly type: string;
  readonly field: string;
}
