import { search, type JSONValue } from '@jmespath-community/jmespath';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_EVALUATION_LIMITS, Work } from '../../../enclave/policyLanguage/evaluationLimits.js';
import { EvaluationError } from '../../../enclave/policyLanguage/evaluationError.js';
import { JmesPath } from '../../../enclave/policyLanguage/jmesPath.js';

const query = (document: unknown, text: string): unknown =>
  JSON.parse(new JmesPath(new Work(DEFAULT_EVALUATION_LIMITS)).query(JSON.stringify(document), text));

function errorOf(document: unknown, text: string): string {
  try {
    return `accepted: ${String(query(document, text))}`;
  } catch (error) {
    if (error instanceof EvaluationError) return error.message;
    throw error;
  }
}

const events = {
  Events: [
    { Kind: 'TAG', Pcr: 12, Data: { Path: 'C:\\Windows\\a.sys', On: true } },
    { Kind: 'TAG', Pcr: 13, Data: { Path: 'b.sys', On: false } },
    { Kind: 'SEPARATOR', Pcr: 12, Data: null },
  ],
};

describe('a query', () => {
  test.each<[string, unknown, unknown]>([
    ['Events[0].Kind', events, 'TAG'],
    ['Events[-1].Kind', events, 'SEPARATOR'],
    ["Events[?Kind == 'TAG' && (Pcr == `12` || Pcr == `14`)].Data.On", events, [true]],
    ['Events[*].Data.Path | [0]', events, 'C:\\Windows\\a.sys'],
    ['Events[].Pcr', events, [12, 13, 12]],
    ['Events[?Pcr >= `13`] | length(@) == `1` && @[0] | @.{P:Pcr, Q:Missing}', events, { P: 13, Q: null }],
    ["Events[?equals_ignore_case(Data.Path, 'c:\\windows\\A.SYS')].Pcr", events, [12]],
    ['Events[?Data != `null`] | length(@)', events, 2],
    ['Events[1:].Pcr', events, [13, 12]],
    ['Events[::-1].Pcr', events, [12, 13, 12]],
    ['*[].Pcr', events, [12, 13, 12]],
    ['Events[?!Data].Kind', events, ['SEPARATOR']],
    ['keys(Events[0])', events, ['Kind', 'Pcr', 'Data']],
    ['sort(@)', [10, 9, 1, 100], [1, 9, 10, 100]],
    ['sort(@)', ['b', 'a', 'B'], ['B', 'a', 'b']],
    [
      'sort_by(@, &a)[*].b',
      [
        { a: 2, b: 1 },
        { a: 1, b: 2 },
        { a: 2, b: 3 },
      ],
      [2, 1, 3],
    ],
    ['max(@)', [1, 20, 3], 20],
    ['min(@)', ['b', 'a'], 'a'],
    ['max(@)', [], null],
    [
      'max_by(@, &a).b',
      [
        { a: 'x', b: 1 },
        { a: 'z', b: 2 },
      ],
      2,
    ],
    [
      'min_by(@, &a).b',
      [
        { a: 'x', b: 1 },
        { a: 'z', b: 2 },
      ],
      1,
    ],
    ['to_number(@)', '', null],
    ['to_number(@)', '0x10', null],
    ['to_number(@)', '-1.5e1', -15],
    ['map(&a, @)', [{ a: 1 }, {}], [1, null]],
    ["join(', ', @)", ['a', 'b'], 'a, b'],
    ['merge(@, `{"b": 2}`)', { a: 1, b: 1 }, { a: 1, b: 2 }],
    ['a == b', { a: { x: [1, null] }, b: { x: [1, null] } }, true],
    ['a == b', { a: { x: 1 }, b: { y: 1 } }, false],
    ['a < b', { a: 'x', b: 'y' }, null],
  ])('%s of %j', (text, document, answer) => {
    expect(query(document, text)).toEqual(answer);
  });

  test('sees the members of the document only', () => {
    for (const text of ['constructor', '__proto__', 'toString', '@.__proto__.constructor', 'length'])
      expect(query({ a: 1 }, text)).toBeNull();
    expect(query(JSON.parse('{"__proto__":{"a":1}}'), '__proto__.a')).toBe(1);
  });

  test('is not changed by a document that looks like a query', () => {
    const document = { a: { expref: true, type: 'Literal', value: 'forged' }, b: [1, 2] };
    expect(errorOf(document, 'map(a, b)')).toContain('takes a part of the document for a query');
    expect(errorOf(document, 'max_by(b, a)')).toContain('takes a part of the document for a query');
    expect(query(document, 'a.value')).toBe('forged');
  });
});

describe('what JMESPath does not have is refused', () => {
  test.each([
    ['let', 'let $a = @ in $a'],
    ['the root', '$'],
    ['arithmetic', '`1` + `2`'],
    ['a choice', 'a ? b : c'],
    ['pad_left', 'pad_left(@, `100`)'],
    ['replace', "replace(@, 'a', 'b')"],
    ['group_by', 'group_by(@, &a)'],
    ['a function that objects have', 'toString(@)'],
    ['an expression as a value', '&a'],
    ['an expression in a list', '[&a]'],
    ['two expressions', 'a b'],
    ['an operator at the end', 'a &&'],
  ])('%s', (_name, text) => {
    expect(errorOf({ a: 1 }, text)).not.toMatch(/^accepted/);
  });
});

describe('a bound that is exceeded is refused', () => {
  const list = (length: number): number[] => Array.from({ length }, (_, index) => index);
  test.each<[string, unknown, string, string]>([
    ['characters of a query', {}, `a${' '.repeat(4_096)}`, 'at most 4096 characters'],
    ['tokens', {}, '!'.repeat(2_000) + '@', 'tokens'],
    ['open parentheses', {}, '('.repeat(4_000), 'tokens'],
    ['parts in parts', {}, `a${'.a'.repeat(200)}`, 'nests at most 128 deep'],
    ['an answer that doubles', {}, `[@,@]${'|[@,@]'.repeat(60)}`, 'characters, and 1048576 is the most'],
    ['an answer that doubles in names', {}, `{a:@,b:@}${'|{a:@,b:@}'.repeat(60)}`, 'characters'],
    ['a list that grows', list(1_000), `[@,@][]${'|[@,@][]'.repeat(60)}`, '1048576 is the most'],
    ['a long separator', list(1_000).map(String), `join('${'x'.repeat(4_000)}', @)`, '1048576 is the most'],
  ])('%s', (_name, document, text, message) => {
    expect(errorOf(document, text)).toContain(message);
  });

  test('work', () => {
    const nested = { a: list(300).map(() => list(300)) };
    const text = Array(30).fill('(a[] | [?@ == `1`] | length(@))').join(' && ');
    expect(errorOf(nested, text)).toContain('steps');
  });

  test('a text that is looked for in a long one', () => {
    const document = { a: 'a'.repeat(400_000), b: `b${'a'.repeat(200_000)}` };
    expect(errorOf(document, 'contains(a, b)')).toContain('steps');
  });

  test('depth of a document', () => {
    const jmesPath = new JmesPath(new Work(DEFAULT_EVALUATION_LIMITS));
    const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(jmesPath.query(deep(100), 'length(@)')).toBe('1');
    expect(() => jmesPath.query(deep(200), '@')).toThrow('JSON nests at most 128 deep');
    expect(() => jmesPath.query(deep(500_000), '@')).toThrow(EvaluationError);
  });
});

describe('any', () => {
  const expression = fc.letrec<Record<'any' | 'leaf' | 'tree', string>>((tie) => ({
    leaf: fc.constantFrom('a', 'b', 'c', '@', '*', '`1`', "'x'", '`null`', '`{"a":[1]}`', '[0]', '[*]', '[]', '[1:]'),
    tree: fc.oneof(
      fc
        .tuple(tie('any'), fc.constantFrom('.', ' | ', ' || ', ' && ', ' == ', ' != ', ' < '), tie('any'))
        .map(([a, o, b]) => `${a}${o}${b}`),
      tie('any').map((a) => `!${a}`),
      tie('any').map((a) => `(${a})`),
      tie('any').map((a) => `[?${a}]`),
      tie('any').map((a) => `${a}[]`),
      fc.tuple(tie('any'), tie('any')).map(([a, b]) => `[${a}, ${b}]`),
      tie('any').map((a) => `{a: ${a}}`),
      fc
        .tuple(
          fc.constantFrom('length', 'keys', 'values', 'type', 'to_array', 'not_null', 'to_string', 'sum'),
          tie('any'),
        )
        .map(([f, a]) => `${f}(${a})`),
      fc.tuple(tie('any'), tie('any')).map(([a, b]) => `map(&${a}, ${b})`),
    ),
    any: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('tree')),
  })).any;
  const key = fc.constantFrom('a', 'b', 'c');
  const document = fc.letrec<Record<'value', JSONValue>>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<JSONValue[]>(null, true, 0, 1, 'x', ''),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value')) as fc.Arbitrary<JSONValue>,
    ),
  })).value;

  test('query of any document has the library’s answer', () => {
    fc.assert(
      fc.property(document, expression, (value, text) => {
        const plain = JSON.parse(JSON.stringify(value)) as JSONValue;
        let wanted: string;
        try {
          wanted = JSON.stringify(search(plain, text));
        } catch {
          expect(errorOf(plain, text)).toContain('JMESPath query');
          return;
        }
        expect(JSON.stringify(query(plain, text))).toBe(wanted);
      }),
      { numRuns: 1_000, seed: 1 },
    );
  });

  test('text is a query or refused', () => {
    const noise = fc.string({ unit: fc.constantFrom(...Array.from('ab@[]{}().,:?*&|!=<>`\'"\\ -0')), maxLength: 40 });
    fc.assert(
      fc.property(document, noise, (value, text) => {
        expect(typeof errorOf(value, text)).toBe('string');
      }),
      { numRuns: 2_000, seed: 2 },
    );
  });
});
