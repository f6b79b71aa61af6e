import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { DEFAULT_POLICIES } from '../../../enclave/policyLanguage/defaultPolicies.js';
import { evaluateAttestationPolicy } from '../../../enclave/policyLanguage/evaluatePolicy.js';
import { parseAttestationPolicy } from '../../../enclave/policyLanguage/parsePolicy.js';
import { attestationPolicyHash } from '../../../enclave/policyLanguage/policyHash.js';
import { policyTextIn } from '../../../enclave/policyLanguage/policyPayload.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';
import { refusalOf, service } from './judge.js';

const { sha256 } = nodePrimitives;

test('the default of SGX has the hash of real attestation results', () => {
  for (const kind of ['SgxEnclave', 'OpenEnclave'] as const)
    expect(attestationPolicyHash(DEFAULT_POLICIES[kind], sha256)).toBe('bROrN897ZfWmWY2V0FLUlu3uwk5xatGnKYHn3zBbSlw');
});

test('the hash covers every character', () => {
  const text = DEFAULT_POLICIES.TdxVm;
  const hashes = [text, `${text}\n`, `\uFEFF${text}`, text.replace(' ', '')].map((each) =>
    attestationPolicyHash(each, sha256),
  );
  expect(new Set(hashes).size).toBe(4);
});

test('the hash is of the base64url of the UTF-8 text', () => {
  const inner = Buffer.from('é', 'utf8').toString('base64url');
  expect(attestationPolicyHash('é', sha256)).toBe(createHash('sha256').update(inner).digest('base64url'));
});

test('every default permits what is genuine', () => {
  for (const text of Object.values(DEFAULT_POLICIES))
    expect(refusalOf(() => evaluateAttestationPolicy(parseAttestationPolicy(text), []))).toBeUndefined();
});

test('the default of SGX issues the old names', () => {
  const claims = [
    service('x-ms-sgx-is-debuggable', false),
    service('x-ms-sgx-mrsigner', 'aa'),
    service('x-ms-sgx-mrenclave', 'bb'),
    service('x-ms-sgx-product-id', 1),
    service('x-ms-sgx-svn', 2),
    service('x-ms-attestation-type', 'sgx'),
  ];
  const { issued } = evaluateAttestationPolicy(parseAttestationPolicy(DEFAULT_POLICIES.SgxEnclave), claims);
  expect(issued.map(({ type, value }) => [type, value])).toEqual([
    ['is-debuggable', false],
    ['sgx-mrsigner', 'aa'],
    ['sgx-mrenclave', 'bb'],
    ['product-id', 1],
    ['svn', 2],
    ['tee', 'sgx'],
  ]);
});

describeWithShared('a real enclave under two real policies', 'vectors/maa/real-draft-policy-alg-none.json', () => {
  const recorded = JSON.parse(readFileSync(sharedPath('vectors/maa/real-draft-policy-alg-none.json'), 'utf8')) as {
    token: string;
    tokenPolicyHash: string;
    policies: { text: string; hash: string }[];
    policyDenied: { body: { error: { message: string } } };
  };
  const token = JSON.parse(Buffer.from(recorded.token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<
    string,
    unknown
  >;
  const claims = Object.entries(token).flatMap(([type, value]) =>
    type.startsWith('x-ms-sgx-') && typeof value !== 'object' ? [service(type, value as string)] : [],
  );
  const [permitting, denying] = recorded.policies;

  test('their hashes are those of Azure Attestation', () => {
    for (const { hash, text } of recorded.policies) expect(attestationPolicyHash(text, sha256)).toBe(hash);
    expect(permitting?.hash).toBe(recorded.tokenPolicyHash);
  });

  test('the first permits and issues what the token has', () => {
    const { issued } = evaluateAttestationPolicy(parseAttestationPolicy(permitting?.text ?? ''), claims);
    expect(Object.fromEntries(issued.map(({ type, value }) => [type, value]))).toEqual(token['x-ms-policy']);
    expect(issued).toMatchObject([{ type: 'custom-name', value: token['custom-name'] }]);
  });

  test('the second refuses in the words of Azure Attestation', () => {
    const refusal = refusalOf(() => evaluateAttestationPolicy(parseAttestationPolicy(denying?.text ?? ''), claims));
    expect(refusal?.code).toBe('POLICY_DENIED');
    expect(recorded.policyDenied.body.error.message).toContain(refusal?.message);
    expect(refusal?.failures.map(({ claim }) => claim)).toEqual(['x-ms-sgx-is-debuggable', 'x-ms-sgx-product-id']);
  });
});

describeWithShared('the policies of Azure’s samples', 'vectors/maa-samples/deny.all.txt', () => {
  const sample = (name: string): string => readFileSync(sharedPath(`vectors/maa-samples/${name}`), 'utf8');

  test('one denies all', () => {
    const policy = parseAttestationPolicy(sample('deny.all.txt'));
    expect(refusalOf(() => evaluateAttestationPolicy(policy, [service('a', 1)]))?.code).toBe('POLICY_DENIED');
  });

  test('one permits secure boot and adds a claim', () => {
    const policy = parseAttestationPolicy(sample('add.custom.claim.txt'));
    expect(evaluateAttestationPolicy(policy, [service('secureBootEnabled', true)]).issued).toEqual([
      { type: 'SecurityLevelValue', value: 100, valueType: 'Integer', issuer: 'AttestationPolicy', readOnly: false },
    ]);
    const claimed = service('secureBootEnabled', true, { issuer: 'CustomClaim' });
    expect(refusalOf(() => evaluateAttestationPolicy(policy, [claimed]))?.code).toBe('POLICY_DENIED');
  });
});

describeWithShared('the policies in recorded tokens', 'vectors/maa-exchanges', () => {
  test.each(['GetPolicy_AAD_SgxEnclave', 'ModifyUnsecured_AAD_SgxEnclave'])('of %s are read', (name) => {
    const file = readFileSync(sharedPath(`vectors/maa-exchanges/Policy-PolicyTests.PolicyTests-${name}.json`), 'utf8');
    const payloadOf = (jws: string): string => Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8');
    const policies = [...file.matchAll(/"token": ?"([^"]+)"/g)]
      .map(([, token]) => (JSON.parse(payloadOf(token ?? '')) as { 'x-ms-policy'?: string })['x-ms-policy'])
      .filter((jws) => jws !== undefined)
      .map((jws) => policyTextIn(payloadOf(jws)));
    expect(policies.length).toBeGreaterThan(0);
    for (const text of policies) expect(refusalOf(() => parseAttestationPolicy(text))).toBeUndefined();
  });
});
