/** A small, complete graph and what must be answered when it is asked: one feature of federation, or one edge of it. */
export interface FederationSuite {
  /** Also a segment of the URLs of its subgraphs. */
  readonly id: string;
  /** What must hold, in a sentence. */
  readonly about: string;
  /** Called once for each server, so that what mutations change is theirs. */
  readonly subgraphs: () => readonly SuiteSubgraph[];
  /** They run in order, on one gateway. */
  readonly cases: readonly FederationCase[];
}

export interface SuiteSubgraph {
  readonly name: string;
  readonly sdl: string;
  readonly resolvers: Resolvers;
  /** Answers instead of GraphQL where it returns something: for subgraphs that are broken. */
  readonly intercept?: (request: SubgraphRequest) => RawAnswer | undefined;
}

export type Resolvers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface SubgraphRequest {
  readonly suite: string;
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface FederationCase {
  /** What is shown, in a sentence. */
  readonly name: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  /** Compared by value, whatever the order of keys. Absent: not compared. An answer without `data` counts as null. */
  readonly data?: unknown;
  /** Whether there are errors; or their paths, in any order; or `any` where both is right. Absent: there must be none. */
  readonly errors?: boolean | 'any' | readonly (readonly (string | number)[])[];
  /** Most requests that the subgraphs may get. Absent: not counted. */
  readonly fetches?: number;
  /** Text that no request to a subgraph may hold: what was not asked for must not be fetched. */
  readonly neverSent?: string;
}

/** The import of a federation specification: `link('2.3', '@key', '@shareable')`. */
export function link(version: string, ...imports: readonly string[]): string {
  const names = imports.map((name) => JSON.stringify(name)).join(', ');
  return `extend schema @link(url: "https://specs.apollo.dev/federation/v${version}", import: [${names}])\n`;
}

/** A reference resolver that finds the row with the same values in `fields`, of which dots lead into objects. */
export function byKey(rows: readonly object[], ...fields: readonly string[]): (reference: object) => object | null {
  return (reference) =>
    rows.find((row) =>
      fields.every((field) => at(row, field) === at(reference, field) && at(row, field) !== undefined),
    ) ?? null;
}

/** As {@link byKey}, with what the reference brings laid over the row: for entities with fields that require others. */
export function byKeyWithGiven(
  rows: readonly object[],
  ...fields: readonly string[]
): (reference: object) => object | null {
  const find = byKey(rows, ...fields);
  return (reference) => {
    const row = find(reference);
    return row === null ? null : { ...row, ...reference };
  };
}

function at(row: object, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], row);
}
