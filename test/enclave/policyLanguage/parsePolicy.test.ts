import { describe, expect, test } from '@jest/globals';
import { parseAttestationPolicy } from '../../../enclave/policyLanguage/parsePolicy.js';
import { POLICY_LIMITS } from '../../../enclave/policyLanguage/policyLimits.js';
import { PolicySyntaxRefusal } from '../../../enclave/policyLanguage/syntaxRefusal.js';
import { refusalOf } from './judge.js';

const permit = 'authorizationrules{=>permit();};';

/** A policy of version 1.2 with one authorization rule. */
const rule = (text: string): string => `version=1.2;authorizationrules{${text}};`;
/** The same with one issuance rule. */
const issuance = (text: string): string => `version=1.2;${permit}issuancerules{${text}};`;
const nested = (depth: number): string =>
  rule(`=>add(type="a",value=${'NegateBool('.repeat(depth)}true${')'.repeat(depth)});`);

function syntaxOf(text: string): PolicySyntaxRefusal {
  const refusal = refusalOf(() => parseAttestationPolicy(text));
  if (!(refusal instanceof PolicySyntaxRefusal)) throw new Error(`accepted: ${text}`);
  return refusal;
}

describe('a policy is accepted', () => {
  test.each([
    ['of version 1.0', `version=1.0;${permit}`],
    ['of version 1.1', `version=1.1;${permit}`],
    ['of version 1.2', `version=1.2;${permit}`],
    ['with white space anywhere', `version= 1.0 ;\r\n\tauthorizationrules\n{ => permit ( ) ; } ;`],
    ['with white space inside the version', `version = 1 . 0 ;${permit}`],
    ['after a byte order mark', `\uFEFFversion=1.0;${permit}`],
    ['with comments', `// one "(\nversion=1.0; // two\n${permit}// at the end`],
    ['with what looks like a comment in a string', rule('[type=="https://a"]=>permit();')],
    ['without sections', 'version=1.0;'],
    ['without rules', 'version=1.0;authorizationrules{};issuancerules{};'],
    ['with an empty configuration', `version=1.1;configurationrules{};${permit}`],
    ['with repeated sections', `version=1.0;${permit}issuancerules{};${permit}issuancerules{};`],
    ['with Issuancerules', `version=1.0;${permit}Issuancerules{};`],
    ['with AUTHORIZATIONRULES', 'version=1.0;AUTHORIZATIONRULES{=>permit();};'],
    ['with a condition that says nothing', rule('[]=>permit();')],
    ['with a single = in a condition', rule('[type="a", value == true]=>permit();')],
    ['with every operator', rule('[value==1,value!=2,value<3,value<=4,value>5,value>=6]=>permit();')],
    ['with every property', rule('[type=="a",value=="b",valueType=="String",issuer=="CustomClaim"]=>permit();')],
    ['with a negative integer', rule('[value>-1]=>permit();')],
    ['with escapes in a string', rule('[value=="\\"\\\\"]=>permit();')],
    ['with a line break in a string', rule('[value=="a\nb"]=>permit();')],
    ['with a string of any characters', rule('[value=="é 𝄞 \u0000 \uD800"]=>permit();')],
    ['with an absent claim', rule('![type=="a"]=>permit();')],
    ['with an absent claim that has a name', rule('!c:[type=="a"]=>permit();')],
    ['with white space about a name', rule('c :[type=="a"]=>add(claim = c);')],
    ['with names like words of the language', rule('add:[]&&type:[value==add.value]=>add(claim=type);')],
    ['with a name used before its condition', rule('[value==c.value]&&c:[type=="a"]=>permit();')],
    ['with a property of another claim', rule('c:[type=="a"]&&[value==c.value]=>permit();')],
    ['with issue in authorizationrules', rule('=>issue(type="a",value=1);')],
    ['with issueproperty in issuancerules', issuance('=>issueproperty(type="a",value=1);')],
    ['with all properties of a claim', issuance('=>issue(issuer="CustomClaim",value=1,type="a",valueType="Integer");')],
    ['with a function in a function', issuance('=>issue(type="a",value=NegateBool(NegateBool(true)));')],
    ['with a function in a condition', rule('[value==NegateBool(true)]=>permit();')],
    ['with functions nested to the bound', nested(POLICY_LIMITS.callDepth)],
    ['with parentheses in strings', rule(`[value=="${'('.repeat(100)}"]=>permit();`)],
    [
      'with as many rules as there may be',
      `version=1.0;authorizationrules{${'=>deny();'.repeat(POLICY_LIMITS.rules)}};`,
    ],
    ['with the largest integer', rule('[value==9007199254740991]=>permit();')],
  ])('%s', (_name, text) => {
    expect(refusalOf(() => parseAttestationPolicy(text))).toBeUndefined();
  });
});

describe('a text is refused, with the place', () => {
  test.each([
    ['empty', '', 1, 1, "'<EOF>' expecting version"],
    ['without a version', permit, 1, 1, 'expecting version'],
    ['without = in the version', 'version 1.0;', 1, 9, "expecting '='"],
    ['without ; after the version', 'version=1.0\n[', 2, 1, "mismatched input '[' expecting ';'"],
    ['of version 2.0', 'version=2.0;', 1, 9, 'versions 1.0, 1.1, 1.2'],
    ['of version 1.3', 'version=1.3;', 1, 9, 'versions 1.0, 1.1, 1.2'],
    ['of version 1.00', 'version=1.00;', 1, 9, 'versions 1.0, 1.1, 1.2'],
    ['with Version', 'Version=1.0;', 1, 1, 'expecting version'],
    [
      'with issuance before authorization',
      'version=1.0;\nissuancerules{};',
      2,
      1,
      'expecting end of input, authorizationrules',
    ],
    [
      'with configuration after authorization',
      `version=1.1;${permit}configurationrules{};`,
      1,
      66,
      'authorizationrules',
    ],
    ['with a section of another name', 'version=1.0;rules{};', 1, 13, "mismatched input 'rules'"],
    ['without ; after a section', 'version=1.0;authorizationrules{}', 1, 33, "'<EOF>' expecting ';'"],
    ['without ; after a rule', 'version=1.0;authorizationrules{=>permit()};', 1, 42, "'}' expecting ';'"],
    ['with ||', rule('[]||[]=>permit();'), 1, 34, "'|' expecting '=>', '&&'"],
    ['with exists', rule('exists([])=>permit();'), 1, 38, "expecting ':'"],
    ['with =~', rule('[value=~"a"]=>permit();'), 1, 39, "mismatched input '~'"],
    ['with an unknown property', rule('[kind=="a"]=>permit();'), 1, 33, 'type, value, valueType, issuer'],
    ['with a condition that does not end', rule('[type=="a"=>permit();'), 1, 42, "expecting ']', ','"],
    ['with a string that does not end', rule('[type=="a]=>permit();'), 1, 55, "'<EOF>' expecting '\"'"],
    ['with another escape', rule('[type=="\\n"]=>permit();'), 1, 40, "mismatched input '\\'"],
    ['with a fraction', rule('[value==1.5]=>permit();'), 1, 41, "mismatched input '.'"],
    ['with a hexadecimal number', rule('[value==0x10]=>permit();'), 1, 40, "mismatched input '0'"],
    ['with True', rule('[value==True]=>permit();'), 1, 44, "mismatched input ']'"],
    ['with == in a claim', issuance('=>issue(type=="a",value=1);'), 1, 72, "mismatched input '='"],
    ['with a claim whose type is not named', issuance('=>issue("a",value=1);'), 1, 67, 'expecting type'],
    ['with an action of another name', rule('=>allow();'), 1, 34, 'permit'],
    ['with an argument to permit', rule('=>permit(true);'), 1, 41, "expecting ')'"],
    ['with curly quotes', rule('[type==“a”]=>permit();'), 1, 39, "mismatched input '“'"],
    ['with a text after it', `version=1.0;${permit}x`, 1, 45, ', issuancerules'],
    [
      'with an action in configuration',
      'version=1.1;configurationrules{=>issue(type="a",value=1);};',
      1,
      34,
      'issueproperty',
    ],
    [
      'with a condition in configuration',
      'version=1.1;configurationrules{[]=>issueproperty(type="a",value=1);};',
      1,
      32,
      "'=>'",
    ],
    [
      'with a copy in configuration',
      'version=1.1;configurationrules{=>issueproperty(claim=c);};',
      1,
      48,
      'type, value',
    ],
  ])('%s', (_name, text, line, column, message) => {
    const refusal = syntaxOf(text);
    expect(refusal).toMatchObject({ code: 'POLICY_SYNTAX_INVALID', line, column });
    expect(refusal.message).toContain(message);
  });

  test('in the words of Azure Attestation', () => {
    expect(syntaxOf('version=1.0\n[').message).toBe(
      "Offending symbol: '[' Line: '2', Column: '1' Failure message: 'mismatched input '[' expecting ';''",
    );
  });
});

describe('what the language does not have is refused, with the place', () => {
  const functionIn = (version: string): string =>
    `version=${version};authorizationrules{=>add(type="a",value=NegateBool(true));};`;
  test.each([
    ['configurationrules in 1.0', `version=1.0;configurationrules{};${permit}`, 'configurationrules{', '1.1 or later'],
    [
      'an absent claim in 1.0',
      'version=1.0;authorizationrules{![]=>permit();};',
      '![]',
      'version 1.2, and this is 1.0',
    ],
    [
      'an absent claim in 1.1',
      'version=1.1;authorizationrules{![]=>permit();};',
      '![]',
      'version 1.2, and this is 1.1',
    ],
    ['a function in 1.0', functionIn('1.0'), 'NegateBool', 'version 1.2, and this is 1.0'],
    ['a function in 1.1', functionIn('1.1'), 'NegateBool', 'version 1.2, and this is 1.1'],
    [
      'a function in a condition of 1.1',
      'version=1.1;authorizationrules{[value==NegateBool(true)]=>permit();};',
      'NegateBool',
      'version 1.2',
    ],
    [
      'a function in configuration of 1.1',
      `version=1.1;configurationrules{=>issueproperty(type="a",value=NegateBool(true));};${permit}`,
      'NegateBool',
      'version 1.2',
    ],
    ['an unknown function', rule('=>add(type="a",value=NegateBol(true));'), 'NegateBol(', 'the functions are JmesPath'],
    ['a function like a member of objects', rule('=>add(type="a",value=toString(1));'), 'toString', 'functions are'],
    [
      'too few arguments',
      rule('=>add(type="a",value=ContainsOnlyValue(1));'),
      'ContainsOnly',
      '2 argument(s), and here are 1',
    ],
    ['too many arguments', rule('=>add(type="a",value=NegateBool(true,true));'), 'NegateBool', 'takes 1 argument(s)'],
    ['a bad function in an argument', rule('=>add(type="a",value=NegateBool(No()));'), 'No()', 'the functions are'],
    ['permit in issuancerules', issuance('=>permit();'), 'permit();};', 'authorizationrules only'],
    ['deny in issuancerules', issuance('=>deny();'), 'deny', 'authorizationrules only'],
    [
      'issueproperty in authorizationrules',
      rule('=>issueproperty(type="a",value=1);'),
      'issueproperty',
      'issuancerules and',
    ],
    ['an order of strings', rule('[value>"a"]=>permit();'), 'value>', 'with an integer'],
    ['an order of booleans', rule('[value<=true]=>permit();'), 'value<=', 'with an integer'],
    ['an order of types', rule('[type>1]=>permit();'), 'type>', 'with an integer'],
    ['a name that nothing has', rule('[value==d.value]=>permit();'), 'd.value', 'no condition of this rule'],
    ['a name of another rule', rule('c:[]=>permit();[value==c.value]=>permit();'), 'c.value', 'a claim for c'],
    ['a name of an absent claim', rule('!c:[type=="a"]=>add(claim=c);'), 'c);', 'finds a claim for c'],
    ['a name in a claim', rule('=>add(type="a",value=c.value);'), 'c.value', 'finds a claim for c'],
    ['a copy of what nothing has', rule('=>add(claim=c);'), 'c);', 'finds a claim for c'],
    ['a name twice', rule('c:[]&&c:[value==1]=>permit();'), 'c:[value', 'c names two conditions'],
    ['a condition that refers to itself', rule('c:[value==c.type]=>permit();'), 'c.type', 'refer to each other'],
    [
      'conditions in a circle',
      rule('a:[value==b.value]&&b:[value==a.value]=>permit();'),
      'a.value',
      'refer to each other',
    ],
    ['a claim without a type', issuance('=>issue(value=1);'), 'value=1', 'needs a type'],
    ['a claim without a value', issuance('=>issue(type="a");'), 'type="a"', 'needs a value'],
    ['a claim with two values', issuance('=>issue(type="a",value=1,value=2);'), 'value=2', 'one value'],
    ['a claim whose type is no string', issuance('=>issue(type=1,value=1);'), '1,value', 'a string that is not empty'],
    ['a claim whose type is empty', issuance('=>issue(type="",value=1);'), '""', 'a string that is not empty'],
    ['an unknown valueType', issuance('=>issue(type="a",value=1,valueType="Number");'), '"Number"', 'Boolean, Integer'],
    [
      'a valueType of another value',
      issuance('=>issue(type="a",value=1,valueType="String");'),
      '"String"',
      'is Integer',
    ],
    [
      'a claim of the service',
      issuance('=>issue(type="a",value=1,issuer="AttestationService");'),
      '"AttestationService"',
      'no claim of the attestation service',
    ],
    [
      'a claim of the service that is only added',
      rule('=>add(type="a",value=1,issuer="AttestationService");'),
      '"AttestationService"',
      'no claim of the attestation service',
    ],
    [
      'a claim of somebody',
      issuance('=>issue(type="a",value=1,issuer="You");'),
      '"You"',
      'AttestationPolicy or CustomClaim',
    ],
    ['an integer beyond the bound', rule('[value==9007199254740992]=>permit();'), '90071', '2^53 - 1'],
  ])('%s', (_name, text, place, message) => {
    const refusal = syntaxOf(text);
    expect(refusal).toMatchObject({ code: 'POLICY_SYNTAX_INVALID', line: 1 });
    expect(refusal.reason).toContain(message);
    expect(text.slice(refusal.column - 1).slice(0, place.length)).toBe(place);
  });
});

describe('a bound that is exceeded is refused, with the place', () => {
  const condition = '[type=="a"]';
  test.each([
    ['bytes', `version=1.0;${' '.repeat(POLICY_LIMITS.bytes)}`, 'at most 65536 bytes'],
    [
      'bytes of characters that take several',
      `version=1.0;//${'é'.repeat(POLICY_LIMITS.bytes / 2)}`,
      'at most 65536 bytes',
    ],
    ['rules', `version=1.0;authorizationrules{${'=>deny();'.repeat(POLICY_LIMITS.rules + 1)}};`, 'at most 1000 rules'],
    ['conditions', rule(`${Array(33).fill(condition).join('&&')}=>permit();`), 'at most 32 conditions'],
    ['properties', rule(`[${Array(17).fill('value!=1').join()}]=>permit();`), 'at most 16 properties'],
    ['nested functions', nested(POLICY_LIMITS.callDepth + 1), 'nest at most 16 deep'],
    ['nested functions, very deep', nested(4000), 'nest at most 16 deep'],
    ['open parentheses', '('.repeat(60_000), 'nest at most 16 deep'],
  ])('%s', (_name, text, message) => {
    const refusal = syntaxOf(text);
    expect(refusal.reason).toContain(message);
    expect(refusal.line).toBeGreaterThanOrEqual(1);
    expect(refusal.column).toBeGreaterThanOrEqual(1);
  });

  test('a message repeats no more than a little of the text', () => {
    expect(syntaxOf(`version=1.0;${'a'.repeat(60_000)}`).message.length).toBeLessThan(60_400);
    expect(syntaxOf(`version=1.0;${'a'.repeat(60_000)}`).message).not.toContain('a'.repeat(100));
  });
});

describe('the tree', () => {
  test('has sections, conditions and actions with their places', () => {
    const policy = parseAttestationPolicy(
      [
        'version=1.2;',
        'configurationrules{ => issueproperty(type="p", value=15); };',
        'authorizationrules{ c:[ type == "a", value >= 1 ] && ! [issuer="CustomClaim"] => permit(); };',
        'issuancerules{ c:[] => issue(type="b", value=AppendString(c.value, "\\"x\\\\")); };',
      ].join('\n'),
    );
    expect(policy).toMatchObject({
      version: '1.2',
      configuration: [
        {
          at: { line: 2, column: 21 },
          conditions: [],
          action: { kind: 'issueproperty', claim: { type: { value: 'p' }, value: { kind: 'literal', value: 15 } } },
        },
      ],
      authorization: [
        {
          at: { line: 3, column: 21 },
          conditions: [
            {
              text: 'c:[ type == "a", value >= 1 ]',
              absent: false,
              identifier: 'c',
              properties: [
                { property: 'type', operator: '==', operand: { kind: 'literal', value: 'a' } },
                { property: 'value', operator: '>=', operand: { kind: 'literal', value: 1 } },
              ],
            },
            {
              at: { line: 3, column: 54 },
              absent: true,
              identifier: undefined,
              properties: [{ property: 'issuer', operator: '==' }],
            },
          ],
          action: { kind: 'permit', at: { line: 3, column: 82 } },
        },
      ],
      issuance: [
        {
          action: {
            kind: 'issue',
            claim: {
              value: {
                kind: 'call',
                name: 'AppendString',
                arguments: [
                  { kind: 'reference', identifier: 'c', property: 'value' },
                  { kind: 'literal', value: '"x\\' },
                ],
              },
            },
          },
        },
      ],
    });
  });

  test('has conditions after those that they refer to', () => {
    const [first] = parseAttestationPolicy(rule('[value==b.value]&&b:[value==a.value]&&a:[]=>permit();')).authorization;
    expect(first?.conditions.map(({ identifier }) => identifier)).toEqual(['a', 'b', undefined]);
  });
});
