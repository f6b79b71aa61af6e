import { composeServices } from '@apollo/composition';
import { Kind, parse, validate, type GraphQLSchema } from 'graphql';
import { guardExecutor, type GuardableExecutor } from '../../../../gateway/enforcement/guardExecutor.js';
import { readRequirements, type Requirements } from '../../../../gateway/enforcement/requirements.js';
import { createApolloExecutor } from '../../../../gateway/execution/apolloExecutor.js';
import { createCompiledExecutor } from '../../../../gateway/execution/compiled/executor.js';
import { guardGateway } from '../../../../gateway/execution/guardedGateway.js';
import { silentLog } from '../../../../runtime/log.js';
import { accepted, wrongMeasurement } from '../../support/clinic.js';
import { factsOf, makeAttestation, policies, type Attestation } from './attestation.js';
import { makeGraph, sdlOf, type Graph } from './graph.js';
import { makeOperation } from './operation.js';
import { Oracle } from './oracle.js';
import { randomFrom } from './random.js';
import { Tokens, World } from './world.js';

export type PlannerName = 'hive' | 'apollo' | 'auto';

/** A graph that composes, or why it does not. */
export interface ComposedGraph {
  readonly graph: Graph;
  readonly supergraphSdl: string;
  readonly requirements: Requirements;
  /** The subgraphs. */
  readonly world: World;
}

export function composeGraph(seed: number, size: number): ComposedGraph | string {
  const graph = makeGraph(randomFrom(seed), size);
  const sdls = sdlOf(graph);
  const { errors, supergraphSdl } = composeServices(
    Object.entries(sdls).map(([name, sdl]) => ({ name, url: `http://${name}`, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined) return errors.map(({ message }) => message).join('\n');
  const world = new World(graph, sdls, new Tokens());
  return { graph, supergraphSdl, requirements: readRequirements(supergraphSdl), world };
}

/** What one request passes through the executor: who watches, and where it is asked. */
interface Watched {
  readonly attestation: Attestation;
  readonly oracle: Oracle;
}

export interface Harness {
  readonly schema: GraphQLSchema;
  run(source: string, variables: Readonly<Record<string, unknown>>, watched: Watched): Promise<string>;
}

/** The gateway's decision and the compiled executor, with the subgraphs in this process. */
export function compiledHarness(
  { requirements, supergraphSdl, world }: ComposedGraph,
  planner: PlannerName,
  guarded: 'guarded' | 'unguarded' = 'guarded',
): Harness {
  const inner = createCompiledExecutor({
    supergraphSdl,
    planner,
    transport: {
      async fetch(subgraph, body, { context }) {
        const { oracle } = context as Watched;
        oracle.sentTo(subgraph, body);
        const answer = JSON.stringify(await world.ask(subgraph, body));
        oracle.answeredBy(subgraph, answer);
        return { status: 200, body: JSON.parse(answer) as unknown };
      },
    },
  });
  const outer: GuardableExecutor<ReturnType<typeof inner.prepare>> =
    guarded === 'unguarded'
      ? inner
      : guardExecutor(inner, { requirements, factsOf: (context) => factsOf((context as Watched).attestation) });
  let known: { readonly source: string; readonly prepared: ReturnType<typeof inner.prepare> } | undefined;
  return {
    schema: inner.schema,
    async run(source, variables, context) {
      const prepared = known?.source === source ? known.prepared : outer.prepare(parse(source), undefined);
      known = { source, prepared };
      return (await outer.execute(prepared, { variables, context })).text;
    },
  };
}

export interface CaseOutcome {
  readonly source: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly attestation: Attestation;
  readonly answer: string;
  readonly oracle: Oracle;
  /** True where every party satisfies every policy, and the caller may have everything. */
  readonly isOpen: boolean;
}

/** One operation in several states of attestation, each a case; none where the operation is not valid. */
export async function runOperation(
  { graph, world }: ComposedGraph,
  harness: Harness,
  seed: number,
  states: number,
): Promise<CaseOutcome[]> {
  const random = randomFrom(seed);
  const operation = [0.25, 0.1, 0]
    .map((aliasing) => makeOperation(graph, random, world.tokens, aliasing))
    .find(({ source }) => validate(harness.schema, parse(source)).length === 0);
  if (operation === undefined) return [];
  const { source, variables } = operation;
  const outcomes: CaseOutcome[] = [];
  for (let state = 0; state < states; state += 1) {
    const attestation = makeAttestation(graph, random);
    const oracle = new Oracle(world.tokens, attestation);
    const answer = await harness.run(source, variables, { attestation, oracle });
    oracle.toldCaller(answer);
    outcomes.push({ source, variables, attestation, answer, oracle, isOpen: isOpen(graph, attestation) });
  }
  return outcomes;
}

function isOpen({ subgraphs }: Graph, { caller, verified }: Attestation): boolean {
  return verified.size === 2 * (subgraphs.length + 2) && caller.kind === 'person' && caller.channel === 'sealed';
}

/** The gateway's decision before there is a plan, and Apollo's executor behind it. */
export async function apolloHarness({ requirements, supergraphSdl, world }: ComposedGraph): Promise<Harness> {
  const dataSources = new Map(
    requirements.subgraphs.map((subgraph) => [
      subgraph,
      {
        async process({ request, context }: { request: { query?: string; variables?: unknown }; context: unknown }) {
          const { oracle } = context as Watched;
          const body = JSON.stringify({ query: request.query, variables: request.variables });
          oracle.sentTo(subgraph, body);
          const answer = JSON.stringify(await world.ask(subgraph, body));
          oracle.answeredBy(subgraph, answer);
          return JSON.parse(answer) as object;
        },
      },
    ]),
  );
  const gateway = await createApolloExecutor({ supergraphSdl, dataSources: dataSources as never, log: silentLog });
  let current: Watched | undefined;
  const guarded = guardGateway(gateway, {
    requirements,
    policies,
    parties: {
      verify: () => Promise.resolve(),
      verdictOf: (party, { name }) =>
        current?.attestation.verified.has(`${party} ${name}`) === true ? accepted : wrongMeasurement,
    },
  });
  const { executor, schema } = await guarded.load({ apollo: {} });
  return {
    schema: schema,
    async run(source, variables, watched) {
      current = watched;
      const document = parse(source);
      const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
      const result = await executor({
        document,
        operation,
        source,
        queryHash: source,
        operationName: null,
        schema,
        request: { query: source, variables },
        context: { ...watched, caller: watched.attestation.caller, requestId: '', outcome: {} },
        logger: console,
        metrics: {},
        overallCachePolicy: {},
      } as never);
      return JSON.stringify(result);
    },
  };
}
