import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import { createResultVerifier } from '../../../enclave/results/resultVerifier.js';
import { createPolicies } from '../../../subgraphs/attestation/policy.js';
import { policyDigest } from '../../../subgraphs/attestation/policyHistory.js';
import {
  createEnclaveKey,
  createTestIssuer,
  measurementOf,
  TEST_NOW,
  testPolicy,
  testReferenceValues,
} from '../../support/issuer.js';
import { refusalOf } from '../../support/refusals.js';

const issuer = createTestIssuer();
const now = () => TEST_NOW + 60;
const record = { ...testPolicy, name: 'record', enclaves: ['patient'] };
const policies = createPolicies({ policies: [record, testPolicy], referenceValues: testReferenceValues, now });
const verify = createResultVerifier({ issuers: [issuer.trusted], getKeys: issuer.keys, now });
const result = (change: Readonly<Record<string, unknown>> = {}) =>
  verify(issuer.issue([createEnclaveKey('tls').jwk], change));

describe('the verdicts on a genuine result', () => {
  test('are one of each policy, in the order of their names, with the version of the policy', async () => {
    expect(policies.verdictsOn(await result())).toEqual(
      [testPolicy, record].map((policy) => ({
        policy: policy.name,
        policySha256: policyDigest(policy),
        outcome: 'ACCEPTED',
        code: null,
        reason: null,
        failures: [],
      })),
    );
  });

  test('list every claim that is not accepted, and say so in words', async () => {
    const change = { 'x-ms-sgx-mrenclave': measurementOf('inference'), 'x-ms-sgx-is-debuggable': true };
    const verdict = policies.verdictsOn(await result(change)).find(({ policy }) => policy === 'record');
    expect(verdict).toMatchObject({
      outcome: 'NOT_ACCEPTABLE',
      code: 'POLICY_NOT_SATISFIED',
      reason: 'Genuine, but record does not accept it: enclave is inference, not patient; debug is true, not false.',
    });
    expect(verdict?.failures).toEqual([
      { claim: 'enclave', expected: 'patient', actual: 'inference' },
      { claim: 'debug', expected: 'false', actual: 'true' },
    ]);
  });
});

test.each([
  ['RESULT_SIGNATURE_INVALID', 'NOT_GENUINE'],
  ['RESULT_EXPIRED', 'NOT_ACCEPTABLE'],
  ['ISSUER_UNREACHABLE', 'COULD_NOT_TELL'],
  ['INTERNAL', 'COULD_NOT_TELL'],
] as const)('without a result every policy says %s, which is %s', (code, outcome) => {
  const verdicts = policies.verdictsWithout(new Refusal(code, 'Why.'));
  expect(verdicts).toMatchObject(
    ['component', 'record'].map((policy) => ({ policy, outcome, code, reason: 'Why.', failures: [] })),
  );
});

test('a policy that does not exist is refused', async () => {
  expect(await refusalOf(() => policies.named('constructor'))).toBe('NOT_FOUND');
});
