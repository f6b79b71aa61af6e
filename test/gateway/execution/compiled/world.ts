import { execute, parse, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { TestSubgraph } from '../../../support/federation.js';

/** A graph that exists twice: as subgraphs, and as what one server with all the data would answer. */
export interface World {
  readonly name: string;
  readonly subgraphs: Readonly<Record<string, TestSubgraph>>;
  /** The value of a field of an object. Throws where the subgraph's resolver does. */
  readonly fields: FieldFunctions;
}

/** A stored object. `__typename` says which type it is. */
export type Row = Readonly<Record<string, unknown>>;
type FieldFunction = (row: Row, given: Readonly<Record<string, unknown>>) => unknown;
export type FieldFunctions = Readonly<Record<string, Readonly<Record<string, FieldFunction>>>>;

/** The whole world in one server, over the schema that callers of the gateway see. */
export async function askMonolith(
  world: World,
  schema: GraphQLSchema,
  query: string | DocumentNode,
  variableValues: Readonly<Record<string, unknown>>,
): Promise<ExecutionResult> {
  return execute({
    schema,
    document: typeof query === 'string' ? parse(query) : query,
    variableValues,
    rootValue: {},
    fieldResolver: (row: Row, given: Readonly<Record<string, unknown>>, _context, { parentType, fieldName }) => {
      const field = world.fields[parentType.name]?.[fieldName];
      return field === undefined ? row[fieldName] : field(row, given);
    },
    typeResolver: ({ __typename }: Row) => __typename as string,
  });
}

/** The resolvers of a subgraph: the world's own functions for the fields that it has. */
export function resolversOf(
  fields: FieldFunctions,
  names: Readonly<Record<string, string>>,
  more: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): Readonly<Record<string, unknown>> {
  const resolvers: Record<string, Record<string, unknown>> = {};
  for (const [type, list] of Object.entries(names)) {
    const own: Record<string, unknown> = {};
    for (const name of list.split(' ').filter((word) => word !== '')) own[name] = fields[type]?.[name];
    resolvers[type] = own;
  }
  for (const [type, own] of Object.entries(more)) resolvers[type] = { ...resolvers[type], ...own };
  return resolvers;
}

export function take<T>(list: readonly T[], count: unknown): readonly T[] {
  return typeof count === 'number' ? list.slice(0, Math.max(0, count)) : list;
}

/** The number in an identifier such as p3. */
export function numberOf({ id }: Row): number {
  return Number(String(id).slice(1));
}

/** Around and around. */
export function pick(rows: readonly Row[], index: number): Row | null {
  return rows[index % rows.length] ?? null;
}
