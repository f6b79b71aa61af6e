import { describe, expect, test } from '@jest/globals';
import type { PolicyClaim } from '../../../enclave/policyLanguage/claims.js';
import { issued, outcomeOf, refusalOf, service, verdictOf } from './judge.js';

const set = (type: string, ...values: PolicyClaim['value'][]): PolicyClaim[] =>
  values.map((value) => service(type, value));

/** The values of the claims that one expression gives. */
const valuesOf = (expression: string, claims: readonly PolicyClaim[] = []): PolicyClaim['value'][] =>
  issued(`=>issue(type="r",value=${expression});`, claims).map(([, value]) => value);
const text = (value: string): string => `"${value.replaceAll(/["\\]/g, '\\$&')}"`;

describe('JmesPath', () => {
  test.each([
    ['{"foo": "bar"}', 'foo', '"bar"'],
    ['{"foo": "bar"}', 'nothing', 'null'],
    ['{"values": [0,1,2]}', 'values[2]', '2'],
    ['[{"a":1},{"a":2}]', '[?a > `1`].a', '[2]'],
    ['[true,false]', '[*]', '[true,false]'],
  ])('of %s and %s is the JSON text %s', (json, query, answer) => {
    expect(valuesOf(`JmesPath(${text(json)}, ${text(query)})`)).toEqual([answer]);
  });

  test('takes document and query from claims', () => {
    const claims = [service('json', '{"values":[0,1,2]}'), service('query', 'values[1]')];
    const rule = 'c1:[type=="json"]&&c2:[type=="query"]=>issue(type="r",value=JmesPath(c1.value,c2.value));';
    expect(issued(rule, claims)).toEqual([['r', '1']]);
  });

  test('applies to each of several claims', () => {
    const rule = 'c:[type=="json"]=>issue(type="r",value=JmesPath(c.value,"a"));';
    expect(issued(rule, set('json', '{"a":1}', '{"a":2}'))).toEqual([
      ['r', '1'],
      ['r', '2'],
    ]);
  });

  test.each([
    ['an integer', 'JmesPath(1, "a")', 'takes one string, not Integer'],
    ['a query that is none', 'JmesPath("{}", true)', 'takes one string, not Boolean'],
    ['an empty text', 'JmesPath("", "a")', 'is not JSON'],
    ['a text that is no JSON', 'JmesPath("abc", "a")', 'is not JSON'],
    ['an empty query', 'JmesPath("{}", "")', 'JMESPath query fails'],
    ['a query with a mistake', 'JmesPath("{}", "a[")', 'JMESPath query fails'],
    ['an unknown function', 'JmesPath("{}", "foo(@)")', 'no JMESPath function foo'],
    ['an argument of another type', 'JmesPath("{}", "abs(@)")', 'JMESPath query fails'],
  ])('refuses %s', (_name, expression, message) => {
    const refusal = refusalOf(() => valuesOf(expression));
    expect(refusal?.code).toBe('BAD_INPUT');
    expect(refusal?.message).toContain(message);
  });
});

describe('JsonToClaimValue', () => {
  test.each<[string, PolicyClaim['value'][]]>([
    ['100', [100]],
    ['-1', [-1]],
    ['true', [true]],
    ['"abc"', ['abc']],
    ['"100"', ['100']],
    ['null', []],
    ['[]', []],
    ['[0,"abc",true]', [0, 'abc', true]],
    ['[1,1]', [1, 1]],
    ['[null,1]', [1]],
  ])('of %s makes %j', (json, values) => {
    expect(valuesOf(`JsonToClaimValue(${text(json)})`)).toEqual(values);
  });

  test('unwraps what JmesPath gives', () => {
    expect(valuesOf('JsonToClaimValue(JmesPath("{\\"foo\\":\\"bar\\"}", "foo"))')).toEqual(['bar']);
  });

  test.each([
    ['a fraction', '1.5', 'takes integers'],
    ['a fraction in an array', '[1,1.5]', 'takes integers'],
    ['an integer beyond the bound', '9007199254740993', 'takes integers'],
    ['an object', '{}', 'takes no object'],
    ['an object in an array', '[{}]', 'takes no object'],
    ['an array in an array', '[[1]]', 'takes no array in an array'],
    ['what is not JSON', 'abc', 'is not JSON'],
  ])('refuses %s', (_name, json, message) => {
    const refusal = refusalOf(() => valuesOf(`JsonToClaimValue(${text(json)})`));
    expect(refusal?.code).toBe('BAD_INPUT');
    expect(refusal?.message).toContain(message);
  });

  test('refuses a boolean and an integer', () => {
    expect(refusalOf(() => valuesOf('JsonToClaimValue(true)'))?.message).toContain('takes one string');
    expect(refusalOf(() => valuesOf('JsonToClaimValue(1)'))?.message).toContain('takes one string');
  });

  test('of null in a condition matches nothing, and not everything', () => {
    const claims = [service('a', 1)];
    for (const operator of ['==', '!=', '<', '>'])
      expect(verdictOf(`[value${operator}JsonToClaimValue("null")]=>permit();`, claims)).toBe('POLICY_DENIED');
  });

  test('of several values in a condition is refused', () => {
    expect(verdictOf('[value==JsonToClaimValue("[1,2]")]=>permit();', [service('a', 1)])).toBe('BAD_INPUT');
    expect(verdictOf('[value==JsonToClaimValue("[1]")]=>permit();', [service('a', 1)])).toBe('permitted');
  });
});

describe('IsSubsetOf', () => {
  const rule = 'a:[type=="a"]&&b:[type=="b"]=>issue(type="r",value=IsSubsetOf(a.value,b.value));';
  test.each<[string, PolicyClaim['value'][], PolicyClaim['value'][], boolean]>([
    ['a part', ['abc', 100], [true, 'abc', 100], true],
    ['the same', [1, 2], [2, 1], true],
    ['more', [1, 2, 3], [1, 2], false],
    ['another type', ['100'], [100], false],
    ['duplicates', [1, 1], [1], true],
  ])('of %s', (_name, a, b, expected) => {
    expect(issued(rule, [...set('a', ...a), ...set('b', ...b)])).toEqual([['r', expected]]);
  });

  test('of an empty set is true', () => {
    expect(valuesOf('IsSubsetOf(JsonToClaimValue("[]"), 1)')).toEqual([true]);
  });

  test('takes literals and results', () => {
    expect(valuesOf('IsSubsetOf(1, JsonToClaimValue("[1,2]"))')).toEqual([true]);
    expect(valuesOf('IsSubsetOf(JsonToClaimValue("[1,3]"), JsonToClaimValue("[1,2]"))')).toEqual([false]);
  });
});

describe('ContainsOnlyValue', () => {
  const rule = 'c:[type=="set"]=>issue(type="r",value=ContainsOnlyValue(c.value,100));';
  test.each<[string, PolicyClaim['value'][], boolean]>([
    ['that value', [100], true],
    ['that value twice', [100, 100], true],
    ['that value and another', [100, 101], false],
    ['another', [101], false],
    ['another type', ['100'], false],
  ])('of %s', (_name, values, expected) => {
    expect(issued(rule, set('set', ...values))).toEqual([['r', expected]]);
  });

  test('of an empty set is false', () => {
    expect(valuesOf('ContainsOnlyValue(JsonToClaimValue("[]"), true)')).toEqual([false]);
  });

  test('compares with one value', () => {
    expect(refusalOf(() => valuesOf('ContainsOnlyValue(1, JsonToClaimValue("[1,1]"))'))?.message).toContain(
      'one value',
    );
    expect(refusalOf(() => valuesOf('ContainsOnlyValue(1, JsonToClaimValue("[]"))'))?.message).toContain('one value');
  });

  test('judges the claims that belong to each claim that the action names', () => {
    const claims = [...set('group', 'String', 'Integer'), ...set('member', 'x', 1, 1)];
    const rule =
      'g:[type=="group"]&&m:[type=="member",valueType==g.value]=>issue(type=g.value,value=ContainsOnlyValue(m.value,1));';
    expect(issued(rule, claims)).toEqual([
      ['String', false],
      ['Integer', true],
    ]);
  });

  test('in a condition means all claims that match', () => {
    const condition = 'c:[type=="set"]&&[type=="flag",value==ContainsOnlyValue(c.value,1)]=>permit();';
    const flag = service('flag', true);
    expect(verdictOf(condition, [...set('set', 1, 1), flag])).toBe('permitted');
    expect(verdictOf(condition, [...set('set', 1, 2), flag])).toBe('POLICY_DENIED');
  });
});

describe('AppendString and NegateBool', () => {
  test('AppendString puts the second behind the first', () => {
    expect(valuesOf('AppendString("abc","xyz")')).toEqual(['abcxyz']);
    expect(valuesOf('AppendString("","")')).toEqual(['']);
    expect(valuesOf('AppendString(AppendString("a","b"),"c")')).toEqual(['abc']);
  });

  test('NegateBool negates', () => {
    expect(valuesOf('NegateBool(true)')).toEqual([false]);
    expect(valuesOf('NegateBool(NegateBool(true))')).toEqual([true]);
  });

  test.each([
    ['AppendString("a",1)', 'takes one string, not Integer'],
    ['AppendString(true,"a")', 'takes one string, not Boolean'],
    ['AppendString("a",JsonToClaimValue("null"))', 'takes one string, not 0'],
    ['NegateBool("true")', 'takes one boolean, not String'],
    ['NegateBool(0)', 'takes one boolean, not Integer'],
    ['NegateBool(JsonToClaimValue("[true,true]"))', 'takes one boolean, not 2'],
  ])('%s is refused', (expression, message) => {
    const refusal = refusalOf(() => valuesOf(expression));
    expect(refusal?.code).toBe('BAD_INPUT');
    expect(refusal?.message).toContain(message);
  });
});

describe('read-only claims', () => {
  const claims = [
    service('pcrs', '{"a":"b","list":[1]}', { readOnly: true }),
    service('name', 'pcrs'),
    service('flag', true, { readOnly: true }),
  ];
  const pcrs = 'c:[type=="pcrs"]';
  test.each([
    ['a copy', `${pcrs}=>issue(claim=c);`],
    ['its value', `${pcrs}=>issue(type="a",value=c.value);`],
    ['its value as a type', `${pcrs}=>issue(type=c.value,value=1);`],
    ['a query of it', `${pcrs}=>issue(type="a",value=JmesPath(c.value,"a"));`],
    ['a query by it', `${pcrs}=>issue(type="a",value=JmesPath("{}",AppendString("a",JmesPath(c.value,"b"))));`],
    ['a value of a query of it', `${pcrs}=>issue(type="a",value=JsonToClaimValue(JmesPath(c.value,"a")));`],
    ['a text with it', `${pcrs}=>issue(type="a",value=AppendString("x",c.value));`],
    ['its negation', 'c:[type=="flag"]=>issue(type="a",value=NegateBool(c.value));'],
    ['what a rule added of it', `${pcrs}=>add(type="a",value=c.value);d:[type=="a"]=>issue(type="b",value=d.value);`],
    ['a copy that a rule added', `${pcrs}=>add(claim=c);d:[issuer=="AttestationPolicy"]=>issue(claim=d);`],
    ['a property', `${pcrs}=>issueproperty(type="a",value=c.value);`],
  ])('%s cannot be issued', (_name, rules) => {
    expect(refusalOf(() => outcomeOf(rules, claims))).toMatchObject({ code: 'BAD_INPUT' });
    expect(refusalOf(() => outcomeOf(rules, claims))?.message).toContain('read-only');
  });

  test.each([
    ['whether they are a subset', `${pcrs}=>issue(type="a",value=IsSubsetOf(c.value,c.value));`, true],
    ['whether they are a value', `${pcrs}=>issue(type="a",value=ContainsOnlyValue(c.value,"x"));`, false],
    ['what their presence says', `${pcrs}=>issue(type="a",value=true);`, true],
    ['another claim that they confirm', `${pcrs}&&n:[type=="name",value==c.type]=>issue(claim=n);`, 'pcrs'],
  ])('%s can be issued', (_name, rules, value) => {
    expect(issued(rules, claims).map(([, each]) => each)).toEqual([value]);
  });

  test('can be added and compared', () => {
    const rules = `${pcrs}=>add(type="ok",value=JsonToClaimValue(JmesPath(c.value,"a == 'b'")));[type=="ok",value==true]=>permit();`;
    expect(verdictOf(rules, claims)).toBe('permitted');
  });
});

describe('a claim that a function makes', () => {
  test.each([
    [
      'has one type',
      '=>issue(type=JsonToClaimValue("[\\"a\\",\\"b\\"]"),value=1);',
      'the type of a claim is one string',
    ],
    ['has a type', '=>issue(type=JsonToClaimValue("null"),value=1);', 'the type of a claim is one string'],
    [
      'has a type that is a string',
      '=>issue(type=JsonToClaimValue("1"),value=1);',
      'the type of a claim is one string',
    ],
    ['has a type that is not empty', '=>issue(type=AppendString("",""),value=1);', 'the type of a claim is one string'],
    [
      'has the valueType that is stated',
      '=>issue(type="a",value=JsonToClaimValue("1"),valueType="String");',
      'is Integer, and the rule says String',
    ],
  ])('%s', (_name, rule, message) => {
    expect(refusalOf(() => outcomeOf(rule))?.message).toContain(message);
  });

  test('may state its valueType', () => {
    expect(issued('=>issue(type="a",value=JsonToClaimValue("1"),valueType="Integer");')).toEqual([['a', 1]]);
  });
});
