import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_POLICIES } from '../../../enclave/policyLanguage/defaultPolicies.js';
import { evaluateAttestationPolicy } from '../../../enclave/policyLanguage/evaluatePolicy.js';
import { parseAttestationPolicy } from '../../../enclave/policyLanguage/parsePolicy.js';
import { PolicySyntaxRefusal } from '../../../enclave/policyLanguage/syntaxRefusal.js';
import { warningsOf } from '../../../enclave/policyLanguage/policyWarnings.js';
import { refusalOf } from './judge.js';
import { anyClaims, anyPolicy, denyRule } from './policies.js';
import { printPolicy } from './printPolicy.js';

/** A tree without places. */
const shapeOf = (policy: unknown): unknown =>
  JSON.parse(JSON.stringify(policy, (key, value: unknown) => (key === 'at' || key === 'text' ? undefined : value)));

function expectPolicyOrPlace(text: string): void {
  const refusal = refusalOf(() => parseAttestationPolicy(text));
  if (refusal === undefined) return;
  if (!(refusal instanceof PolicySyntaxRefusal)) throw refusal;
  const line = text.split('\n')[refusal.line - 1];
  expect(line).toBeDefined();
  expect(refusal.column).toBeGreaterThanOrEqual(1);
  expect(refusal.column).toBeLessThanOrEqual((line?.length ?? 0) + 1);
}

describe('any text is a policy or refused with its place', () => {
  test('where it is anything', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), expectPolicyOrPlace), {
      numRuns: 2_000,
      seed: 3,
    });
  });

  test('where it is made of the words of the language', () => {
    const words = fc.constantFrom(
      ...'version = 1.0 1.2 ; { } ( ) [ ] , : . ! && => == >= "a" "\\" " \\ // \n 5 -1 true type value issuer c c.value'.split(
        ' ',
      ),
      ...'authorizationrules issuancerules configurationrules permit() deny() add issue(type="a",value=1) claim JmesPath('.split(
        ' ',
      ),
    );
    const prefix = fc.constantFrom(
      '',
      'version=1.2;',
      'version=1.2;authorizationrules{',
      'version=1.2;authorizationrules{[',
    );
    const text = fc.tuple(prefix, fc.array(words, { maxLength: 30 })).map(([start, rest]) => start + rest.join(' '));
    fc.assert(fc.property(text, expectPolicyOrPlace), { numRuns: 500, seed: 4 });
  });

  test('where it is a policy with one change', () => {
    const change = fc.record({
      policy: anyPolicy,
      from: fc.nat(),
      length: fc.nat(8),
      insert: fc.string({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(change, ({ from, insert, length, policy }) => {
        const text = printPolicy(policy, ' ');
        const start = from % (text.length + 1);
        expectPolicyOrPlace(text.slice(0, start) + insert + text.slice(start + length));
      }),
      { numRuns: 250, seed: 5 },
    );
  });

  test('where it is a policy that is cut off', () => {
    const text = DEFAULT_POLICIES.SgxEnclave;
    for (let end = 0; end < text.length; end += 7) expectPolicyOrPlace(text.slice(0, end));
  });
});

describe('a policy', () => {
  test('that is printed is read as the same', () => {
    const space = fc.constantFrom('', ' ', '\r\n\t', ' // a "comment(" \n', '\uFEFF');
    fc.assert(
      fc.property(anyPolicy, space, (policy, between) => {
        expect(shapeOf(parseAttestationPolicy(printPolicy(policy, between)))).toEqual(shapeOf(policy));
      }),
      { numRuns: 150, seed: 6 },
    );
  });

  test('permits, denies or cannot be evaluated, and never speaks as the service', () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(anyPolicy, anyClaims, (policy, claims) => {
        warningsOf(policy);
        const refusal = refusalOf(() => {
          const { configuration, issued, properties } = evaluateAttestationPolicy(policy, claims);
          for (const claim of [...configuration, ...issued, ...properties]) {
            expect(claim.issuer).not.toBe('AttestationService');
            expect(claim.readOnly).toBe(false);
          }
        });
        const outcome = refusal?.code ?? 'permitted';
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      { numRuns: 1_000, seed: 7 },
    );
    expect([...outcomes.keys()].sort()).toEqual(['BAD_INPUT', 'POLICY_DENIED', 'permitted']);
    for (const count of outcomes.values()) expect(count).toBeGreaterThan(30);
  });

  test('with one more deny accepts nothing that it refused', () => {
    fc.assert(
      fc.property(anyPolicy, anyClaims, denyRule, fc.nat(), (policy, claims, deny, place) => {
        const authorization = policy.authorization.toSpliced(place % (policy.authorization.length + 1), 0, deny);
        const before = refusalOf(() => evaluateAttestationPolicy(policy, claims));
        const after = refusalOf(() => evaluateAttestationPolicy({ ...policy, authorization }, claims));
        if (before !== undefined) expect(after).toBeDefined();
      }),
      { numRuns: 600, seed: 8 },
    );
  });

  test('without one of its permits accepts nothing that it refused', () => {
    fc.assert(
      fc.property(anyPolicy, anyClaims, fc.nat(), (policy, claims, place) => {
        const permits = policy.authorization.filter(({ action }) => action.kind === 'permit');
        const without = permits[place % Math.max(1, permits.length)];
        const authorization = policy.authorization.filter((rule) => rule !== without);
        const before = refusalOf(() => evaluateAttestationPolicy(policy, claims));
        const after = refusalOf(() => evaluateAttestationPolicy({ ...policy, authorization }, claims));
        if (before?.code === 'POLICY_DENIED') expect(after).toBeDefined();
      }),
      { numRuns: 600, seed: 9 },
    );
  });

  test('judges claims in any order alike', () => {
    fc.assert(
      fc.property(anyPolicy, anyClaims, (policy, claims) => {
        const [first, second] = [claims, claims.toReversed()].map(
          (each) => refusalOf(() => evaluateAttestationPolicy(policy, each))?.code ?? 'permitted',
        );
        // Which of several errors comes first, or whether one is reached, may depend on the order.
        if (first !== 'BAD_INPUT' && second !== 'BAD_INPUT') expect(first).toBe(second);
      }),
      { numRuns: 600, seed: 10 },
    );
  });
});
