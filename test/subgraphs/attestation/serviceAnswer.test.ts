import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RefusalCode } from '../../../enclave/refusals.js';
import { REFUSALS } from '../../../enclave/refusals.js';
import { refusalInAnswer } from '../../../subgraphs/attestation/serviceAnswer.js';
import { outcomeOf } from '../../../subgraphs/attestation/verdict.js';

const SERVICE = 'https://attestation.example';
const codeIn = (status: number, body: unknown) => refusalInAnswer(SERVICE, { status, body }).refusal.code;
const azure = (code: string, inner: object = { code, message: 'Said twice.' }) => ({
  error: { code, message: 'Why.', innererror: inner },
});

describe('an answer of our own service', () => {
  test('is the refusal that it names, with its words and every claim that failed', () => {
    const failures = [{ claim: 'debug', expected: 'false', actual: 'true' }];
    const body = azure('PolicyEvaluationError', { code: 'POLICY_DENIED', message: 'Why.', failures });
    expect(refusalInAnswer(SERVICE, { status: 400, body })).toMatchObject({
      serviceCode: 'PolicyEvaluationError',
      refusal: { code: 'POLICY_DENIED', message: 'Why.', failures },
    });
  });

  test.each<[number, RefusalCode]>([
    [400, 'EVIDENCE_SIGNATURE_INVALID'],
    [400, 'EVIDENCE_REVOKED'],
    [503, 'COLLATERAL_UNAVAILABLE'],
    [400, 'BAD_INPUT'],
    [413, 'TOO_LARGE'],
  ])('with status %i and %s is that refusal', (status, code) => {
    expect(codeIn(status, azure('InvalidParameter', { code }))).toBe(code);
  });

  test.each<[number, RefusalCode, RefusalCode]>([
    [500, 'INTERNAL', 'ISSUER_UNREACHABLE'],
    [404, 'NOT_FOUND', 'UPSTREAM_FAILED'],
    [401, 'UNAUTHENTICATED', 'UPSTREAM_FAILED'],
    [503, 'BUSY', 'ISSUER_UNREACHABLE'],
  ])('with status %i and %s says nothing about the evidence', (status, code, expected) => {
    expect(codeIn(status, azure('InternalError', { code }))).toBe(expected);
  });
});

describe('an answer of Azure', () => {
  test.each<[number, string, RefusalCode]>([
    [400, 'PolicyEvaluationError', 'POLICY_DENIED'],
    [400, 'InvalidParameter', 'EVIDENCE_REFUSED'],
    [400, 'InvalidQuote', 'EVIDENCE_REFUSED'],
    [400, 'InvalidOperation', 'UPSTREAM_FAILED'],
    [400, 'constructor', 'UPSTREAM_FAILED'],
    [401, 'Unauthorized', 'UPSTREAM_FAILED'],
    [403, 'InvalidParameter', 'UPSTREAM_FAILED'],
    [404, 'NotFound', 'UPSTREAM_FAILED'],
    [408, 'RequestTimeout', 'ISSUER_UNREACHABLE'],
    [429, 'TooManyRequests', 'ISSUER_UNREACHABLE'],
    [500, 'InvalidParameter', 'ISSUER_UNREACHABLE'],
    [503, 'ServiceUnavailable', 'ISSUER_UNREACHABLE'],
  ])('with status %i and %s is %s', (status, code, expected) => {
    expect(codeIn(status, azure(code))).toBe(expected);
  });
});

test('only what names a finding is told as one: whatever else comes could not be told', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.jsonValue(), (status, body) => {
      const { refusal } = refusalInAnswer(SERVICE, { status, body });
      expect(outcomeOf(refusal)).toBe('COULD_NOT_TELL');
    }),
  );
});

test('no answer is an acceptance, and none is longer than it may be, whatever it names', () => {
  const text = fc.oneof(fc.constantFrom(...Object.keys(REFUSALS), 'InvalidQuote', '__proto__'), fc.string());
  const long = fc.string({ maxLength: 2000 });
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), text, text, long, (status, code, inner, message) => {
      const body = { error: { code, message, innererror: { code: inner, failures: [{ claim: message }, null, 7] } } };
      const { refusal, serviceCode } = refusalInAnswer(SERVICE, { status, body });
      expect(refusal.message.length).toBeLessThanOrEqual(600);
      expect(refusal.message).not.toMatch(/\p{Cc}/u);
      expect((serviceCode ?? '').length).toBeLessThanOrEqual(64);
      if (status < 400) expect(outcomeOf(refusal)).toBe('COULD_NOT_TELL');
    }),
  );
});
