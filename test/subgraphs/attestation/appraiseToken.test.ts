import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import { createResultVerifier } from '../../../enclave/results/resultVerifier.js';
import { createAppraiseToken } from '../../../subgraphs/attestation/appraiseToken.js';
import { createPolicies } from '../../../subgraphs/attestation/policy.js';
import { createEnclaveKey, createTestIssuer, TEST_NOW, testPolicy, testReferenceValues } from '../../support/issuer.js';
import { refusalOf } from '../../support/refusals.js';

const issuer = createTestIssuer();
const recorded: string[] = [];
const appraiseAt = (seconds: number, getKeys = issuer.keys) =>
  createAppraiseToken({
    policies: createPolicies({ policies: [testPolicy], referenceValues: testReferenceValues, now: () => seconds }),
    referenceValues: testReferenceValues,
    verifyResult: createResultVerifier({ issuers: [issuer.trusted], getKeys, now: () => seconds }),
    results: {
      record: (result, { enclave }) => {
        recorded.push(`${result.id} ${enclave ?? ''}`);
        return Promise.resolve({} as never);
      },
    },
  });
const appraise = appraiseAt(TEST_NOW + 60);
const token = (change: Readonly<Record<string, unknown>> = {}) => issuer.issue([createEnclaveKey('tls').jwk], change);

describe('appraising a token', () => {
  test('accepts one that satisfies the policy, and keeps its result', async () => {
    expect(await appraise(token({ jti: 'kept' }), 'component')).toMatchObject({ outcome: 'ACCEPTED', failures: [] });
    expect(recorded).toContain('kept patient');
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
  ])('that %s says so, and keeps nothing', async (_, text, outcome, code) => {
    const before = recorded.length;
    expect(await appraise(text, 'component')).toMatchObject({ policy: 'component', outcome, code });
    expect(recorded).toHaveLength(before);
  });

  test('could not be told where the keys of the service cannot be had', async () => {
    const unreachable = { find: () => Promise.reject(new Refusal('ISSUER_UNREACHABLE', 'No answer.')) };
    expect(await appraiseAt(TEST_NOW, unreachable)(token(), 'component')).toMatchObject({
      outcome: 'COULD_NOT_TELL',
      code: 'ISSUER_UNREACHABLE',
      reason: 'No answer.',
    });
  });

  test('is refused above 64 KiB, and under a policy that does not exist', async () => {
    expect(await refusalOf(() => appraise('a'.repeat(65_537), 'component'))).toBe('BAD_INPUT');
    expect(await refusalOf(() => appraise(token(), 'constructor'))).toBe('NOT_FOUND');
  });
});
