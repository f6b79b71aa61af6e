import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import {
  createCompiledExecutor,
  type CompiledExecutor,
  type ExecutorOptions,
} from '../../gateway/execution/compiled/executor.js';
import type { Overrides } from '../../gateway/execution/compiled/planner.js';
import type { SubgraphAnswer, SubgraphTransport } from '../../gateway/execution/compiled/transport.js';

/** A subgraph with real resolvers, as @apollo/subgraph serves it. */
export interface TestSubgraph {
  /** Without the link to federation, which is added unless it is there. */
  readonly typeDefs: string;
  readonly resolvers?: Readonly<Record<string, unknown>>;
}

export interface RecordedFetch {
  readonly subgraph: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Bytes of the request. */
  readonly bytes: number;
}

export interface Federation {
  readonly supergraphSdl: string;
  readonly executor: CompiledExecutor;
  /** In the order in which they were sent. */
  readonly fetches: RecordedFetch[];
  readonly transport: SubgraphTransport;
  readonly schemas: ReadonlyMap<string, GraphQLSchema>;
  readonly ask: (query: string | DocumentNode, options?: AskOptions) => Promise<FederationAnswer>;
}

export interface AskOptions {
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly overrides?: Overrides;
  readonly context?: unknown;
}

export interface FederationAnswer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

export interface FederationOptions extends Partial<Omit<ExecutorOptions, 'supergraphSdl' | 'transport'>> {
  /** Answers in place of a subgraph, or undefined to let the subgraph answer. */
  readonly interfere?: (fetch: RecordedFetch) => SubgraphAnswer | Promise<SubgraphAnswer> | undefined;
}

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@external", "@requires", "@provides", "@shareable", "@override", "@interfaceObject", "@inaccessible", "@tag",
  "@context", "@fromContext", "@extends", "@composeDirective", "@authenticated", "@requiresScopes"
])\n`;

/** Subgraphs in this process, composed, behind the compiled executor. */
export function startFederation(
  subgraphs: Readonly<Record<string, TestSubgraph>>,
  options: FederationOptions = {},
): Federation {
  const documents = new Map(
    Object.entries(subgraphs).map(([name, { typeDefs }]) => [
      name,
      parse(typeDefs.includes('@link(') ? typeDefs : LINK + typeDefs),
    ]),
  );
  const supergraphSdl = composeTestSupergraph(documents);
  const schemas = new Map<string, GraphQLSchema>();
  for (const [name, typeDefs] of documents) {
    schemas.set(name, buildSubgraphSchema({ typeDefs, resolvers: (subgraphs[name]?.resolvers ?? {}) as never }));
  }
  const fetches: RecordedFetch[] = [];
  const { interfere, ...executorOptions } = options;
  const transport: SubgraphTransport = {
    async fetch(subgraph, body) {
      const { query, variables = {} } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
      const fetch: RecordedFetch = { subgraph, query, variables, bytes: Buffer.byteLength(body) };
      fetches.push(fetch);
      return (await interfere?.(fetch)) ?? answerOf(schemas, fetch);
    },
  };
  const executor = createCompiledExecutor({ ...executorOptions, supergraphSdl, transport });
  return {
    supergraphSdl,
    executor,
    fetches,
    transport,
    schemas,
    ask: async (query, { variables = {}, operationName, overrides, context } = {}) => {
      const prepared = executor.prepare(query, operationName, overrides);
      const { text } = await executor.execute(prepared, { variables, context });
      return JSON.parse(text) as FederationAnswer;
    },
  };
}

export function composeTestSupergraph(documents: ReadonlyMap<string, DocumentNode>): string {
  const { supergraphSdl, errors } = composeServices(
    [...documents].map(([name, typeDefs]) => ({ name, url: `http://${name}.test/graphql`, typeDefs })),
  );
  if (supergraphSdl === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

/** What a server of the subgraph would answer: it validates, too. */
async function answerOf(schemas: ReadonlyMap<string, GraphQLSchema>, fetch: RecordedFetch): Promise<SubgraphAnswer> {
  const schema = schemas.get(fetch.subgraph);
  if (schema === undefined) throw new Error(`There is no subgraph ${fetch.subgraph}.`);
  const document = parse(fetch.query);
  const problems = validate(schema, document);
  const result =
    problems.length > 0
      ? { errors: problems }
      : await execute({ schema, document, variableValues: fetch.variables, contextValue: {} });
  return { status: problems.length > 0 ? 400 : 200, body: JSON.parse(JSON.stringify(result)) as unknown };
}
