import { describe, expect, test } from '@jest/globals';
import { buildSchema, getIntrospectionQuery, parse, validate } from 'graphql';
import { limitOperations, OPERATION_LIMITS } from '../../../gateway/transport/limits.js';

const schema = buildSchema('type Query { q: Query a: Int }');
const limits = { depth: 4, aliases: 3, rootFields: 5, directives: 3, tokens: 100 };
const problems = (source: string, bounds = limits) =>
  validate(schema, parse(source), [limitOperations(bounds)]).map(({ message }) => message);

const nested = (levels: number) => `${'{ q '.repeat(levels - 1)}{ a }${' }'.repeat(levels - 1)}`;
const repeat = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(' ');

describe('an operation within its limits passes, one above is refused', () => {
  const rows: [what: string, within: string, above: string, message: string][] = [
    ['depth', nested(4), nested(5), 'The operation has 5 levels of fields; the limit is 4.'],
    [
      'depth through fragments',
      '{ q { ...F } } fragment F on Query { q { q { a } } }'.replace('{ q { a } }', '{ a }'),
      '{ q { ...F } } fragment F on Query { q { ...G } } fragment G on Query { q { q { a } } }',
      'The operation has 5 levels of fields; the limit is 4.',
    ],
    [
      'aliases',
      `{ ${repeat(3, (i) => `x${i}: a`)} }`,
      `{ ${repeat(4, (i) => `x${i}: a`)} }`,
      '4 aliases; the limit is 3.',
    ],
    [
      'aliases of __typename',
      `{ ${repeat(3, (i) => `x${i}: __typename`)} }`,
      `{ ${repeat(4, (i) => `x${i}: __typename`)} }`,
      '4 aliases; the limit is 3.',
    ],
    [
      'aliases through fragments that are spread again',
      '{ q { ...F } } fragment F on Query { x: a y: a }',
      '{ q { ...F } q { ...F } } fragment F on Query { x: a y: a }',
      '4 aliases; the limit is 3.',
    ],
    ['root fields', `{ ${repeat(5, () => 'a')} }`, `{ ${repeat(6, () => 'a')} }`, '6 root fields; the limit is 5.'],
    [
      'root fields in fragments',
      `{ ...F } fragment F on Query { ${repeat(5, () => 'a')} }`,
      `{ ...F ...F } fragment F on Query { ${repeat(3, () => 'a')} }`,
      '6 root fields; the limit is 5.',
    ],
    [
      'directives',
      `{ a ${repeat(3, () => '@include(if: true)')} }`,
      `{ a ${repeat(4, () => '@include(if: true)')} }`,
      '4 directives; the limit is 3.',
    ],
  ];
  test.each(rows)('%s', (_, within, above, message) => {
    expect(problems(within)).toEqual([]);
    expect(problems(above).join()).toContain(message);
  });
});

describe('counting', () => {
  test('ends where a fragment spreads itself', () => {
    expect(problems('{ ...F } fragment F on Query { a ...F }')).toEqual([]);
  });

  test('costs no more than the text where fragments double at each level', () => {
    const levels = 60;
    const fragments = repeat(levels, (i) => `fragment F${i} on Query { x: q { ...F${i + 1} } y: q { ...F${i + 1} } }`);
    const startedAt = performance.now();
    const found = problems(`{ ...F0 } ${fragments} fragment F${levels} on Query { a }`);
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(found.join()).toContain('levels of fields');
  });

  test('lets the introspection of tools pass by the standard limits, and no endless one', () => {
    expect(problems(getIntrospectionQuery(), OPERATION_LIMITS)).toEqual([]);
    const endless = `{ __schema { types { ${'ofType { '.repeat(30)} name ${'} '.repeat(30)} } } }`;
    expect(problems(endless, OPERATION_LIMITS).join()).toContain('levels of introspection');
  });
});
