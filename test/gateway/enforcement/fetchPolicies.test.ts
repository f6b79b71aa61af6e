import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { fetchPolicies } from '../../../gateway/enforcement/fetchPolicies.js';
import { clinic } from '../support/clinic.js';

const entities = (selection: string) =>
  `query ($representations: [_Any!]!, $n: String) { _entities(representations: $representations) { ${selection} } }`;
const policiesOf = (source: string, representations?: unknown) =>
  fetchPolicies(parse(source), representations === undefined ? {} : { representations }, clinic());

describe('a fetch is bound to the policies of', () => {
  const person = { __typename: 'Person', id: '1' };
  const rows: [what: string, source: string, representations: unknown, policies: string[]][] = [
    ['nothing where it moves nothing attested', '{ people { id status } }', undefined, []],
    ['what it asks for', '{ people { name } }', undefined, ['record']],
    ['what it asks for in a fragment', '{ people { ...F } } fragment F on Person { name }', undefined, ['record']],
    ['an argument', '{ find(name: "x") { id } }', undefined, ['record']],
    [
      'a variable that may hold an attested field',
      'query ($c: Criteria) { find(by: $c) { id } }',
      undefined,
      ['record'],
    ],
    ['an argument in an entity', entities('... on Person { report(note: $n) }'), [person], ['sample']],
    ['an entity without attested values', entities('... on Person { kit }'), [person], []],
    ['a required value', entities('... on Person { result }'), [{ ...person, sample: 'x' }], ['sample']],
    [
      'one of many representations',
      entities('... on Person { result }'),
      [person, { ...person, sample: 'x' }],
      ['sample'],
    ],
    [
      'a value that nobody planned to send',
      entities('... on Person { kit }'),
      [{ ...person, name: 'Ada' }],
      ['record'],
    ],
    [
      'a value inside an object',
      entities('... on Person { kit }'),
      [{ ...person, friends: [{ __typename: 'Person', sample: 'x' }, { name: 'Ben' }] }],
      ['record', 'sample'],
    ],
    [
      'an interface field that some implementation attests',
      entities('... on Person { kit }'),
      [{ __typename: 'Node', label: 'A' }],
      ['record'],
    ],
    ['a mutation', 'mutation ($w: Write!) { write(input: $w) { id } }', undefined, ['record']],
  ];
  test.each(rows)('%s', (_, source, representations, policies) => {
    expect(policiesOf(source, representations)).toEqual(policies);
  });
});

describe('nothing is sent where it cannot be told what a value is:', () => {
  const rows: [what: string, source: string, representations: unknown][] = [
    ['an unknown type', entities('... on Person { kit }'), [{ __typename: 'Stranger', x: 1 }]],
    ['an unknown field', entities('... on Person { kit }'), [{ __typename: 'Person', x: 1 }]],
    ['no type at all', entities('... on Person { kit }'), [{ id: 1 }]],
    ['a field of the prototype', entities('... on Person { kit }'), [{ __typename: 'Person', constructor: 1 }]],
    ['representations that are no list', entities('... on Person { kit }'), { __typename: 'Person' }],
    ['a selection of an unknown field', '{ people { x } }', undefined],
    ['a selection of an unknown type', entities('... on Stranger { x }'), []],
  ];
  test.each(rows)('%s', (_, source, representations) => {
    expect(() => policiesOf(source, representations)).toThrow(/unknown/);
  });

  test('representations without end', () => {
    let friend: unknown = { name: 'x' };
    for (let level = 0; level < 40; level += 1) friend = { friends: [friend] };
    expect(() => policiesOf(entities('... on Person { kit }'), [{ __typename: 'Person', friends: [friend] }])).toThrow(
      /depth/,
    );
  });
});
