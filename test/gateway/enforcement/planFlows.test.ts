import { describe, expect, test } from '@jest/globals';
import { analysePlan } from '../../../gateway/enforcement/analysePlan.js';
import { decide } from '../../../gateway/enforcement/decide.js';
import { facts, policy, wrongMeasurement } from '../support/clinic.js';
import { plannedGraph, type PlannedGraph } from './support/planned.js';

/** Every flow of each guarded field as `field: value policy: producers > receivers (caller)`. */
function flowsOf(graph: PlannedGraph, source: string): string[] {
  return graph
    .analyse(source)
    .guarded.flatMap(({ coordinate, requirement }) =>
      requirement.attested.map(
        (flow) =>
          `${coordinate}: ${flow.coordinate} ${flow.policy}: ${flow.producers.join('+')} > ${flow.receivers.join('+')} (${flow.caller})`,
      ),
    );
}

const graph = plannedGraph({
  a: `type Query { t: T v: V node: Node find(name: String @attested(policy: "p")): T both: T @shareable }
    interface Node { label: String }
    type T implements Node @key(fields: "id") {
      id: ID!
      label: String @attested(policy: "p")
      secret: String @shareable @attested(policy: "p")
      hidden: String @attested(policy: "q")
      inner: T @attested(policy: "p")
      value: V @attested(policy: "p")
    }
    type V { m: String w: W }
    type W @key(fields: "id") { id: ID! }`,
  b: `type Query { both: T @shareable ask(question: String): String }
    type T @key(fields: "id") {
      id: ID!
      secret: String @shareable
      hidden: String @external
      made: String @requires(fields: "hidden")
      plain(note: String @attested(policy: "q")): String
      open: String
    }
    type W @key(fields: "id") { id: ID! x: String }`,
  c: `type T @key(fields: "id") { id: ID! made: String @external again: String @requires(fields: "made") }`,
});

describe('with a plan, only they count who take part:', () => {
  const rows: [why: string, source: string, flows: string[]][] = [
    ['one of two that could produce a shared field', '{ t { secret } }', ['T.secret: T.secret p: a >  (receives)']],
    ['nobody where nothing attested moves', '{ t { id open } }', []],
    ['by @requires the requiring subgraph', '{ t { made open } }', ['T.made: T.hidden q: a > b (none)']],
    ['what is required for what is required', '{ t { again } }', ['T.again: T.hidden q: a > b (none)']],
    [
      'an argument goes to who resolves the field',
      '{ t { plain(note: "x") } }',
      ['T.plain: T.plain(note:) q:  > b (sends)'],
    ],
    [
      'a variable goes wherever it stands, bound to all its places',
      'query ($n: String) { find(name: $n) { id } ask(question: $n) }',
      ['Query.find: Query.find(name:) p:  > a (sends)', 'Query.ask: Query.find(name:) p:  > b (sends)'],
    ],
    [
      'a condition is a value, too',
      'query ($n: String, $c: Boolean!) { find(name: $n) { id } ask(question: "x") @include(if: $c) }',
      ['Query.find: Query.find(name:) p:  > a (sends)'],
    ],
    [
      'the key of an entity inside an attested value is part of it',
      '{ t { inner { open } } }',
      ['T.inner: T.inner p: a >  (receives)', 'T.open: T.inner p: b >  (receives)', 'T.open: T.inner p: a > b (none)'],
    ],
    [
      'also below values that are attested nowhere themselves',
      '{ t { value { m w { x } } } }',
      ['T.value: T.value p: a >  (receives)', 'W.x: T.value p: b >  (receives)', 'W.x: T.value p: a > b (none)'],
    ],
    [
      'in an interface, whatever any implementation says',
      '{ node { label } }',
      ['Node.label: T.label p: a >  (receives)'],
    ],
  ];
  test.each(rows)('%s', (_, source, flows) => expect(flowsOf(graph, source)).toEqual(flows));

  test('in a fragment that is spread at two places, everybody at either', () => {
    const [flow] = flowsOf(graph, '{ t { ...F } both { ...F } } fragment F on T { secret }');
    expect(flow).toMatch(/^T\.secret: T\.secret p: a(\+b)? > {2}\(receives\)$/);
  });
});

describe('a value of a context', () => {
  const contexts = plannedGraph({
    a: 'type Query { t: T } type T @key(fields: "id") { id: ID! x: String @attested(policy: "p") u: U @shareable } type U @key(fields: "id") { id: ID! }',
    b: `type T @key(fields: "id") @context(name: "c") { id: ID! x: String @external u: U @shareable }
      type U @key(fields: "id") { id: ID! open: Int z(arg: String @fromContext(field: "$c { x }")): Int }`,
  });

  test('flows to the subgraph of the field that takes it, unseen by the caller', () => {
    expect(flowsOf(contexts, '{ t { u { z } } }')).toEqual(['U.z: T.x p: a > b (none)']);
  });

  test('does not where that field is not asked for', () => {
    expect(flowsOf(contexts, '{ t { u { open } } }')).toEqual([]);
  });
});

describe('an attested key', () => {
  const keys = plannedGraph({
    a: 'type Query { t: T } type T @key(fields: "id") { id: ID! @attested(policy: "p") x: Int }',
    b: 'type T @key(fields: "id") { id: ID! y: Int }',
  });

  test('flows where the plan goes by it', () => {
    expect(flowsOf(keys, '{ t { x y } }')).toEqual(['T.y: T.id p: a > b (none)']);
  });

  test('flows nowhere where it does not', () => expect(flowsOf(keys, '{ t { x } }')).toEqual([]));

  test('is the caller’s where the caller asks for it', () => {
    expect(flowsOf(keys, '{ t { id } }')).toEqual(['T.id: T.id p: a >  (receives)']);
  });
});

describe('an interface that a subgraph knows as an object', () => {
  const media = plannedGraph({
    a: `type Query { media: Media } interface Media @key(fields: "id") { id: ID! title: String @attested(policy: "p") }
      type Book implements Media @key(fields: "id") { id: ID! title: String }`,
    b: 'type Media @key(fields: "id") @interfaceObject { id: ID! title: String @external note: String @attested(policy: "q") more: Int @requires(fields: "title") }',
  });

  test('binds its fields in every implementation', () => {
    expect(flowsOf(media, '{ media { ... on Book { note } } }')).toContain('Book.note: Media.note q: b >  (receives)');
  });

  test('gets what its fields require', () => {
    expect(flowsOf(media, '{ media { more } }')).toEqual(['Media.more: Media.title p: a > b (none)']);
  });
});

describe('each fetch', () => {
  test('is bound to the policies of all that it moves, there and back', () => {
    const prepared = graph.prepare('{ t { secret made plain(note: "x") } }');
    const { flows } = analysePlan(prepared, graph.requirements);
    expect(prepared.fetches.map((fetch) => [fetch.subgraph, flows?.policiesOf(fetch)])).toEqual([
      ['a', ['p', 'q']],
      ['b', ['q']],
    ]);
  });
});

describe('a plan that cannot be followed', () => {
  test.each([
    ['a field that nobody knows', '{ unheard }'],
    ['a root that there is not', 'subscription { t { id } }'],
  ])('is refused: %s', (_, operation) => {
    const prepared = graph.prepare('{ t { secret } }');
    const [fetch] = prepared.fetches;
    if (fetch === undefined) throw new Error('no fetch');
    expect(() => analysePlan({ ...prepared, fetches: [{ ...fetch, operation }] }, graph.requirements)).toThrow(
      /unknown/,
    );
  });

  test('and what no field answers for is a flow of the whole operation', () => {
    const prepared = graph.prepare('{ t { open } }');
    const [first, ...rest] = prepared.fetches;
    if (first === undefined) throw new Error('no fetch');
    const more = { ...first, operation: '{ t { __typename id hidden } }' };
    const analysis = analysePlan({ ...prepared, fetches: [more, ...rest] }, graph.requirements);
    expect(analysis.table.always.flows).toEqual([
      { policy: 'q', coordinate: 'T.hidden', producers: ['a'], receivers: [], caller: 'none' },
    ]);
    const verdicts = { a: wrongMeasurement };
    expect(decide(analysis, facts({ policies: new Map([['q', policy('q')]]), verdicts })).rejected).toMatchObject({
      code: 'POLICY_NOT_SATISFIED',
      party: 'a',
    });
  });
});
