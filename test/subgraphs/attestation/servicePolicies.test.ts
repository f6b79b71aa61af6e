import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attestationPolicyHash } from '../../../enclave/policyLanguage/policyHash.js';
import { Refusal } from '../../../enclave/refusals.js';
import { readServicePolicies } from '../../../subgraphs/attestation/servicePolicies.js';
import { refusalOf } from '../../support/refusals.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const text = 'version=1.0; authorizationrules{=> permit();}; issuancerules{};';
const version = { hash: attestationPolicyHash(text, sha256), signer: null, isDefault: true, since: null };
const policy = { type: 'SgxEnclave', text, ...version, history: [{ ...version, since: 7 }] };
const read = (body: unknown) => readServicePolicies(body, sha256);

test('the policies of a service are read with their history', () => {
  expect(read({ mode: 'aad', policies: [policy] })).toEqual({
    mode: 'aad',
    policies: [{ kind: 'SgxEnclave', text, ...version, history: [{ ...version, since: 7 }] }],
  });
});

describe('a list of policies is refused', () => {
  test.each<[string, unknown]>([
    ['that is none', undefined],
    ['without a mode', { policies: [policy] }],
    ['without policies', { mode: 'aad' }],
    ['with too many', { mode: 'aad', policies: Array(5).fill(policy) }],
    ['with a type that is not known', { mode: 'aad', policies: [{ ...policy, type: 'Tpm' }] }],
    ['without a text', { mode: 'aad', policies: [{ ...policy, text: undefined }] }],
    ['with a text of another hash', { mode: 'aad', policies: [{ ...policy, text: `${text} ` }] }],
    ['without a history', { mode: 'aad', policies: [{ ...policy, history: null }] }],
    ['with a history that is too long', { mode: 'aad', policies: [{ ...policy, history: Array(201).fill(version) }] }],
    ['with a version without a hash', { mode: 'aad', policies: [{ ...policy, history: [{}] }] }],
    ['with a time that is none', { mode: 'aad', policies: [{ ...policy, since: 'today' }] }],
  ])('%s', async (_, body) => {
    expect(await refusalOf(() => read(body))).toBe('UPSTREAM_FAILED');
  });

  test('whatever it is, with a code', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expect(() => read(body)).toThrow(Refusal);
      }),
    );
  });
});
