import { describe, expect, test } from '@jest/globals';
import {
  execute,
  GraphQLError,
  parse,
  print,
  validate,
  type ExecutionResult,
  type FieldNode,
  type GraphQLFieldResolver,
} from 'graphql';
import { analyse } from '../../../gateway/enforcement/analyse.js';
import type { FieldRefusal } from '../../../gateway/enforcement/decide.js';
import { filter } from '../../../gateway/enforcement/filter.js';
import { MAXIMUM_ERRORS, shape, type Shaped } from '../../../gateway/enforcement/shape.js';
import { clinic, operationOf } from '../support/clinic.js';

const ada = {
  __typename: 'Person',
  id: '1',
  label: 'A',
  name: 'Ada',
  status: 'in',
  home: { street: 'S', doors: [{ colour: 'red' }, null] },
  card: { number: { digits: '12', length: 2 }, valid: true },
};
const ben = { ...ada, id: '2', name: 'Ben', home: null, card: null };
const bed = { __typename: 'Bed', id: '9', label: 'B', free: true };
const world = {
  about: 'us',
  person: { ...ada, friends: [ben, ada] },
  people: [ada, ben],
  nodes: [ada, bed],
  anything: [bed, ada, null],
  scoped: 's',
  write: ada,
};

type Variables = Readonly<Record<string, unknown>>;

/** Refuses every guarded node with one of these coordinates. */
function refusing(source: string, coordinates: readonly string[], variables: Variables = {}) {
  const { schema } = clinic();
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  const analysis = analyse(document, operationOf(document), clinic());
  const refused = new Map<FieldNode, FieldRefusal>();
  for (const { node, coordinate } of analysis.guarded) {
    if (coordinates.includes(coordinate)) refused.set(node, { code: 'SCOPE_MISSING', coordinate, message: coordinate });
  }
  const filtered = filter(analysis, refused, schema);
  expect(validate(schema, filtered)).toEqual([]);
  const answer = run(print(filtered), variables);
  expect(answer.errors).toBeUndefined();
  return { filtered: print(filtered), shaped: shape({ analysis, refused, schema, variables, data: answer.data }) };
}

function run(source: string, variables: Variables, resolver?: GraphQLFieldResolver<unknown, unknown>): ExecutionResult {
  const { schema } = clinic();
  const read: GraphQLFieldResolver<unknown, unknown> = (parent, _args, _context, info) =>
    (parent as Record<string, unknown>)[info.fieldName];
  return execute({
    schema,
    document: parse(source),
    rootValue: world,
    variableValues: variables,
    fieldResolver: resolver ?? read,
    typeResolver: (value) => (value as { __typename: string }).__typename,
  }) as ExecutionResult;
}

/** What graphql-js answers where the refused fields throw: the specification's own null propagation. */
function reference(source: string, coordinates: readonly string[], variables: Variables = {}): ExecutionResult {
  return run(source, variables, (parent, _args, _context, info) => {
    if (coordinates.includes(`${info.parentType.name}.${info.fieldName}`)) throw new GraphQLError('refused');
    return (parent as Record<string, unknown>)[info.fieldName];
  });
}

const pathsOf = ({ errors }: Shaped | ExecutionResult) => (errors ?? []).map(({ path }) => path?.join('.'));

describe('the answer is the one that GraphQL gives where the refused fields fail', () => {
  const rows: [situation: string, operation: string, refused: string[], variables?: Variables][] = [
    ['one field', '{ people { id name status } }', ['Person.name']],
    ['a root field', '{ about scoped }', ['Query.scoped']],
    ['every root field', '{ scoped }', ['Query.scoped']],
    ['an object', '{ people { id home { street } } }', ['Person.home']],
    ['the only field of an object', '{ people { name } }', ['Person.name']],
    ['the only field of an object that is null', '{ people { home { street } } }', ['Home.street']],
    ['an alias', '{ people { status: name name: status } }', ['Person.name']],
    [
      'an alias that is a property of every object',
      '{ people { __proto__: name constructor: name id } }',
      ['Person.name'],
    ],
    ['a fragment definition', '{ people { id ...F } } fragment F on Person { name status }', ['Person.name']],
    ['a fragment that loses everything', '{ people { id ...F } } fragment F on Person { name }', ['Person.name']],
    [
      'a fragment that is spread twice',
      '{ people { ...F ...F } person(id: 1) { ...F } } fragment F on Person { name id }',
      ['Person.name'],
    ],
    ['an inline fragment of a union', '{ anything { ... on Person { name } ... on Bed { free } } }', ['Person.name']],
    ['all that is selected of a union', '{ anything { ... on Person { name } } }', ['Person.name']],
    [
      'a nested object below a union',
      '{ anything { ... on Person { home { street } } ... on Bed { id } } }',
      ['Home.street'],
    ],
    ['an inline fragment of an interface', '{ nodes { id ... on Person { name } } }', ['Person.name']],
    ['a type asked for by name', '{ nodes { __typename ... on Person { __typename name } } }', ['Person.name']],
    ['a list in an object', '{ people { home { doors { colour } } } }', ['Home.doors']],
    ['a list in a list', '{ person(id: 1) { friends { friends { name } name } } }', ['Person.name']],
    ['a field that may not be null', '{ people { id card { valid number { digits length } } } }', ['Number.digits']],
    ['the same, alone', '{ people { card { number { digits } } } }', ['Number.digits']],
    ['the same, under an alias', '{ people { c: card { n: number { d: digits } valid } } }', ['Number.digits']],
    [
      'a field that is skipped',
      'query ($no: Boolean!) { people { id name @skip(if: $no) } }',
      ['Person.name'],
      { no: true },
    ],
    [
      'a field that is not skipped',
      'query ($no: Boolean!) { people { id name @skip(if: $no) } }',
      ['Person.name'],
      { no: false },
    ],
    [
      'a field that a default skips',
      'query ($no: Boolean = true) { people { id name @skip(if: $no) } }',
      ['Person.name'],
      {},
    ],
    ['a field that is not included', '{ people { id name @include(if: false) } }', ['Person.name']],
    [
      'a fragment that is skipped',
      'query ($no: Boolean!) { people { id ... @skip(if: $no) { name } } }',
      ['Person.name'],
      { no: true },
    ],
    [
      'a field that is skipped in one of two places',
      '{ people { name @skip(if: true) ... { name } } }',
      ['Person.name'],
    ],
    ['introspection beside a refusal', '{ __typename __schema { queryType { name } } scoped }', ['Query.scoped']],
    ['two fields of one object', '{ people { id name home { street } } }', ['Person.name', 'Person.home']],
    ['a field inside a refused object', '{ people { id home { street } } }', ['Person.home', 'Home.street']],
  ];
  test.each(rows)('%s', (_, operation, refused, variables = {}) => {
    const { shaped } = refusing(operation, refused, variables);
    const expected = reference(operation, refused, variables);
    expect(JSON.stringify(shaped.data)).toBe(JSON.stringify(expected.data));
    expect(pathsOf(shaped).sort()).toEqual(pathsOf(expected).sort());
  });

  test('a mutation that is refused is not sent', () => {
    const mutation = 'mutation { a: write(input: {person: {name: "x"}}) { id } b: remove(id: 1) }';
    const { filtered, shaped } = refusing(mutation, ['Mutation.remove']);
    expect(filtered).not.toContain('remove');
    expect(shaped.data).toEqual({ a: { id: '1' }, b: null });
  });
});

describe('what is sent', () => {
  test('has no refused field, and neither variables nor fragments that only they used', () => {
    const source = `query ($n: String, $f: Int, $no: Boolean!) { find(name: $n, first: $f) { id } people { id ...F } }
      fragment F on Person { home @skip(if: $no) { ...G } } fragment G on Home { street }`;
    const { schema } = clinic();
    const document = parse(source);
    const analysis = analyse(document, operationOf(document), clinic());
    const refused = new Set(
      analysis.guarded
        .filter(({ coordinate }) => coordinate === 'Person.home' || coordinate === 'Query.find')
        .map(({ node }) => node),
    );
    expect(print(filter(analysis, refused, schema)).replace(/\s+/g, ' ')).toBe(
      '{ people { id ...F } } fragment F on Person { cloister__typename: __typename }',
    );
  });

  test('keeps the other operations of the document away', () => {
    const { filtered } = refusing('query A { scoped about } query B { lost }', ['Query.scoped']);
    expect(filtered).toBe('query A {\n  about\n}');
  });

  test('is the operation itself where nothing is refused', () => {
    expect(refusing('query A($x: Int) { find(first: $x) { id } }', []).filtered).toContain('find(first: $x)');
  });
});

describe('errors', () => {
  test('are bounded, and the last one says how many more there were', () => {
    const { schema } = clinic();
    const document = parse('{ people { name } }');
    const analysis = analyse(document, operationOf(document), clinic());
    const refused = new Map<FieldNode, FieldRefusal>();
    for (const { node, coordinate } of analysis.guarded) {
      if (coordinate === 'Person.name') refused.set(node, { code: 'SCOPE_MISSING', coordinate, message: 'no' });
    }
    const data = { people: Array.from({ length: 1000 }, () => ({})) };
    const { errors } = shape({ analysis, refused, schema, variables: {}, data });
    expect(errors).toHaveLength(MAXIMUM_ERRORS);
    expect(errors[0]?.path).toEqual(['people', 0, 'name']);
    expect(errors.at(-1)?.message).toBe('901 more fields were refused for reasons like those above.');
    expect(errors.at(-1)?.extensions).toEqual({ code: 'SCOPE_MISSING' });
  });

  test('stay away where the object itself is not there', () => {
    const { shaped } = refusing('{ people { home { street } } }', ['Home.street']);
    expect(pathsOf(shaped)).toEqual(['people.0.home.street']);
  });

  test('no answer at all stays no answer', () => {
    const document = parse('{ people { name } }');
    const analysis = analyse(document, operationOf(document), clinic());
    expect(shape({ analysis, refused: new Map(), schema: clinic().schema, variables: {}, data: null })).toEqual({
      data: null,
      errors: [],
    });
  });
});
