import { describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery, parse } from 'graphql';
import {
  OPERATION_LIMITS,
  requireBoundedDocument,
  type OperationLimits,
} from '../../../gateway/http/operationLimits.js';
import { measureDocument } from '../../../gateway/http/operationSize.js';
import { parseDocument } from '../../../gateway/http/parseDocument.js';

const LIMITS: OperationLimits = {
  tokens: 100,
  depth: 4,
  introspectionDepth: 5,
  introspectionLists: 2,
  aliases: 3,
  rootFields: 5,
  fields: 8,
  duplicateFields: 2,
  fragments: 2,
  directives: 4,
  directivesPerNode: 2,
  listItems: 3,
};
const problem = (source: string, limits = LIMITS): string => {
  try {
    requireBoundedDocument(parse(source), limits);
    return '';
  } catch (thrown) {
    return (thrown as Error).message;
  }
};
const nested = (levels: number, inner = 'a') => `${'{ q '.repeat(levels - 1)}{ ${inner} }${' }'.repeat(levels - 1)}`;
const repeat = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

describe('a document within its limits passes, one above is refused', () => {
  test.each<[what: string, within: string, above: string, message: string]>([
    ['depth', nested(4), nested(5), '5 levels of fields; the limit is 4.'],
    [
      'depth through fragments',
      '{ q { ...F } } fragment F on Q { q { a } }',
      '{ q { ...F } } fragment F on Q { q { ...G } } fragment G on Q { q { q { a } } }',
      '5 levels of fields',
    ],
    [
      'depth through inline fragments',
      '{ ... { q { q { q } } } }',
      '{ q { ... on Q { q { q { q { q } } } } } }',
      '5 levels',
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
      '4 aliases',
    ],
    [
      'aliases of fragments that are spread again',
      '{ q { ...F } } fragment F on Q { x: a y: a }',
      '{ q { ...F } r { ...F } } fragment F on Q { x: a y: a }',
      '4 aliases',
    ],
    ['root fields', '{ a b c d e }', '{ a b c d e f }', '6 root fields'],
    [
      'root fields in fragments',
      '{ ...F } fragment F on Q { a b c d e }',
      '{ a ...F ... { f } } fragment F on Q { b c d e }',
      '6 root fields',
    ],
    ['fields', '{ a b c q { d e f g } }', '{ a b c q { d e f g h } }', '9 fields; the limit is 8.'],
    [
      'fields of fragments that are spread again',
      '{ q { ...F } } fragment F on Q { a b c d e f g }',
      '{ q { ...F } r { ...F } } fragment F on Q { a b c d e }',
      '12 fields',
    ],
    ['fields that are asked again', '{ a a a }', '{ a a a a }', '3 fields that are asked again'],
    ['fields under one alias that are asked again', '{ x: a x: a }', '{ x: a x: a y: b y: b y: b }', '5 aliases'],
    [
      'fragments',
      '{ ...F ...G } fragment F on Q { a } fragment G on Q { b }',
      '{ ...F ...G ...H } fragment F on Q { a } fragment G on Q { b } fragment H on Q { c }',
      '3 fragments; the limit is 2.',
    ],
    ['directives', '{ a @x @x b @x @x }', '{ a @x @x b @x @x c @x }', '5 directives; the limit is 4.'],
    ['directives of one field', '{ a @x @x }', '{ a @x @x @x }', '3 directives in one place'],
    ['directives of an operation', 'query A @x @x { a }', 'query A @x @x @x { a }', '3 directives in one place'],
    [
      'directives of a variable',
      'query A($v: I @x @x) { a }',
      'query A($v: I @x @x @x) { a }',
      '3 directives in one place',
    ],
    [
      'directives of a spread',
      '{ ...F @x @x } fragment F on Q { a }',
      '{ ...F @x @x @x } fragment F on Q { a }',
      '3 directives in one place',
    ],
    [
      'directives of a fragment that nothing spreads',
      '{ a } fragment F on Q @x @x { b }',
      '{ a } fragment F on Q @x @x @x { b }',
      '3 directives in one place',
    ],
    ['entries of a list', '{ a(x: [1, 2, 3]) }', '{ a(x: [1, 2, 3, 4]) }', '4 entries in one list; the limit is 3.'],
    ['entries of a list in an object', '{ a(x: { y: [1, 2] }) }', '{ a(x: { y: [[1], [1, 2, 3, 4]] }) }', '4 entries'],
    ['entries of a default', 'query ($v: [I] = [1]) { a }', 'query ($v: [I] = [1, 2, 3, 4]) { a }', '4 entries'],
    ['entries in a directive', '{ a @x(y: [1]) }', '{ a @x(y: [1, 2, 3, 4]) }', '4 entries'],
    [
      'levels of introspection',
      '{ __schema { a { b { c { d } } } } }',
      '{ __schema { a { b { c { d { e } } } } } }',
      '6 levels of introspection',
    ],
    [
      'lists of introspection',
      '{ __type { fields { type { interfaces { n } } } } }',
      '{ __type { fields { interfaces { possibleTypes } } } }',
      '3 lists of introspection',
    ],
    [
      'lists of introspection in fragments',
      '{ __schema { types { ...F } } } fragment F on T { fields }',
      '{ __schema { types { ...F } } } fragment F on T { fields { inputFields { fields } } }',
      '3 lists of introspection',
    ],
  ])('%s', (_what, within, above, message) => {
    expect(problem(within)).toBe('');
    expect(problem(above)).toContain(message);
  });

  test('in every operation of the document, not only in the one that is asked for', () => {
    expect(problem(`query A { a } query B ${nested(5)}`)).toContain('5 levels of fields');
  });

  test('and every bound that is passed is named', () => {
    const message = problem(`{ ${repeat(9, (i) => `x${i}: a`)} }`);
    expect(message).toContain('9 aliases');
    expect(message).toContain('9 root fields');
    expect(message).toContain('9 fields');
  });
});

describe('counting', () => {
  test('ends where fragments spread themselves or one another', () => {
    expect(problem('{ ...F } fragment F on Q { a ...F }')).toBe('');
    expect(problem('{ ...F } fragment F on Q { a ...G } fragment G on Q { b ...F }')).toBe('');
    expect(problem('{ ...F }')).toBe('');
  });

  test('does not write out fragments that double at each level', () => {
    const levels = 100;
    const fragments = repeat(levels, (i) => `fragment F${i} on Q { x: q { ...F${i + 1} } y: q { ...F${i + 1} } }`);
    const document = parse(`{ ...F0 } ${fragments} fragment F${levels} on Q { a }`);
    const size = measureDocument(document);
    expect(size.fields).toBeGreaterThan(2 ** 100);
    expect(size.depth).toBe(levels + 1);
    expect(problem(`{ ...F0 } ${fragments} fragment F${levels} on Q { a }`)).toContain('over a million fields');
  });

  test('tells introspection, in whatever fragment it is', () => {
    expect(measureDocument(parse('{ a { __typename } }')).isIntrospection).toBe(false);
    expect(measureDocument(parse('{ x: __schema { a } }')).isIntrospection).toBe(true);
    expect(measureDocument(parse('{ ...F } fragment F on Q { ... { y: __type { a } } }')).isIntrospection).toBe(true);
  });

  test('does not take fields of patients for lists of introspection', () => {
    const { introspectionLists } = measureDocument(parse('{ fields { fields { fields { fields } } } }'));
    expect(introspectionLists).toBe(0);
  });
});

describe('the standard limits', () => {
  test('let pass what GraphiQL and code generators ask', () => {
    const everything = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    expect(problem(everything, OPERATION_LIMITS)).toBe('');
    expect(() => parseDocument(everything, OPERATION_LIMITS.tokens)).not.toThrow();
  });

  test('stop introspection that goes round in circles', () => {
    const circle = `{ __schema { types { ${'fields { type { '.repeat(4)} name ${'} } '.repeat(4)} } } }`;
    expect(problem(circle, OPERATION_LIMITS)).toContain('lists of introspection');
    const chain = `{ __schema { types { ${'ofType { '.repeat(30)} name ${'} '.repeat(30)} } } }`;
    expect(problem(chain, OPERATION_LIMITS)).toContain('levels of introspection');
  });
});

describe('parsing', () => {
  test('ends at the first token too many', () => {
    expect(() => parseDocument('{ a b c }', 5)).not.toThrow();
    expect(() => parseDocument('{ a b c d }', 5)).toThrow(expect.objectContaining({ code: 'OPERATION_TOO_COMPLEX' }));
  });

  test('survives what is nested more deeply than the stack', () => {
    const deep = `{ a(x: ${'['.repeat(200_000)}`;
    expect(() => parseDocument(deep, 1e6)).toThrow(expect.objectContaining({ code: 'OPERATION_TOO_COMPLEX' }));
  });

  test('reports other mistakes as they are', () => {
    expect(() => parseDocument('{ a', 100)).toThrow('Syntax Error');
  });
});
