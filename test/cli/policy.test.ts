import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICIES } from '../../enclave/policyLanguage/defaultPolicies.js';
import { cloister, type Outcome } from './commandLine.js';

const folder = mkdtempSync(join(tmpdir(), 'cloister-policy-'));
let files = 0;

function file(content: string | Uint8Array): string {
  files += 1;
  const path = join(folder, `${files}.txt`);
  writeFileSync(path, content);
  return path;
}

const check = (policy: string, ...flags: string[]): Promise<Outcome> =>
  cloister(['policy', 'check', file(policy), ...flags]);
const claims = (value: unknown): string[] => ['--claims', file(JSON.stringify(value))];

const noDebug = `version=1.1;
configurationrules{ => issueproperty(type="x-ms-sgx-tcbidentifier", value="azuredefault"); };
authorizationrules{ [type=="x-ms-sgx-is-debuggable", value==false] => permit(); };
issuancerules{ c:[type=="x-ms-sgx-svn"] => issue(type="svn", value=c.value); };
`;

describe('policy check', () => {
  test('prints version, hash and rules of a policy', async () => {
    const { err, exitCode, out } = await check(DEFAULT_POLICIES.SgxEnclave);
    expect({ err, exitCode }).toEqual({ err: '', exitCode: 0 });
    expect(out).toContain('Version  1.0');
    expect(out).toContain('bROrN897ZfWmWY2V0FLUlu3uwk5xatGnKYHn3zBbSlw');
    expect(out).toContain('0 configuration, 1 authorization, 6 issuance');
  });

  test('prints its configuration', async () => {
    expect((await check(noDebug)).out).toContain('x-ms-sgx-tcbidentifier = "azuredefault" (String)');
  });

  test('prints warnings beside, and accepts', async () => {
    const { err, exitCode } = await check('version=1.0;authorizationrules{\n[type=="mrenclave"]=>permit();};');
    expect(exitCode).toBe(0);
    expect(err).toBe(
      'Warning: line 2, column 2: Azure Attestation documents no claim "mrenclave", and no rule before makes one.\n',
    );
    expect((await check('version=1.0;')).err).toContain('Warning: No rule permits');
  });

  test('points at what is wrong', async () => {
    const { err, exitCode, out } = await check('version=1.0;\n\tauthorizationrules{ => permit() };');
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    const lines = err.split('\n');
    expect(lines[0]).toMatch(/\.txt:2:34$/);
    expect(lines.slice(1, 3)).toEqual(['   authorizationrules{ => permit() };', `${' '.repeat(35)}^`]);
    expect(lines[3]).toMatch(/^POLICY_SYNTAX_INVALID: Offending symbol: '}' Line: '2', Column: '34' /);
  });

  test('points into a long line without printing all of it', async () => {
    const { err } = await check(`version=1.0;${' '.repeat(5_000)}oops${' '.repeat(5_000)}.`);
    const [, shown = '', caret = ''] = err.split('\n');
    expect(shown.length).toBeLessThan(200);
    expect(shown.slice(caret.indexOf('^'))).toMatch(/^oops/);
  });

  test('points behind the end', async () => {
    expect((await check('version=1.0')).err).toContain('  version=1.0\n             ^\n');
  });

  test('answers in JSON', async () => {
    const { exitCode, out } = await check(noDebug, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      valid: true,
      version: '1.1',
      rules: { configuration: 1, authorization: 1, issuance: 1 },
      configuration: [{ type: 'x-ms-sgx-tcbidentifier', value: 'azuredefault' }],
      warnings: [],
    });
  });

  test('answers in JSON what is wrong', async () => {
    const { exitCode, out } = await check('version=3.0;', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ valid: false, code: 'POLICY_SYNTAX_INVALID', line: 1, column: 9 });
  });
});

describe('policy check --claims', () => {
  test('says that the policy permits, and what it issues', async () => {
    const { exitCode, out } = await check(noDebug, ...claims({ 'x-ms-sgx-is-debuggable': false, 'x-ms-sgx-svn': 3 }));
    expect(exitCode).toBe(0);
    expect(out).toContain('It permits these 2 claims.');
    expect(out).toContain('Issued  svn = 3 (Integer)');
  });

  test('says which claim stands in the way', async () => {
    const { err, exitCode, out } = await check(noDebug, ...claims({ 'x-ms-sgx-is-debuggable': true }));
    expect(exitCode).toBe(4);
    expect(out).not.toContain('permits');
    expect(err).toContain('POLICY_DENIED: No Permit claim was issued');
    expect(err).toContain('x-ms-sgx-is-debuggable: expected [type=="x-ms-sgx-is-debuggable", value==false], got true');
  });

  test('answers in JSON', async () => {
    const permitted = await check(noDebug, '--json', ...claims({ 'x-ms-sgx-is-debuggable': false, 'x-ms-sgx-svn': 3 }));
    expect(permitted.exitCode).toBe(0);
    expect(JSON.parse(permitted.out)).toMatchObject({
      outcome: { permitted: true, issued: [{ type: 'svn', value: 3, issuer: 'AttestationPolicy' }], properties: [] },
    });
    const denied = await check(noDebug, '--json', ...claims({}));
    expect(denied.exitCode).toBe(4);
    expect(JSON.parse(denied.out)).toMatchObject({
      valid: true,
      outcome: { permitted: false, code: 'POLICY_DENIED', failures: [{ actual: 'absent' }] },
    });
  });

  test.each([
    ['an object of values', { a: 1 }, '[type=="a",value==1,issuer=="AttestationService"]'],
    ['an array in it as several claims', { a: [1, 2] }, '[type=="a",value==1]&&[type=="a",value==2]'],
    ['an object in it as JSON text', { a: { b: 1 } }, '[type=="a",value=="{\\"b\\":1}"]'],
    ['null in it as no claim', { a: null }, '![type=="a"]'],
    ['an array of claims', [{ type: 'a', value: 1, issuer: 'AttestationPolicy' }], '[issuer=="AttestationPolicy"]'],
    ['claims without an issuer as the attester’s', [{ type: 'a', value: 1 }], '[type=="a",issuer=="CustomClaim"]'],
  ])('takes %s', async (_name, value, conditions) => {
    const { exitCode } = await check(`version=1.2;authorizationrules{${conditions}=>permit();};`, ...claims(value));
    expect(exitCode).toBe(0);
  });

  test.each([
    ['a number', 1],
    ['null', null],
    ['a claim that is none', [1]],
    ['a claim without a value', [{ type: 'a' }]],
    ['a fraction', { a: 1.5 }],
  ])('refuses %s', async (_name, value) => {
    const { err, exitCode } = await check(noDebug, ...claims(value));
    expect(exitCode).toBe(1);
    expect(err).toContain('BAD_INPUT');
  });

  test('refuses what is not JSON', async () => {
    const { err, exitCode } = await check(noDebug, '--claims', file('a: 1'));
    expect(exitCode).toBe(1);
    expect(err).toContain('is not JSON');
  });

  test('says which rule cannot be evaluated', async () => {
    const text = 'version=1.2;authorizationrules{\nc:[]=>add(type="a",value=NegateBool(c.value));};';
    const { err, exitCode } = await check(text, ...claims({ a: 1 }));
    expect(exitCode).toBe(1);
    expect(err).toContain('BAD_INPUT: The rule at line 2, column 1 cannot be evaluated: NegateBool takes one boolean');
  });
});

describe('policy', () => {
  test.each([[['policy']], [['policy', 'check']], [['policy', 'write', 'FILE']], [['policy', 'check', 'a', 'b']]])(
    'says how it is used: %j',
    async (args) => {
      expect((await cloister(args)).exitCode).toBe(2);
    },
  );

  test('says that there is no such file, and that a file is not text', async () => {
    const absent = await cloister(['policy', 'check', join(folder, 'absent')]);
    expect(absent).toMatchObject({ exitCode: 1, out: '' });
    expect(absent.err).toContain('NOT_FOUND');
    expect((await cloister(['policy', 'check', file(Uint8Array.of(0xff, 0xfe))])).err).toContain('is not UTF-8');
  });

  test('is in the help', async () => {
    expect((await cloister(['--help'])).out).toContain('policy check FILE|-');
    expect((await cloister(['policy', '--help'])).out).toContain('--claims FILE');
  });
});
