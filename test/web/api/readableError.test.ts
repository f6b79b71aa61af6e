import { describe, expect, test } from '@jest/globals';
import { REFUSALS } from '../../../enclave/refusals.js';
import { isWithheld, fromGraphQLError, fromHttpAnswer, fromNetworkFailure } from '../../../web/api/readableError.js';

describe('an error of the server becomes what a person reads', () => {
  test.each(Object.keys(REFUSALS))('%s has a title, a meaning and an action', (code) => {
    const error = fromGraphQLError({ message: 'said', extensions: { code } });
    expect(error.code).toBe(code);
    expect(error.title).not.toBe('');
    expect(error.meaning).toMatch(/\.$/);
    expect(error.action).toMatch(/\.$/);
  });

  test('an attestation refusal keeps its policy, its path and every failed claim', () => {
    const error = fromGraphQLError({
      message: 'patient did not satisfy the policy.',
      path: ['patient', 'family'],
      extensions: {
        code: 'POLICY_NOT_SATISFIED',
        policy: 'patient-record',
        party: 'patient',
        kind: 'not-acceptable',
        failures: [{ claim: 'debug', expected: 'false', actual: true }],
      },
    });
    expect(error).toMatchObject({
      kind: 'not-acceptable',
      policy: 'patient-record',
      path: ['patient', 'family'],
      failures: [{ claim: 'debug', expected: 'false', actual: 'true' }],
    });
  });

  test('a code from elsewhere is shown and treated like a fault', () => {
    const error = fromGraphQLError({
      message: 'Cannot query field',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
    expect(error).toMatchObject({
      code: 'GRAPHQL_VALIDATION_FAILED',
      kind: 'fault',
      meaning: REFUSALS.INTERNAL.meaning,
    });
  });

  test.each([[undefined], [null], ['text'], [{}], [{ message: 1, extensions: 'x', path: 'x' }]])(
    '%j is no reason to fall over',
    (value) => {
      expect(fromGraphQLError(value)).toMatchObject({ code: 'INTERNAL', failures: [], path: [] });
    },
  );

  test('a route’s error body speaks for itself', () => {
    expect(fromHttpAnswer(415, { error: { code: 'IMAGE_UNSUPPORTED', message: 'A PDF.' } })).toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: 'A PDF.',
    });
  });

  test.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'SCOPE_MISSING'],
    [404, 'NOT_FOUND'],
    [413, 'TOO_LARGE'],
    [502, 'UPSTREAM_FAILED'],
    [503, 'BUSY'],
    [504, 'TIMEOUT'],
    [400, 'BAD_INPUT'],
  ])('without a body, HTTP status %d is read as %s', (status, code) => {
    expect(fromHttpAnswer(status, undefined).code).toBe(code);
  });

  test('a gateway that does not answer could not be asked', () => {
    expect(fromNetworkFailure()).toMatchObject({ code: 'PEER_UNREACHABLE', kind: 'could-not-tell', retryable: true });
  });
});

describe('what is missing from an answer', () => {
  const refusals = [
    fromGraphQLError({ path: ['patient', 'family'] }),
    fromGraphQLError({ path: ['reports', 0, 'subject'] }),
  ];

  test('is withheld where it, or something around it, was refused', () => {
    expect(isWithheld(refusals, 'patient', 'family')).toBe(true);
    expect(isWithheld(refusals, 'reports', 'subject', 'family')).toBe(true);
  });

  test('is not recorded elsewhere', () => {
    expect(isWithheld(refusals, 'patient', 'given')).toBe(false);
    expect(isWithheld(refusals, 'patient')).toBe(false);
    expect(isWithheld([fromNetworkFailure()], 'patient')).toBe(false);
  });
});
