import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import { createResultVerifier } from '../../../enclave/results/resultVerifier.js';
import { createPolicies } from '../../../subgraphs/attestation/policy.js';
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
const policiesAt = (seconds: number, getKeys = issuer.keys) =>
  createPolicies({
    policies: [{ ...testPolicy, name: 'record', enclaves: ['patient'] }, testPolicy],
    referenceValues: testReferenceValues,
    verifyResult: createResultVerifier({ issuers: [issuer.trusted], getKeys, now: () => seconds }),
    now: () => seconds,
  });
const policies = policiesAt(TEST_NOW + 60);
const token = (change: Readonly<Record<string, unknown>> = {}) => issuer.issue([createEnclaveKey('tls').jwk], change);

describe('appraising a token', () => {
  test('accepts one that satisfies the policy', async () => {
    expect(await policies.appraise(token(), 'record')).toEqual({
      policy: 'record',
      outcome: 'ACCEPTED',
      code: null,
      failures: [],
    });
  });

  test('lists every claim that the policy does not accept', async () => {
    const verdict = await policies.appraise(
      token({ 'x-ms-sgx-mrenclave': measurementOf('inference'), 'x-ms-sgx-is-debuggable': true }),
      'record',
    );
    expect(verdict).toMatchObject({ outcome: 'NOT_ACCEPTABLE', code: 'POLICY_NOT_SATISFIED' });
    expect(verdict.failures).toEqual([
      { claim: 'enclave', expected: 'patient', actual: 'inference' },
      { claim: 'debug', expected: 'false', actual: 'true' },
    ]);
  });

  test.each([
    ['is not a token', 'abc', 'NOT_GENUINE', 'RESULT_MALFORMED'],
    ['is empty', '', 'NOT_GENUINE', 'RESULT_MALFORMED'],
    [
      'has the signature of another',
      [...token().split('.').slice(0, 2), token().split('.')[2]].join('.'),
      'NOT_GENUINE',
      'RESULT_SIGNATURE_INVALID',
    ],
    [
      'comes from an unknown service',
      createTestIssuer('https://stranger.example').issue([]),
      'NOT_GENUINE',
      'RESULT_ISSUER_UNTRUSTED',
    ],
    ['has expired', token({ iat: 1, nbf: 1, exp: TEST_NOW }), 'NOT_ACCEPTABLE', 'RESULT_EXPIRED'],
  ])('that %s says so', async (_, text, outcome, code) => {
    expect(await policies.appraise(text, 'component')).toMatchObject({ policy: 'component', outcome, code });
  });

  test('could not be told where the keys of the service cannot be had', async () => {
    const unreachable = { find: () => Promise.reject(new Refusal('ISSUER_UNREACHABLE', 'No answer.')) };
    const verdict = await policiesAt(TEST_NOW, unreachable).appraise(token(), 'component');
    expect(verdict).toMatchObject({ outcome: 'COULD_NOT_TELL', code: 'ISSUER_UNREACHABLE' });
  });

  test('is refused above 64 KiB, and under a policy that does not exist', async () => {
    expect(await refusalOf(() => policies.appraise('a'.repeat(65_537), 'component'))).toBe('BAD_INPUT');
    expect(await refusalOf(() => policies.appraise(token(), 'constructor'))).toBe('NOT_FOUND');
  });
});

test('policies come in the order of their names', () => {
  expect(policies.all.map(({ name }) => name)).toEqual(['component', 'record']);
});
