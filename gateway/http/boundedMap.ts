/** A map that forgets what was used longest ago, so that strangers cannot make it grow. */
export class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, { readonly value: Value; readonly weight: number }>();
  readonly #maximumEntries: number;
  readonly #maximumWeight: number;
  #weight = 0;

  /** @param options `maximumWeight` bounds the sum of what `set` was told, for instance characters. */
  constructor(options: { readonly maximumEntries: number; readonly maximumWeight?: number }) {
    this.#maximumEntries = options.maximumEntries;
    this.#maximumWeight = options.maximumWeight ?? Infinity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get weight(): number {
    return this.#weight;
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** What is heavier than everything may be is not kept at all. */
  set(key: Key, value: Value, weight = 0): void {
    this.delete(key);
    if (weight > this.#maximumWeight) return;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maximumEntries && this.#weight <= this.#maximumWeight) return;
      this.delete(oldest);
    }
  }

  delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}
