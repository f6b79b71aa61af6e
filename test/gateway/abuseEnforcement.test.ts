import { describe, expect, test } from '@jest/globals';
import { MAXIMUM_ERRORS } from '../../gateway/enforcement/shape.js';
import { guardedGraph, type AskOptions } from './enforcement/support/guardedGraph.js';
import { accepted, anonymous, enclaveCaller, person, policy, wrongMeasurement } from './support/clinic.js';

const subgraphs = {
  records: `
    type Query {
      person(id: ID): Person people: [Person!] node: Node nodes: [Node!] thing: Thing about: String
      find(name: String @attested(policy: "record"), by: Criteria, many: [Criteria!]): Person
      flagged(on: Boolean @attested(policy: "record")): Person
    }
    type Mutation { write(name: String @attested(policy: "record"), note: String): Person }
    input Criteria { word: String name: String @attested(policy: "record") and: [Criteria!] }
    interface Node { id: ID! label: String report(note: String): String }
    union Thing = Person | Bed
    type Person implements Node @key(fields: "id") {
      id: ID! label: String @attested(policy: "record") name: String @attested(policy: "record") status: String
      friend: Person @attested(policy: "record") sample: String @attested(policy: "sample") home: Home
      report(note: String @attested(policy: "record")): String
      hidden: String @inaccessible
    }
    type Home @attested(policy: "record") { street: String }
    type Bed implements Node @key(fields: "id") { id: ID! label: String report(note: String): String }
  `,
  lab: `
    type Query { ask(question: String, on: Boolean): String }
    type Person @key(fields: "id") { id: ID! sample: String @external result: String @requires(fields: "sample") kit(text: String): String }
    type Mutation { order(text: String): String }
  `,
};

const SECRETS = ['ADA', 'LABEL', 'BLOOD', 'STREET', 'BEN'];
const ada = {
  __typename: 'Person',
  id: '1',
  label: 'LABEL',
  name: 'ADA',
  status: 'in',
  friend: 'Person 2',
  sample: 'BLOOD',
  home: { __typename: 'Home', street: 'STREET' },
  report: 'fine',
  result: 'good',
  kit: 'KIT',
};
const roots = ['person', 'find', 'flagged', 'write', 'node', 'thing'];
const data = {
  Query: {
    ...Object.fromEntries(roots.map((name) => [name, 'Person 1'])),
    people: ['Person 1', 'Person 2'],
    nodes: ['Person 1', 'Bed 3'],
    about: 'us',
    ask: 'answer',
    order: 'ordered',
  },
  'Person 1': ada,
  'Person 2': { ...ada, id: '2', name: 'BEN', friend: null },
  'Bed 3': { __typename: 'Bed', id: '3', label: 'bed', report: 'empty' },
};

const graph = guardedGraph({ subgraphs, data });
/** The lab satisfies no policy; the caller may have everything. */
const labIsWrong = { verdicts: { lab: wrongMeasurement } };
const nobody = { caller: anonymous };

describe('a caller who may not have a value does not get it by', () => {
  const rows: [trick: string, source: string, options?: AskOptions][] = [
    ['asking for it', '{ person { name } }'],
    ['an alias', '{ person { status: name } }'],
    ['an alias that is the key', '{ person { id: name kit } }'],
    ['an alias that is __typename', '{ person { __typename: name } }'],
    ['an alias that every object has', '{ person { constructor: name toString: label __proto__: name } }'],
    ['a fragment', '{ person { ...F } } fragment F on Person { ...G } fragment G on Person { name }'],
    ['a fragment without a type', '{ person { ... { ... { name } } } }'],
    ['the interface', '{ node { label } }'],
    ['the interface in a list', '{ nodes { id label } }'],
    ['a fragment on the interface', '{ person { ... on Node { label } } }'],
    ['a type inside the interface', '{ node { ... on Person { ... on Node { label } } } }'],
    ['the union', '{ thing { ... on Person { name } ... on Node { label } } }'],
    ['a field that returns an attested type', '{ person { home { __typename street } } }'],
    ['the other of two fields under one key', '{ a: person { status } a: person { name } }'],
    ['the other of two fields, one of them skipped', '{ person { name @skip(if: true) name } }'],
    ['a condition', 'query ($yes: Boolean = true) { person { name @include(if: $yes) } }'],
    [
      'a condition around it',
      'query ($no: Boolean!) { ... @skip(if: $no) { person { name } } }',
      { variables: { no: false } },
    ],
    ['the other of two operations', 'query A { about } query B { person { name } }', { operationName: 'B' }],
    ['what it leads to', '{ person { friend { id status } } }'],
    ['what is made of it', '{ person { friend { result } } }'],
    ['a mutation that returns it', 'mutation { write { name label } }'],
    ['a mutation twice', 'mutation { a: write { name } b: write { status: label } }'],
  ];
  test.each(rows)('%s', async (_, source, options = {}) => {
    const { errors, sent, text } = await graph.ask(source, { ...options, facts: nobody });
    for (const secret of SECRETS) {
      expect(text).not.toContain(secret);
      expect(Object.values(sent).join()).not.toContain(secret);
    }
    expect(errors.join()).toContain('UNAUTHENTICATED');
  });

  test('being an enclave that is another than the policy wants', async () => {
    const verdicts = { '(caller)': wrongMeasurement };
    const { text, errors } = await graph.ask('{ person { name status } }', {
      facts: { caller: enclaveCaller, verdicts },
    });
    expect(text).not.toContain('ADA');
    expect(errors).toEqual(['person.name POLICY_NOT_SATISFIED']);
  });

  test('being served after somebody who may: what was decided for one is not kept for the other', async () => {
    const source = '{ people { name sample home { street } } }';
    expect((await graph.ask(source)).text).toContain('ADA');
    expect((await graph.ask(source, { facts: nobody })).text).not.toContain('ADA');
    expect((await graph.ask(source, { facts: { caller: { ...person, channel: 'local' } } })).text).not.toContain('ADA');
    expect((await graph.ask(source)).text).toContain('ADA');
  });
});

describe('a subgraph that may not have a value does not get it by', () => {
  const rows: [
    trick: string,
    source: string,
    variables?: Readonly<Record<string, unknown>>,
    secrets?: readonly string[],
  ][] = [
    ['requiring it', '{ person { result } }'],
    ['requiring it of a friend', '{ person { friend { result kit } } }'],
    ['requiring it in a list, beside what it may have', '{ people { result kit } }'],
    ['an alias that makes it the key', '{ person { id: name kit } }'],
    ['an alias that makes it what is required', '{ person { sample: name kit } }'],
    ['an alias of what is required, beside the real one', '{ person { sample: name s: sample result } }'],
    ['the key of who is inside of it', '{ person { friend { kit } } }', {}, ['"2"']],
    ['an argument of its own', 'query ($n: String) { find(name: $n) { id } ask(question: $n) }', { n: 'SENT' }],
    ['an argument of its own in an entity', 'query ($n: String) { find(name: $n) { kit(text: $n) } }', { n: 'SENT' }],
    ['a default of a variable', 'query ($n: String = "SENT") { find(name: $n) { id } ask(question: $n) }'],
    [
      'a variable inside of an input',
      'query ($n: String) { find(by: { and: [{ name: $n }] }) { id } ask(question: $n) }',
      { n: 'SENT' },
    ],
    [
      'a variable in one of several inputs',
      'query ($n: String) { find(many: [{ word: "x" }, { name: $n }]) { id } ask(question: $n) }',
      { n: 'SENT' },
    ],
    [
      'a variable where one value stands for a list',
      'query ($n: String) { find(many: { and: { name: $n } }) { id } ask(question: $n) }',
      { n: 'SENT' },
    ],
    [
      'an interface that says less of its argument',
      'query ($n: String) { node { report(note: $n) } ask(question: $n) }',
      { n: 'SENT' },
    ],
    ['a mutation beside another', 'mutation ($n: String) { write(name: $n) { id } order(text: $n) }', { n: 'SENT' }],
    [
      'the place of another that is skipped',
      'query ($n: String) { find(name: $n) @skip(if: true) { id } ask(question: $n) }',
      { n: 'SENT' },
    ],
    [
      'a variable that is named like the gateway’s own',
      'query ($representations: String) { find(name: $representations) { kit } ask(question: $representations) }',
      { representations: 'SENT' },
    ],
  ];
  test.each(rows)('%s', async (_, source, variables = {}, secrets = [...SECRETS, 'SENT']) => {
    const { sent, errors } = await graph.ask(source, { variables, facts: labIsWrong });
    for (const secret of secrets) expect(sent.lab ?? '').not.toContain(secret);
    if (sent.lab === undefined) expect(errors.join()).toContain('POLICY_NOT_SATISFIED');
  });

  test('a condition that it is sent', async () => {
    const source = 'query ($on: Boolean!) { flagged(on: $on) { id } ask(question: "q", on: $on) }';
    const { sent, errors } = await graph.ask(source, { variables: { on: true }, facts: labIsWrong });
    expect(sent.lab).toBeUndefined();
    expect(errors).toEqual(['ask POLICY_NOT_SATISFIED']);
  });

  test('having satisfied the policy a moment ago', async () => {
    const source = '{ person { result } }';
    expect((await graph.ask(source)).sent.lab).toContain('BLOOD');
    expect((await graph.ask(source, { facts: labIsWrong })).sent.lab).toBeUndefined();
  });

  test('being sent more than was asked for, where another subgraph answers more', async () => {
    const generous = guardedGraph({
      subgraphs,
      data,
      tamper: (subgraph, answer) =>
        subgraph === 'records' ? { data: { person: { ...ada, kit: 'BEFORE' } }, extensions: { name: 'ADA' } } : answer,
    });
    const { sent, text } = await generous.ask('{ person { kit status } }', { facts: labIsWrong });
    expect(sent.lab).toContain('[{"__typename":"Person","id":"1"}]');
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  });
});

describe('an answer says nothing of what a failing subgraph says', () => {
  test('in messages, paths and extensions', async () => {
    const talkative = guardedGraph({
      subgraphs,
      data,
      tamper: () => ({
        data: null,
        errors: [{ message: 'ADA', path: ['LABEL'], extensions: { code: 'BLOOD', name: 'BEN' } }],
      }),
    });
    const { text, errors } = await talkative.ask('{ person { status } }', { facts: nobody });
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(errors.join()).toContain('UPSTREAM_FAILED');
  });
});

describe('a value that may not leave over the caller’s channel is not passed on,', () => {
  test('written out or in a variable', async () => {
    const local = { caller: { ...person, channel: 'local' } as const };
    for (const [source, variables] of [
      ['{ find(name: "SENT") { id } }', {}],
      ['query ($n: String) { find(name: $n) { id } }', { n: 'SENT' }],
      ['mutation { write(name: "SENT") { id } }', {}],
    ] as const) {
      const { sent, errors } = await graph.ask(source, { variables, facts: local });
      expect(JSON.stringify(sent)).not.toContain('SENT');
      expect(errors.join()).toContain('CHANNEL_NOT_ACCEPTED');
    }
  });
});

describe('the machinery of federation is not there for callers:', () => {
  test.each([
    ['_entities', '{ _entities(representations: [{ __typename: "Person", id: "1" }]) { ... on Person { name } } }'],
    ['_service', '{ _service { sdl } }'],
    ['a field that is @inaccessible', '{ person { hidden } }'],
    ['a directive that nobody knows', '{ person { name @defer } }'],
  ])('%s', async (_, source) => {
    await expect(graph.ask(source, { facts: nobody })).rejects.toThrow();
  });

  test('introspection says what there is and no value of it', async () => {
    const { text, errors, sent } = await graph.ask(
      '{ __schema { types { name fields { name } } } __type(name: "Person") { name: name fields { name: description } } about }',
      { facts: nobody },
    );
    expect(errors).toEqual([]);
    expect(text).not.toContain('hidden');
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(Object.keys(sent)).toEqual(['records']);
  });

  test('an alias that belongs to the gateway is refused', async () => {
    await expect(graph.ask('{ person { cloister__typename: name } }')).rejects.toThrow(/reserved/);
  });
});

describe('a refusal', () => {
  test('of many values is not many megabytes of errors', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `n${index}: name`).join(' ');
    const { errors } = await graph.ask(`{ people { ${names} } }`, { facts: nobody });
    expect(errors.length).toBeLessThanOrEqual(MAXIMUM_ERRORS);
  });

  test('says nothing of a value that is not shown', async () => {
    const { body } = await graph.ask('query ($n: String) { find(name: $n) { id } }', {
      variables: { n: 'SENT' },
      facts: { verdicts: { records: wrongMeasurement } },
    });
    expect(JSON.stringify(body)).not.toContain('SENT');
  });

  test('stands where a policy is not in force', async () => {
    const { errors } = await graph.ask('{ person { name } }', { facts: { policies: new Map() } });
    expect(errors).toEqual(['person.name POLICY_UNKNOWN']);
  });

  test('stands where this gateway is not what the policy wants, whoever else is', async () => {
    const verdicts = { gateway: wrongMeasurement, records: accepted };
    const { errors, sent } = await graph.ask('{ person { name } }', { facts: { verdicts } });
    expect(errors).toEqual(['person.name POLICY_NOT_SATISFIED']);
    expect(Object.values(sent).join()).not.toContain('{name}');
  });

  test('stands where no channel is allowed to people', async () => {
    const policies = new Map(['record', 'sample'].map((name) => [name, policy(name, { recipientChannels: [] })]));
    expect((await graph.ask('{ person { name } }', { facts: { policies } })).errors).toEqual([
      'person.name CHANNEL_NOT_ACCEPTED',
    ]);
  });
});
