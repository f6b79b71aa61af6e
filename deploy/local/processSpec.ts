/** One process of the system: what runs, and with which environment. */
export interface ProcessSpec {
  readonly name: string;
  /** Relative to the root of the checkout, or absolute. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
}
