import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse, type GraphQLFieldResolver } from 'graphql';
import type { Facts, FieldRefusal } from '../../../../gateway/enforcement/decide.js';
import { guardExecutor, type GuardExecutorOptions } from '../../../../gateway/enforcement/guardExecutor.js';
import { readRequirements } from '../../../../gateway/enforcement/requirements.js';
import { createCompiledExecutor } from '../../../../gateway/execution/compiled/executor.js';
import { facts } from '../../support/clinic.js';
import { compose, HEADER } from './composed.js';

type Data = Readonly<Record<string, unknown>>;

export interface GuardedGraph {
  /** Runs one operation. Throws what preparing it throws. */
  ask(source: string, options?: AskOptions): Promise<Asked>;
}

export interface AskOptions {
  readonly variables?: Data;
  readonly operationName?: string;
  readonly facts?: Parameters<typeof facts>[0];
}

export interface Asked {
  readonly text: string;
  readonly body: {
    readonly data?: Data | null;
    readonly errors?: readonly {
      readonly path?: readonly (string | number)[];
      readonly extensions: Data;
      readonly message: string;
    }[];
    readonly extensions?: Data;
  };
  /** What each subgraph was sent, as it was sent; absent where nothing was. */
  readonly sent: Readonly<Record<string, string>>;
  /** `path code` of every error. */
  readonly errors: readonly string[];
  readonly refusals: readonly FieldRefusal[];
}

export interface GuardedGraphOptions extends Pick<GuardExecutorOptions, 'mode' | 'authorizationIn' | 'verify'> {
  /** Types by subgraph. */
  readonly subgraphs: Readonly<Record<string, string>>;
  /** Objects by `Type id`, for entities and for whoever returns them; the roots by the name of their type. */
  readonly data: Readonly<Record<string, Data>>;
  /** What a hostile subgraph makes of its answer. */
  readonly tamper?: (subgraph: string, answer: Data) => unknown;
}

interface Context {
  readonly facts: Facts;
  readonly sent: Record<string, string>;
  readonly refusals: FieldRefusal[];
}

/** The decision, the compiled executor and real subgraphs, all in this process; what is sent is kept. */
export function guardedGraph({ subgraphs, data, tamper, ...options }: GuardedGraphOptions): GuardedGraph {
  const supergraphSdl = compose(subgraphs);
  const schemas = new Map(
    Object.entries(subgraphs).map(([name, types]) => [name, subgraphSchema(HEADER + types, data)]),
  );
  const inner = createCompiledExecutor({
    supergraphSdl,
    planner: 'apollo',
    transport: {
      async fetch(subgraph, request, { context }) {
        const { sent } = context as Context;
        sent[subgraph] = `${sent[subgraph] ?? ''}${request}`;
        const { query, variables } = JSON.parse(request) as { query: string; variables?: Data };
        const schema = schemas.get(subgraph);
        if (schema === undefined) throw new Error(`There is no subgraph ${subgraph}.`);
        const answer = await execute({
          schema,
          document: parse(query),
          rootValue: data.Query,
          ...(variables === undefined ? {} : { variableValues: variables }),
          fieldResolver: reading(data),
          typeResolver: (value) => (value as { __typename: string }).__typename,
        });
        const body = JSON.parse(JSON.stringify(answer)) as Data;
        return { status: 200, body: tamper === undefined ? body : tamper(subgraph, body) };
      },
    },
  });
  const guarded = guardExecutor(inner, {
    ...options,
    requirements: readRequirements(supergraphSdl),
    factsOf: (context) => (context as Context).facts,
    onRefused: (refusals, context) => (context as Context).refusals.push(...refusals),
  });
  const known = new Map<string, ReturnType<typeof guarded.prepare>>();
  return {
    async ask(source, { variables = {}, operationName, facts: changes } = {}) {
      const key = `${operationName ?? ''} ${source}`;
      const prepared = known.get(key) ?? guarded.prepare(parse(source), operationName);
      known.set(key, prepared);
      const context: Context = { facts: facts(changes), sent: {}, refusals: [] };
      const { text } = await guarded.execute(prepared, { variables, context });
      const body = JSON.parse(text) as Asked['body'];
      const errors = (body.errors ?? []).map(
        ({ path, extensions }) => `${path?.join('.') ?? ''} ${String(extensions.code)}`,
      );
      return { text, body, errors, sent: context.sent, refusals: context.refusals };
    },
  };
}

function subgraphSchema(sdl: string, data: GuardedGraphOptions['data']) {
  const typeDefs = parse(sdl);
  const entities = [...sdl.matchAll(/type (\w+)[^{]*@key/g)].map(([, name = '']) => name);
  const resolvers = Object.fromEntries(
    entities.map((name) => [name, { __resolveReference: ({ id }: { id: string }) => data[`${name} ${id}`] ?? null }]),
  );
  return buildSubgraphSchema({ typeDefs, resolvers });
}

function reading(data: GuardedGraphOptions['data']): GraphQLFieldResolver<unknown, unknown> {
  const follow = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(follow);
    return typeof value === 'string' && Object.hasOwn(data, value) ? data[value] : value;
  };
  return (source, _arguments, _context, { fieldName }) => follow((source as Data)[fieldName]);
}
