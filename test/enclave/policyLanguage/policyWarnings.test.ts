import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICIES } from '../../../enclave/policyLanguage/defaultPolicies.js';
import { parseAttestationPolicy } from '../../../enclave/policyLanguage/parsePolicy.js';
import { warningsOf } from '../../../enclave/policyLanguage/policyWarnings.js';

const warnings = (text: string): string[] =>
  warningsOf(parseAttestationPolicy(text)).map(({ at, message }) => `${at?.line ?? 0}:${at?.column ?? 0} ${message}`);
/** Of a policy that permits; the rules begin in line 2. */
const issuance = (rules: string): string[] =>
  warnings(`version=1.2;authorizationrules{=>permit();};issuancerules{\n${rules}};`);

describe('a warning is given', () => {
  test('for a policy that cannot permit', () => {
    expect(warnings('version=1.0;authorizationrules{};')).toEqual([
      '0:0 No rule permits, so that all evidence is refused.',
    ]);
    expect(warnings('version=1.0;authorizationrules{=>permit();=>deny();};')).toEqual([
      '1:43 This denies without a condition, so that all evidence is refused.',
    ]);
  });

  test('for what authorization rules issue', () => {
    expect(warnings('version=1.0;authorizationrules{=>permit();=>issue(type="a",value=1);};')).toEqual([
      '1:45 What authorizationrules issue does not reach the attestation result.',
    ]);
  });

  test.each([
    [
      'an unknown claim',
      '[type=="mrenclave"]',
      '2:2 Azure Attestation documents no claim "mrenclave", and no rule before makes one.',
    ],
    [
      'an unknown claim of the service',
      '[type=="a",issuer=="AttestationService"]',
      '2:2 Azure Attestation documents no claim "a".',
    ],
    [
      'a known claim in other letters',
      '[type=="X-MS-SGX-MRENCLAVE",issuer=="AttestationService"]',
      '2:2 Azure Attestation documents no claim "X-MS-SGX-MRENCLAVE" (there is "x-ms-sgx-mrenclave").',
    ],
    [
      'a claim that no rule makes',
      '[type=="events",issuer=="AttestationPolicy"]',
      '2:2 No rule before makes a claim "events": the condition never holds.',
    ],
    [
      'an absent claim that no rule makes',
      '![type=="events",issuer=="AttestationPolicy"]',
      '2:3 No rule before makes a claim "events": the condition always holds.',
    ],
    ['an unknown issuer', '[issuer=="Azure"]', '2:2 There is no issuer "Azure": the condition never holds.'],
    ['an unknown valueType', '[valueType=="Number"]', '2:2 There is no valueType "Number": the condition never holds.'],
    ['a type that is a number', '[type==1]', '2:2 The type of a claim is a string: the condition never holds.'],
  ])('for %s', (_name, condition, warning) => {
    expect(issuance(`${condition}=>issue(type="x",value=1);`)).toEqual([warning]);
  });
});

describe('no warning is given', () => {
  test.each([
    ['for a known claim', '[type=="x-ms-sgx-mrenclave"]=>issue(type="x",value=1);'],
    ['for a claim that a rule before makes', '=>add(type="a",value=1);[type=="a"]=>issue(type="x",value=1);'],
    [
      'for a copy that a rule before makes',
      'c:[type=="events"]=>add(claim=c);[type=="events",issuer=="AttestationPolicy"]=>issue(type="x",value=1);',
    ],
    [
      'where a rule before makes a claim of any type',
      'c:[type=="events"]=>add(type=c.value,value=1);[type=="a"]=>issue(type="x",value=1);',
    ],
    ['for a claim of a virtual machine', '[type=="x-ms-azurevm-vmid"]=>issue(type="x",value=1);'],
    ['for a claim of the attester', '[type=="a",issuer=="CustomClaim"]=>issue(type="x",value=1);'],
    ['for a condition without a type', '[value==1]=>issue(type="x",value=1);'],
  ])('%s', (_name, rules) => {
    expect(issuance(rules)).toEqual([]);
  });

  test('for the default policies', () => {
    for (const text of Object.values(DEFAULT_POLICIES)) expect(warnings(text)).toEqual([]);
  });
});
