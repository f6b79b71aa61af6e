import { describe, expect, test } from '@jest/globals';
import { configurationOf, evaluateAttestationPolicy } from '../../../enclave/policyLanguage/evaluatePolicy.js';
import { DEFAULT_EVALUATION_LIMITS } from '../../../enclave/policyLanguage/evaluationLimits.js';
import { parseAttestationPolicy } from '../../../enclave/policyLanguage/parsePolicy.js';
import type { PolicyClaim } from '../../../enclave/policyLanguage/claims.js';
import { issued, outcomeOf, refusalOf, service, verdictOf } from './judge.js';

const custom = (type: string, value: PolicyClaim['value']): PolicyClaim => ({ type, value, issuer: 'CustomClaim' });

describe('authorization rules', () => {
  const debug = [service('debug', true)];
  test.each([
    ['permit without a condition', '=>permit();', 'permitted'],
    ['permit where the condition holds', '[type=="debug"]=>permit();', 'permitted'],
    ['do not permit where it does not hold', '[type=="other"]=>permit();', 'POLICY_DENIED'],
    ['do not permit without a rule', '', 'POLICY_DENIED'],
    ['do not permit by adding a claim', '=>add(type="a",value=1);', 'POLICY_DENIED'],
    ['deny after a permit', '=>permit();=>deny();', 'POLICY_DENIED'],
    ['deny before a permit', '=>deny();=>permit();', 'POLICY_DENIED'],
    ['deny where the condition holds', '=>permit();[type=="debug"]=>deny();', 'POLICY_DENIED'],
    ['do not deny where it does not hold', '=>permit();[type=="other"]=>deny();', 'permitted'],
    ['are joined by or', '[type=="other"]=>permit();[type=="debug"]=>permit();', 'permitted'],
    ['see claims that rules before them add', '=>add(type="a",value=1);[type=="a"]=>permit();', 'permitted'],
    ['do not see claims of later rules', '[type=="a"]=>permit();=>add(type="a",value=1);', 'POLICY_DENIED'],
    ['see claims that rules before them issue', '=>issue(type="a",value=1);[type=="a"]=>permit();', 'permitted'],
  ])('%s', (_name, rules, verdict) => {
    expect(verdictOf(rules, debug)).toBe(verdict);
  });

  test.each([
    ['a permit in the second section permits', 'authorizationrules{};authorizationrules{=>permit();};', 'permitted'],
    [
      'a deny in the second section denies',
      'authorizationrules{=>permit();};authorizationrules{=>deny();};',
      'POLICY_DENIED',
    ],
    ['a policy without sections denies', '', 'POLICY_DENIED'],
  ])('%s', (_name, sections, verdict) => {
    const policy = parseAttestationPolicy(`version=1.0;${sections}`);
    expect(refusalOf(() => evaluateAttestationPolicy(policy, []))?.code ?? 'permitted').toBe(verdict);
  });

  test('put no claim into the result, and leave theirs to issuance', () => {
    const policy = parseAttestationPolicy(
      `version=1.0;authorizationrules{=>permit();=>issue(type="a",value=1);=>add(type="b",value=2);};
       issuancerules{c:[]=>issue(type="seen",value=c.type);};`,
    );
    expect(evaluateAttestationPolicy(policy, []).issued.map(({ type, value }) => [type, value])).toEqual([
      ['seen', 'a'],
      ['seen', 'b'],
    ]);
  });
});

describe('one condition', () => {
  const claims = [
    service('flag', true),
    service('count', 5),
    service('text', 'five'),
    custom('own', 'five'),
    service('zero', 0),
    service('empty', ''),
  ];
  test.each([
    ['[type=="flag"]', true],
    ['[type=="Flag"]', false],
    ['[type="flag"]', true],
    ['[type!="flag"]', true],
    ['[type=="flag",value==true]', true],
    ['[type=="flag",value=true]', true],
    ['[type=="flag",value==false]', false],
    ['[type=="flag",value!=false]', true],
    ['[type=="flag",value=="true"]', false],
    ['[type=="flag",value!="true"]', true],
    ['[type=="flag",value==1]', false],
    ['[type=="zero",value==false]', false],
    ['[type=="empty",value==false]', false],
    ['[type=="empty",value==""]', true],
    ['[type=="count",value==5]', true],
    ['[type=="count",value=="5"]', false],
    ['[type=="count",value!=5]', false],
    ['[type=="count",value<5]', false],
    ['[type=="count",value<=5]', true],
    ['[type=="count",value>5]', false],
    ['[type=="count",value>=5]', true],
    ['[type=="count",value>-6]', true],
    ['[type=="text",value<5]', false],
    ['[type=="text",value>=0]', false],
    ['[type=="flag",value>=0]', false],
    ['[type=="text",value=="five"]', true],
    ['[type=="text",value=="Five"]', false],
    ['[type=="flag",valueType=="Boolean"]', true],
    ['[type=="count",valueType=="Integer"]', true],
    ['[type=="text",valueType=="String"]', true],
    ['[type=="text",valueType=="Integer"]', false],
    ['[type=="own",issuer=="CustomClaim"]', true],
    ['[type=="own",issuer=="AttestationService"]', false],
    ['[type=="own"]', true],
    ['[issuer=="AttestationPolicy"]', false],
    ['[]', true],
    ['![type=="flag"]', false],
    ['![type=="absent"]', true],
    ['![type=="flag",value==false]', true],
    ['![]', false],
  ])('%s holds: %s', (condition, holds) => {
    expect(verdictOf(`${condition}=>permit();`, claims)).toBe(holds ? 'permitted' : 'POLICY_DENIED');
  });

  test('without claims, a condition fails and an absent one holds', () => {
    expect(verdictOf('[]=>permit();')).toBe('POLICY_DENIED');
    expect(verdictOf('![]=>permit();')).toBe('permitted');
  });
});

describe('conditions together', () => {
  const claims = [custom('name', 'a'), custom('name', 'b'), service('name', 'b'), service('name', 'c')];
  test.each([
    ['all must hold', '[value=="a"]&&[value=="b"]', true],
    ['one that does not hold suffices', '[value=="a"]&&[value=="z"]', false],
    ['one claim may satisfy several', '[value=="a"]&&[type=="name",value=="a"]', true],
    ['a claim is found by another', 'c:[issuer=="CustomClaim"]&&[issuer=="AttestationService",value==c.value]', true],
    ['a claim is not found by another', 'c:[value=="a"]&&[issuer=="AttestationService",value==c.value]', false],
    ['in either order', '[issuer=="AttestationService",value==c.value]&&c:[issuer=="CustomClaim"]', true],
    ['by its type', 'c:[value=="a"]&&[type==c.type,value=="b"]', true],
    ['by its issuer', 'c:[value=="a"]&&[issuer==c.issuer,value=="c"]', false],
    ['a claim is absent beside another', 'c:[value=="a"]&&![issuer=="AttestationService",value==c.value]', true],
    ['a claim is not absent beside another', 'c:[value=="b"]&&![issuer=="AttestationService",value==c.value]', false],
  ])('%s', (_name, conditions, holds) => {
    expect(verdictOf(`${conditions}=>permit();`, claims)).toBe(holds ? 'permitted' : 'POLICY_DENIED');
  });

  test('a rule applies once for each combination', () => {
    const claimsOfTwo = [service('a', 1), service('a', 2), service('b', 'x'), service('b', 'y')];
    expect(issued('m:[type=="a"]&&n:[type=="b"]=>issue(type=n.value,value=m.value);', claimsOfTwo)).toEqual([
      ['x', 1],
      ['y', 1],
      ['x', 2],
      ['y', 2],
    ]);
  });

  test('a condition without a name does not multiply', () => {
    expect(issued('[type=="name"]=>issue(type="once",value=true);', claims)).toEqual([['once', true]]);
  });

  test('only combinations that satisfy all conditions count', () => {
    expect(
      issued('c:[issuer=="CustomClaim"]&&s:[issuer=="AttestationService",value==c.value]=>issue(claim=s);', claims),
    ).toEqual([['name', 'b']]);
  });
});

describe('issuance rules', () => {
  test('issue to the result and to the claims that later rules see', () => {
    expect(issued('=>issue(type="a",value=1);c:[type=="a"]=>issue(type="b",value=c.value);')).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  test('add to the claims that later rules see only', () => {
    expect(issued('=>add(type="a",value=1);c:[type=="a"]=>issue(type="b",value=c.value);')).toEqual([['b', 1]]);
  });

  test('issue properties apart from claims', () => {
    const outcome = outcomeOf(
      '=>issueproperty(type="report_validity_in_minutes",value=60);c:[type=="report_validity_in_minutes"]=>issue(type="seen",value=c.value);',
    );
    expect(outcome.properties).toMatchObject([{ type: 'report_validity_in_minutes', value: 60 }]);
    expect(outcome.issued).toMatchObject([{ type: 'seen', value: 60 }]);
  });

  test('do not see their own claims', () => {
    expect(issued('c:[type=="a"]=>issue(type="a",value=c.value);', [service('a', 1)])).toEqual([['a', 1]]);
  });

  test('keep duplicates', () => {
    expect(issued('=>issue(type="a",value=1);=>issue(type="a",value=1);')).toHaveLength(2);
  });

  test('give types to values', () => {
    expect(
      outcomeOf('=>issue(type="a",value=1);=>issue(type="b",value=true);=>issue(type="c",value="");').issued,
    ).toEqual([
      { type: 'a', value: 1, valueType: 'Integer', issuer: 'AttestationPolicy', readOnly: false },
      { type: 'b', value: true, valueType: 'Boolean', issuer: 'AttestationPolicy', readOnly: false },
      { type: 'c', value: '', valueType: 'String', issuer: 'AttestationPolicy', readOnly: false },
    ]);
  });
});

describe('the issuer', () => {
  const claims = [service('a', 1), custom('b', 2)];
  test.each([
    ['of a claim that a rule makes is the policy', '=>issue(type="c",value=1);', 'AttestationPolicy'],
    ['of a copy of the service’s claim is the policy', 'c:[type=="a"]=>issue(claim=c);', 'AttestationPolicy'],
    ['of a copy of the attester’s claim is the policy', 'c:[type=="b"]=>issue(claim=c);', 'AttestationPolicy'],
    ['may be stated as the policy', '=>issue(type="c",value=1,issuer="AttestationPolicy");', 'AttestationPolicy'],
    ['may be stated as the attester', '=>issue(type="c",value=1,issuer="CustomClaim");', 'CustomClaim'],
    [
      'may be taken from the attester’s claim',
      'c:[type=="b"]=>issue(type="c",value=1,issuer=c.issuer);',
      'CustomClaim',
    ],
  ])('%s', (_name, rules, issuer) => {
    expect(outcomeOf(rules, claims).issued).toMatchObject([{ issuer }]);
  });

  test('cannot be taken from the service’s claim', () => {
    const refusal = refusalOf(() => outcomeOf('c:[type=="a"]=>issue(type="c",value=1,issuer=c.issuer);', claims));
    expect(refusal?.code).toBe('BAD_INPUT');
    expect(refusal?.message).toContain('"AttestationService"');
  });

  test('cannot be put together', () => {
    const rule = '=>add(type="c",value=1,issuer=AppendString("Attestation","Service"));';
    expect(refusalOf(() => outcomeOf(rule))?.code).toBe('BAD_INPUT');
  });

  test('tells a claim that a rule added from the service’s own', () => {
    const forge = 'c:[type=="b"]=>add(type="a",value=c.value);';
    expect(verdictOf(`${forge}[type=="a",value==2,issuer=="AttestationService"]=>permit();`, claims)).toBe(
      'POLICY_DENIED',
    );
    expect(verdictOf(`${forge}[type=="a",value==2,issuer=="AttestationPolicy"]=>permit();`, claims)).toBe('permitted');
  });
});

describe('the configuration', () => {
  const text = `version=1.2;
    configurationrules{
      => issueproperty(type="x-ms-sgx-tcbidentifier", value="azuredefault");
      => issueproperty(type="mask", value=15);
      => issueproperty(type="flag", value=NegateBool(true));
    };
    authorizationrules{[type=="mask"]=>permit();};`;

  test('is known without claims', () => {
    expect(configurationOf(parseAttestationPolicy(text)).map(({ type, value }) => [type, value])).toEqual([
      ['x-ms-sgx-tcbidentifier', 'azuredefault'],
      ['mask', 15],
      ['flag', false],
    ]);
  });

  test('adds no claims that rules see', () => {
    expect(refusalOf(() => evaluateAttestationPolicy(parseAttestationPolicy(text), []))?.code).toBe('POLICY_DENIED');
  });

  test('is part of the outcome', () => {
    const policy = parseAttestationPolicy(text);
    expect(evaluateAttestationPolicy(policy, [service('mask', 1)]).configuration).toEqual(configurationOf(policy));
  });
});

describe('a denial', () => {
  const denialOf = (rules: string, claims: readonly PolicyClaim[]): ReturnType<typeof refusalOf> =>
    refusalOf(() =>
      evaluateAttestationPolicy(parseAttestationPolicy(`version=1.2;authorizationrules{${rules}};`), claims),
    );

  test('names every condition of a permit that no claim satisfies', () => {
    const refusal = denialOf('[type=="debug",value==false]&&[type=="svn",value>=3]&&[type=="x"]=>permit();', [
      service('debug', true),
      service('svn', 3),
    ]);
    expect(refusal?.message).toBe(
      'No Permit claim was issued in the authorizationrules section, authorization failed.',
    );
    expect(refusal?.failures).toEqual([
      { claim: 'debug', expected: '[type=="debug",value==false]', actual: 'true of AttestationService' },
      { claim: 'x', expected: '[type=="x"]', actual: 'absent' },
    ]);
  });

  test('names the conditions of the deny', () => {
    const refusal = denialOf('=>permit();[type=="debug",value==true]=>deny();', [service('debug', true)]);
    expect(refusal?.message).toBe('A Deny claim was issued, authorization failed.');
    expect(refusal?.failures).toEqual([
      { claim: 'debug', expected: 'not [type=="debug",value==true]', actual: 'true of AttestationService' },
    ]);
  });

  test('does not repeat read-only values or long ones', () => {
    const refusal = denialOf('[type=="pcrs",value=="x"]&&[type=="long",value=="x"]=>permit();', [
      service('pcrs', 'secret', { readOnly: true }),
      service('long', 'l'.repeat(10_000)),
    ]);
    expect(JSON.stringify(refusal?.failures)).not.toContain('secret');
    expect(JSON.stringify(refusal?.failures).length).toBeLessThan(1_000);
  });
});

describe('incoming claims that are none are refused', () => {
  test.each([
    ['an empty type', { type: '', value: 1, issuer: 'CustomClaim' }],
    ['a fraction', { type: 'a', value: 1.5, issuer: 'CustomClaim' }],
    ['an integer beyond the bound', { type: 'a', value: 2 ** 53, issuer: 'CustomClaim' }],
    ['not a number', { type: 'a', value: NaN, issuer: 'CustomClaim' }],
    ['an object', { type: 'a', value: {}, issuer: 'CustomClaim' }],
    ['null', { type: 'a', value: null, issuer: 'CustomClaim' }],
    ['an unknown issuer', { type: 'a', value: 1, issuer: 'You' }],
    ['no issuer', { type: 'a', value: 1 }],
    ['a valueType of another value', { type: 'a', value: 1, issuer: 'CustomClaim', valueType: 'String' }],
    ['a value beyond the bound', { type: 'a', value: 'x'.repeat(1_048_577), issuer: 'CustomClaim' }],
  ])('%s', (_name, claim) => {
    expect(refusalOf(() => outcomeOf('', [claim as PolicyClaim]))?.code).toBe('BAD_INPUT');
  });

  test('and so are too many', () => {
    const claims = Array.from({ length: DEFAULT_EVALUATION_LIMITS.claims + 1 }, (_, value) => service('a', value));
    expect(refusalOf(() => outcomeOf('', claims))?.message).toContain('10001 claims');
  });
});

describe('a bound that is exceeded is refused, with the rule', () => {
  const many = (count: number): PolicyClaim[] => Array.from({ length: count }, (_, value) => service('t', value));
  const doubling = Array.from(
    { length: 40 },
    (_, n) => `c:[type=="d${n}"]=>add(type="d${n + 1}",value=AppendString(c.value,c.value));`,
  ).join('');
  test.each([
    ['combinations of one rule', 'a:[]&&b:[]&&c:[]=>add(type="x",value=1);', many(30), 'more than 10000 combinations'],
    ['claims', 'a:[type=="t"]&&b:[type=="t"]=>add(type="x",value=1);'.repeat(3), many(70), 'more than 10000 claims'],
    [
      'steps of joins',
      'a:[]&&b:[value==a.value]=>add(type="x",value=1);'.repeat(9),
      many(900),
      'more than 1000000 steps',
    ],
    [
      'characters of a value',
      `=>add(type="d0",value="xxxxxxxx");${doubling}`,
      [],
      'characters, and 1048576 is the most',
    ],
  ])('%s', (_name, rules, claims, message) => {
    const refusal = refusalOf(() => outcomeOf(rules, claims));
    expect(refusal?.code).toBe('BAD_INPUT');
    expect(refusal?.message).toMatch(/^The rule at line 1, column \d+ cannot be evaluated: /);
    expect(refusal?.message).toContain(message);
  });

  test('the caller sets the bounds', () => {
    const limits = { steps: 20, combinations: 3, claims: 5, characters: 10 };
    expect(refusalOf(() => outcomeOf('a:[]=>issue(claim=a);', many(2), limits))).toBeUndefined();
    expect(refusalOf(() => outcomeOf('a:[]=>issue(claim=a);', many(4), limits))?.message).toContain('combinations');
    expect(refusalOf(() => outcomeOf('', many(6), limits))?.message).toContain('6 claims');
    expect(refusalOf(() => outcomeOf('[]=>add(type="a",value=1);'.repeat(9), many(3), limits))?.message).toContain(
      'steps',
    );
  });
});

describe('a policy over an event log', () => {
  const rules = `
    c:[type=="events", issuer=="AttestationService"] => add(type="boot", value=JmesPath(c.value, "Events[?Kind == 'BOOT']"));
    c:[type=="boot", issuer="AttestationPolicy"] => add(type="firstBoot", value=JmesPath(c.value, "[0].Seq"));
    c:[type=="firstBoot", value != "null"] => add(type="query", value=AppendString(AppendString("Events[?Seq > \`", c.value), "\`].Debug"));
    q:[type=="query"] && e:[type=="events", issuer=="AttestationService"] => add(type="debugSet", value=JsonToClaimValue(JmesPath(e.value, q.value)));
    c:[type=="debugSet"] => issue(type="debugOff", value=ContainsOnlyValue(c.value, false));
    ![type=="debugOff", issuer=="AttestationPolicy"] => issue(type="debugOff", value=false);`;
  const log = (...events: object[]): PolicyClaim => service('events', JSON.stringify({ Events: events }));
  test.each([
    [
      'says that debugging was off after the first boot',
      [
        { Kind: 'BOOT', Seq: 1 },
        { Seq: 2, Debug: false },
        { Seq: 3, Debug: false },
      ],
      true,
    ],
    [
      'says that debugging was on once',
      [
        { Kind: 'BOOT', Seq: 1 },
        { Seq: 2, Debug: false },
        { Seq: 3, Debug: true },
      ],
      false,
    ],
    [
      'does not look before it',
      [
        { Seq: 0, Debug: true },
        { Kind: 'BOOT', Seq: 1 },
        { Seq: 2, Debug: false },
      ],
      true,
    ],
    ['falls back where nothing is said', [{ Kind: 'BOOT', Seq: 1 }], false],
    ['falls back without a boot', [{ Seq: 2, Debug: false }], false],
  ])('%s', (_name, events, debugOff) => {
    expect(issued(rules, [log(...events)])).toEqual([['debugOff', debugOff]]);
  });

  test('falls back without events', () => {
    expect(issued(rules)).toEqual([['debugOff', false]]);
  });
});
