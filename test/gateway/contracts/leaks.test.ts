import { describe, expect, test } from '@jest/globals';
import {
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInputType,
  parse,
  visit,
  type GraphQLArgument,
  type GraphQLField,
} from 'graphql';
import { createContractExecutors } from '../../../gateway/contracts/executors.js';
import { keepToContract } from '../../../gateway/contracts/keepToContract.js';
import type { Contract } from '../../../gateway/contracts/contract.js';
import { createContracts, type Contracts } from '../../../gateway/contracts/contracts.js';
import { namesWrittenIn } from '../../../gateway/contracts/redact.js';
import { RequestErrors } from '../../../gateway/execution/compiled/requestErrors.js';
import type { SubgraphTransport } from '../../../gateway/execution/compiled/transport.js';
import { startFederation } from '../../support/federation.js';
import { clinicGraph } from './clinicGraph.js';
import { onlyContract, ownContracts, ownSupergraph } from './supergraphs.js';

type Ask = (query: string, variables?: Record<string, unknown>) => Promise<string>;

/** What a caller gets of a contract: the whole text of each answer. */
function serve(contracts: Contracts, supergraphSdl: string, transport: SubgraphTransport): Map<Contract, Ask> {
  const executors = createContractExecutors({ contracts, supergraphSdl, transport });
  return new Map(
    [...executors].map(([contract, bare]) => {
      const executor = keepToContract(bare, contract);
      const ask: Ask = async (query, variables = {}) => {
        try {
          const prepared = executor.prepare(query, undefined);
          return (await executor.execute(prepared, { variables, context: undefined })).text;
        } catch (thrown) {
          if (!(thrown instanceof RequestErrors)) throw thrown;
          return JSON.stringify({ errors: thrown.errors });
        }
      };
      return [contract, ask];
    }),
  );
}

/** Says whatever it can of what is hidden, as a subgraph that was careless would. */
function talkative(names: ReadonlySet<string>): SubgraphTransport {
  const errors = [...names].flatMap((name) => [
    { message: `Cannot resolve "${name}".`, extensions: { code: 'BAD_INPUT', detail: `\`${name}\`` } },
    { message: `Query.${name} is broken`, path: [name], extensions: { code: 'INTERNAL', stack: name } },
    { message: `Did you mean "${name}"?`, extensions: { code: name } },
  ]);
  return { fetch: () => Promise.resolve({ status: 200, body: { data: null, errors } }) };
}

const federation = startFederation(clinicGraph);
const clinic = createContracts({
  supergraphSdl: federation.supergraphSdl,
  contracts: [
    onlyContract({ name: 'partner', include: ['partner'], exclude: ['internal'] }),
    onlyContract({
      name: 'trimmed',
      exclude: ['internal'],
      precedence: 1,
      isDefault: false,
      audience: { enclaves: [], roles: ['x'], scopes: [], clients: [] },
    }),
  ],
});

const graphs: [graph: string, contracts: Contracts, supergraphSdl: string, transport: SubgraphTransport][] = [
  ['our own supergraph', ownContracts(), ownSupergraph, talkative(new Set())],
  ['a supergraph with every kind of element', clinic, federation.supergraphSdl, federation.transport],
];

const cases = graphs.flatMap(([graph, contracts, supergraphSdl, transport]) =>
  [...serve(contracts, supergraphSdl, transport)]
    .filter(([{ namesBeyond }]) => namesBeyond.size > 0)
    .map(([contract, ask]) => ({ title: `${contract.name} of ${graph}`, contracts, supergraphSdl, contract, ask })),
);

describe.each(cases)('the contract $title', ({ contracts, supergraphSdl, contract, ask }) => {
  const { namesBeyond, schema, sdl } = contract;

  test('lacks something, and has something', () => {
    expect(namesBeyond.size).toBeGreaterThan(5);
    expect(contract.coordinates.size).toBeGreaterThan(10);
  });

  test('has no name beyond it in its text', () => {
    const names = new Set<string>();
    visit(parse(sdl), {
      Name: ({ value }) => void names.add(value),
      StringValue: ({ value }) => namesWrittenIn(value).forEach((name) => names.add(name)),
    });
    expect([...names].filter((name) => namesBeyond.has(name) && !OF_THE_TEXT.has(name))).toEqual([]);
  });

  test('has no name beyond it in introspection', async () => {
    const answer = await ask(
      getIntrospectionQuery({
        inputValueDeprecation: true,
        specifiedByUrl: true,
        oneOf: true,
        schemaDescription: true,
      }),
    );
    const names: string[] = [];
    JSON.parse(answer, (key, value: unknown) => {
      if (typeof value !== 'string') return value;
      if (key === 'name') names.push(value);
      else if (key === 'description' || key === 'deprecationReason' || key === 'defaultValue')
        names.push(...namesWrittenIn(value));
      return value;
    });
    expect(names.length).toBeGreaterThan(100);
    const isBeyond = (name: string) => namesBeyond.has(name) && !OF_THE_TEXT.has(name) && name !== OF_GRAPHQL;
    expect(names.filter(isBeyond)).toEqual([]);
  });

  test('answers each name beyond it as it answers a name that is nowhere', async () => {
    const probes = probesOf(contract);
    for (const name of namesBeyond) {
      const nowhere = nonsense(name);
      for (const probe of probes) {
        const [there, control] = [await ask(probe(name)), await ask(probe(nowhere))];
        expect(there).toBe(control.replaceAll(nowhere, name));
      }
    }
  });

  test('answers each name beyond it in variables as it answers a name that is nowhere', async () => {
    for (const { query, values } of variableProbes(contract)) {
      for (const name of namesBeyond) {
        const nowhere = nonsense(name);
        for (const value of values) {
          const [there, control] = [await ask(query, { v: value(name) }), await ask(query, { v: value(nowhere) })];
          expect(there).toBe(control.replaceAll(nowhere, name));
        }
      }
    }
  });

  test('passes on no name beyond it that subgraphs say', async () => {
    const asks = serve(contracts, supergraphSdl, talkative(namesBeyond));
    const talking = [...asks].find(([{ name }]) => name === contract.name)?.[1];
    const [field] = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(isSimple);
    const answer = (await talking?.(`{ ${field?.name ?? ''} { __typename } }`)) ?? '';
    const flat = (await talking?.(`{ ${field?.name ?? ''} }`)) ?? '';
    for (const text of [answer, flat]) {
      expect(text).toContain('"errors"');
      expect(
        textsIn(text)
          .flatMap(namesWrittenIn)
          .filter((name) => namesBeyond.has(name)),
      ).toEqual([]);
    }
  });
});

/** Words that GraphQL and our directives use themselves: of arguments of directives, and of what introspection is made of. */
const OF_THE_TEXT: ReadonlySet<string> = new Set(['policy', 'scopes', 'reason', 'input', 'type', 'name']);
/** The description of the scalar ID, which is GraphQL's, says it. */
const OF_GRAPHQL = 'JSON';

/** Every text in an answer. */
function textsIn(answer: string): string[] {
  const texts: string[] = [];
  JSON.parse(answer, (_key, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts;
}

/** As long and of the same letters, so that places in messages are the same. */
function nonsense(name: string): string {
  return name.replaceAll(/[A-Z]/g, 'Q').replaceAll(/[a-z]/g, 'q').replaceAll(/\d/g, '7');
}

function isSimple({ args }: GraphQLField<unknown, unknown>): boolean {
  return !args.some(({ defaultValue, type }) => type.toString().endsWith('!') && defaultValue === undefined);
}

/** Everywhere in a document where a name may stand. */
function probesOf({ schema }: Contract): ((name: string) => string)[] {
  const probes: ((name: string) => string)[] = [
    (name) => `{ ${name} }`,
    (name) => `{ ${name} { __typename } }`,
    (name) => `mutation { ${name} }`,
    (name) => `subscription { ${name} }`,
    (name) => `{ __type(name: "${name}") { name kind fields { name } inputFields { name } enumValues { name } } }`,
    (name) => `{ ... on ${name} { __typename } }`,
    (name) => `query ($v: ${name}) { __typename }`,
    (name) => `query ($v: [${name}!]) { __typename }`,
    (name) => `{ __typename @${name} }`,
    (name) => `{ _entities(representations: [{ __typename: "${name}" }]) { ... on ${name} { __typename } } }`,
    (name) => `{ _service { sdl } ${name}: __typename }`,
    (name) => `{ __schema { types { ${name} } } }`,
  ];
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
  const [some] = Object.values(schema.getQueryType()?.getFields() ?? {});
  if (some !== undefined) probes.push((name) => `{ ${some.name}(${name}: 1) { __typename } }`);
  for (const type of types.filter((candidate) => 'getFields' in candidate && !isInputObjectType(candidate)).slice(0, 6))
    probes.push((name) => `fragment F on ${type.name} { ${name} } { __typename ...F }`);
  for (const [field, argument] of argumentsWith(schema, (candidate) => isEnumType(candidate.type)))
    probes.push((name) => `{ ${field}(${argument.name}: ${name}) }`);
  for (const [field, argument] of argumentsWith(schema, (candidate) => isInputObjectType(candidate.type)))
    probes.push((name) => `{ ${field}(${argument.name}: { ${name}: 1 }) }`);
  return probes;
}

function variableProbes({ schema }: Contract): { query: string; values: ((name: string) => unknown)[] }[] {
  return [...argumentsWith(schema, ({ type }) => isEnumType(type) || isInputObjectType(type))].map(
    ([field, { name: argument, type }]) => ({
      query: `query ($v: ${type.toString()}) { ${field}(${argument}: $v) ${needsSelection(schema, field) ? '{ __typename }' : ''} }`,
      values: [(name) => name, (name) => ({ [name]: 1 })],
    }),
  );
}

function needsSelection(schema: Contract['schema'], field: string): boolean {
  const type = schema.getQueryType()?.getFields()[field]?.type;
  return type !== undefined && !isInputType(type);
}

function* argumentsWith(
  schema: Contract['schema'],
  wanted: (argument: GraphQLArgument) => boolean,
): Generator<[field: string, argument: GraphQLArgument]> {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    for (const argument of field.args)
      if (isSimple({ ...field, args: field.args.filter((other) => other !== argument) }) && wanted(argument))
        yield [field.name, argument];
  }
}

describe('under a contract', () => {
  const asks = serve(clinic, federation.supergraphSdl, federation.transport);
  const partner = [...asks].find(([{ name }]) => name === 'partner')?.[1];
  const ask = async (query: string): Promise<unknown> => JSON.parse((await partner?.(query)) ?? '');

  test('fields may need what the contract hides', async () => {
    expect(await ask('{ record(id: 1) { label } }')).toEqual({ data: { record: { label: 'label of 1 letters' } } });
  });

  test('objects of types that it lacks are null with an error that does not name them', async () => {
    const answer = await ask('{ people { __typename name } owners { __typename } }');
    expect(answer).toMatchObject({ data: { people: null, owners: null } });
    expect(JSON.stringify(answer)).not.toMatch(/InternalStaff|HiddenRobot/);
  });

  test('enum values that it lacks are null with an error that does not name them', async () => {
    const answer = await ask('{ record(id: 1) { mood } }');
    expect(answer).toMatchObject({ data: { record: { mood: null } }, errors: [{ path: ['record', 'mood'] }] });
    expect(JSON.stringify(answer)).not.toContain('PANICKED');
  });

  test('mistakes are told without suggestions', async () => {
    for (const query of ['{ recor }', '{ record(i: 1) { id } }', '{ record(id: 1) { ... on Recor { id } } }'])
      expect(JSON.stringify(await ask(query))).not.toContain('Did you mean');
  });

  test('what was prepared under a wider one is not served', async () => {
    const trimmed = [...asks].find(([{ name }]) => name === 'trimmed')?.[1];
    const query = '{ everything { id } }';
    expect(JSON.parse((await trimmed?.(query)) ?? '')).not.toHaveProperty('errors');
    expect(await ask(query)).toMatchObject({
      errors: [{ message: 'Cannot query field "everything" on type "Query".' }],
    });
  });

  test('descriptions lose the sentences that name what it lacks, and reasons too', () => {
    const [contract] = clinic.all.filter(({ name }) => name === 'partner');
    const fields = contract?.schema.getQueryType()?.getFields();
    expect(fields?.record?.description).toBe('A record.');
    expect(fields?.people?.description).toBe('Who is asked.');
    expect(contract?.sdl).toContain('title: String @deprecated(reason: "No longer supported")');
  });
});
