import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { InstanceMode, Policies } from '../../../../subgraphs/attestation/service/policies.js';
import { createPolicies } from '../../../../subgraphs/attestation/service/policies.js';
import { DEFAULT_POLICIES } from '../../../../enclave/policyLanguage/defaultPolicies.js';
import { filePolicyStore, memoryPolicyStore } from '../../../../subgraphs/attestation/service/policyStore.js';
import type { TrialSigner } from '../../../support/policySigner.js';
import { certificatePayload, policyPayload, trialJws, trialSigner } from '../../../support/policySigner.js';
import { refusalOf } from '../../../support/refusals.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const now = () => NOW;
const TEXT = 'version=1.0; authorizationrules{=> permit();}; issuancerules{};';
const policy = policyPayload(TEXT);
const RESET = 'eyJhbGciOiJub25lIn0..';

let trusted: TrialSigner;
let stranger: TrialSigner;

beforeAll(() => {
  trusted = trialSigner(NOW, { isAuthority: true, name: 'trusted' });
  stranger = trialSigner(NOW, { name: 'stranger' });
});

function instance(mode: InstanceMode): Policies {
  return createPolicies({ mode, store: memoryPolicyStore(), signers: [trusted.certificate], now });
}

describe('an instance that nobody has told anything', () => {
  test('has Azure’s default policy for SGX, as an unsigned token', () => {
    const policies = instance('shared');
    expect(policies.inForce('SgxEnclave')).toMatchObject({
      text: DEFAULT_POLICIES.SgxEnclave,
      hash: 'bROrN897ZfWmWY2V0FLUlu3uwk5xatGnKYHn3zBbSlw',
      signer: undefined,
    });
    expect(policies.history('SgxEnclave')).toEqual([
      expect.objectContaining({ since: null, isDefault: true, signer: null }),
    ]);
  });
});

describe('a shared instance', () => {
  test.each([
    ['a policy', (policies: Policies) => policies.set('SgxEnclave', trialJws(policy))],
    ['a signed policy', (policies: Policies) => policies.set('SgxEnclave', trialJws(policy, trusted))],
    ['a reset', (policies: Policies) => policies.reset('SgxEnclave', RESET)],
    [
      'another signer',
      (policies: Policies) => policies.addCertificate(trialJws(certificatePayload(stranger), trusted)),
    ],
  ])('does not take %s', async (_, change) => {
    expect(await refusalOf(() => change(instance('shared')))).toBe('OPERATION_NOT_ALLOWED');
  });
});

describe('an instance that takes changes from whoever is authorized', () => {
  test('takes an unsigned policy, for one kind of evidence, and goes back to the default', () => {
    const policies = instance('aad');
    expect(policies.set('SgxEnclave', trialJws(policy))).toEqual({
      'x-ms-policy-result': 'Updated',
      'x-ms-policy-token-hash': expect.any(String),
    });
    expect(policies.inForce('SgxEnclave').text).toBe(TEXT);
    expect(policies.get('SgxEnclave')).toEqual({ 'x-ms-policy': trialJws(policy) });
    expect(policies.inForce('OpenEnclave').text).toBe(DEFAULT_POLICIES.SgxEnclave);
    expect(policies.reset('SgxEnclave', RESET)).toEqual({ 'x-ms-policy-result': 'Removed' });
    expect(policies.inForce('SgxEnclave').text).toBe(DEFAULT_POLICIES.SgxEnclave);
    expect(policies.history('SgxEnclave').map(({ since, isDefault }) => [since, isDefault])).toEqual([
      [NOW / 1000, true],
      [NOW / 1000, false],
      [null, true],
    ]);
  });

  test('names who signed a policy', () => {
    const policies = instance('aad');
    const jwk = {
      alg: 'RS256',
      kty: 'RSA',
      use: 'sig',
      x5c: [Buffer.from(stranger.certificate).toString('base64')],
    };
    expect(policies.set('SgxEnclave', trialJws(policy, stranger))).toHaveProperty('x-ms-policy-signer', jwk);
    expect(policies.inForce('SgxEnclave').signer).toEqual(jwk);
    expect(policies.history('SgxEnclave')[0]?.signer).toMatch(/^[0-9A-F]{40}$/);
  });

  test('has no signers to list, add or remove', async () => {
    const policies = createPolicies({ mode: 'aad', store: memoryPolicyStore(), now });
    expect(policies.certificates()).toEqual({ 'x-ms-policy-certificates': { keys: [] } });
    const token = trialJws(certificatePayload(stranger), stranger);
    expect(await refusalOf(() => policies.addCertificate(token))).toBe('OPERATION_NOT_ALLOWED');
    expect(await refusalOf(() => policies.removeCertificate(token))).toBe('OPERATION_NOT_ALLOWED');
  });

  test.each([
    ['not a token', 'BAD_INPUT', () => 'hello'],
    ['of two parts', 'BAD_INPUT', () => 'eyJhbGciOiJub25lIn0.e30'],
    ['of four parts', 'BAD_INPUT', () => 'eyJhbGciOiJub25lIn0.e30..'],
    ['without a policy', 'BAD_INPUT', () => trialJws({ Policy: 'x' })],
    ['with a policy that is not base64url', 'BAD_INPUT', () => trialJws({ AttestationPolicy: 'a b' })],
    ['with a policy that is not UTF-8', 'POLICY_SYNTAX_INVALID', () => trialJws({ AttestationPolicy: '_w' })],
    [
      'with a policy that cannot be parsed',
      'POLICY_SYNTAX_INVALID',
      () => trialJws(policyPayload('permit everything')),
    ],
    ['that says none and is signed', 'POLICY_SIGNATURE_INVALID', () => `${trialJws(policy)}AAAA`],
    ['beyond 128 KiB', 'BAD_INPUT', () => `${'A'.repeat(131_072)}..`],
  ])('does not take one that is %s', async (_, code, token) => {
    const policies = instance('aad');
    expect(await refusalOf(() => policies.set('SgxEnclave', token()))).toBe(code);
    expect(policies.history('SgxEnclave')).toHaveLength(1);
  });

  test('does not take a reset that holds something', async () => {
    expect(await refusalOf(() => instance('aad').reset('SgxEnclave', trialJws(policy)))).toBe('BAD_INPUT');
  });
});

describe('an isolated instance', () => {
  test.each(['RS256', 'RS384', 'PS256'] as const)('takes a policy that its signer has signed with %s', (algorithm) => {
    const policies = instance('isolated');
    policies.set('SgxEnclave', trialJws(policy, trusted, algorithm));
    expect(policies.inForce('SgxEnclave').signer).toMatchObject({ alg: algorithm });
  });

  test('takes one that a certificate under its signer has signed, with or without the signer in the chain', () => {
    const leaf = trialSigner(NOW, { issuer: trusted, type: 'ec', name: 'leaf' });
    const policies = instance('isolated');
    policies.set('SgxEnclave', trialJws(policy, leaf));
    policies.set('SgxEnclave', trialJws(policy, { ...leaf, chain: [leaf.certificate] }));
    expect(policies.history('SgxEnclave')).toHaveLength(3);
  });

  test.each([
    ['unsigned', 'OPERATION_NOT_ALLOWED', () => trialJws(policy)],
    ['signed by a stranger', 'POLICY_SIGNATURE_INVALID', () => trialJws(policy, stranger)],
    [
      'signed by a stranger who shows the signer’s certificate first',
      'POLICY_SIGNATURE_INVALID',
      () => trialJws(policy, { ...stranger, chain: [trusted.certificate] }),
    ],
    [
      'signed by a stranger who shows the signer’s certificate behind their own',
      'POLICY_SIGNATURE_INVALID',
      () => trialJws(policy, { ...stranger, chain: [stranger.certificate, trusted.certificate] }),
    ],
    [
      'signed below a certificate that is not a CA',
      'POLICY_SIGNATURE_INVALID',
      () => {
        const middle = trialSigner(NOW, { issuer: trusted, name: 'middle' });
        return trialJws(policy, trialSigner(NOW, { issuer: middle }));
      },
    ],
    [
      'signed with a certificate that has expired',
      'POLICY_SIGNATURE_INVALID',
      () => trialJws(policy, trialSigner(NOW, { issuer: trusted, notAfter: NOW - 1000 })),
    ],
    [
      'changed after signing',
      'POLICY_SIGNATURE_INVALID',
      () => {
        const [header, , signature] = trialJws(policy, trusted).split('.');
        return [header, trialJws(policyPayload(`${TEXT} `)).split('.')[1], signature].join('.');
      },
    ],
    [
      'signed with an algorithm that uses the certificate as a secret',
      'POLICY_SIGNATURE_INVALID',
      () => {
        const header = { alg: 'HS256', x5c: [Buffer.from(trusted.certificate).toString('base64')] };
        return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${trialJws(policy).split('.')[1] ?? ''}.AAAA`;
      },
    ],
  ])('does not take a policy that is %s', async (_, code, token) => {
    const policies = instance('isolated');
    expect(await refusalOf(() => policies.set('SgxEnclave', token()))).toBe(code);
    expect(policies.history('SgxEnclave')).toHaveLength(1);
  });

  test('takes a signed reset and no other', async () => {
    const policies = instance('isolated');
    expect(await refusalOf(() => policies.reset('SgxEnclave', RESET))).toBe('OPERATION_NOT_ALLOWED');
    expect(policies.reset('SgxEnclave', trialJws(undefined, trusted))).toEqual({ 'x-ms-policy-result': 'Removed' });
  });

  test('adds and removes signers by the word of one that it has, and says so under both names', () => {
    const policies = instance('isolated');
    const thumbprint = expect.stringMatching(/^[0-9A-F]{40}$/) as unknown;
    const named = { 'x-ms-certificate-thumbprint': thumbprint };
    const present = { 'x-ms-certificate-result': 'IsPresent', 'x-ms-policycertificates-result': 'IsPresent' };
    const absent = { 'x-ms-certificate-result': 'IsAbsent', 'x-ms-policycertificates-result': 'IsAbsent' };
    const keys = () => (policies.certificates()['x-ms-policy-certificates'] as { keys: unknown[] }).keys;
    const token = trialJws(certificatePayload(stranger), trusted);
    expect(policies.addCertificate(token)).toEqual({ ...named, ...present });
    expect(policies.addCertificate(token)).toEqual({ ...named, ...present });
    expect(keys()).toHaveLength(2);
    policies.set('SgxEnclave', trialJws(policy, stranger));
    expect(policies.removeCertificate(token)).toEqual({ ...named, ...absent });
    expect(policies.removeCertificate(token)).toEqual({ ...named, ...absent });
    expect(keys()).toHaveLength(1);
  });

  test.each(['policyCertificate', 'x-ms-policyCertificate', 'maa-policyCertificate'])('reads %s', (field) => {
    const payload = { [field]: certificatePayload(stranger).policyCertificate };
    expect(instance('isolated').addCertificate(trialJws(payload, trusted))).toHaveProperty('x-ms-certificate-result');
  });

  test('never removes its last signer', async () => {
    const token = trialJws(certificatePayload(trusted), trusted);
    expect(await refusalOf(() => instance('isolated').removeCertificate(token))).toBe('OPERATION_NOT_ALLOWED');
  });

  test.each([
    ['signs itself', 'POLICY_SIGNATURE_INVALID', () => trialJws(certificatePayload(stranger), stranger)],
    ['comes unsigned', 'OPERATION_NOT_ALLOWED', () => trialJws(certificatePayload(stranger))],
    ['names nothing', 'BAD_INPUT', () => trialJws({}, trusted)],
    [
      'is no certificate',
      'POLICY_SIGNATURE_INVALID',
      () => trialJws({ policyCertificate: { x5c: ['AAAA'] } }, trusted),
    ],
  ])('does not take a signer that %s', async (_, code, token) => {
    expect(await refusalOf(() => instance('isolated').addCertificate(token()))).toBe(code);
  });

  test('does not begin without a signer', async () => {
    const begin = () => createPolicies({ mode: 'isolated', store: memoryPolicyStore(), now });
    expect(await refusalOf(begin)).toBe('CONFIGURATION_INVALID');
  });
});

describe('a policy file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'policies-'));
    path = join(folder, 'state', 'policies.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('outlives the process', () => {
    const options = { mode: 'isolated', store: filePolicyStore(path), signers: [trusted.certificate], now } as const;
    const before = createPolicies(options);
    before.set('SgxEnclave', trialJws(policy, trusted));
    before.addCertificate(trialJws(certificatePayload(stranger), trusted));
    const after = createPolicies({ ...options, store: filePolicyStore(path), signers: [] });
    expect(after.inForce('SgxEnclave')).toEqual(before.inForce('SgxEnclave'));
    expect(after.history('SgxEnclave')).toEqual(before.history('SgxEnclave'));
    expect(after.certificates()).toEqual(before.certificates());
  });

  test.each([
    ['cut short', (text: string) => text.slice(0, -20)],
    ['of another format', (text: string) => text.replace('policies 1', 'policies 9')],
    ['without its changes', (text: string) => text.replace('"changes"', '"change"')],
  ])('that is %s keeps the service from starting with the default policies', async (_, damage) => {
    const options = { mode: 'aad', store: filePolicyStore(path), now } as const;
    createPolicies(options).set('SgxEnclave', trialJws(policy));
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    expect(await refusalOf(() => createPolicies(options))).toBe('CONFIGURATION_INVALID');
  });

  test('that cannot be written leaves the policy as it was', () => {
    const store = memoryPolicyStore();
    const policies = createPolicies({
      mode: 'aad',
      now,
      store: {
        read: () => store.read(),
        write: () => {
          throw new Error('no space left');
        },
      },
    });
    expect(() => policies.set('SgxEnclave', trialJws(policy))).toThrow('no space left');
    expect(policies.inForce('SgxEnclave').text).toBe(DEFAULT_POLICIES.SgxEnclave);
  });
});

interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly body: { readonly token?: string };
}

describeWithShared('compared with recorded exchanges of Azure Attestation', 'vectors/maa-exchanges', () => {
  const recorded = (name: string) =>
    (JSON.parse(readFileSync(sharedPath(`vectors/maa-exchanges/${name}`), 'utf8')) as { exchanges: Exchange[] })
      .exchanges;
  const claimsOf = (token = '') =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
  /** What is not of the token itself. */
  const own = ({ exp: _exp, iat: _iat, iss: _iss, nbf: _nbf, ...claims }: Record<string, unknown>) => claims;
  const answers = recorded('Policy-PolicyTests.PolicyTests-ModifyUnsecured_AAD_SgxEnclave.json')
    .filter(({ url }) => url.includes('/policies/'))
    .map(({ body }) => own(claimsOf(body.token)));

  test('setting, getting, resetting and getting a policy gives the same claims', () => {
    const policies = instance('aad');
    const token = trialJws(policy);
    const ours = [
      policies.set('SgxEnclave', token),
      policies.get('SgxEnclave'),
      policies.reset('SgxEnclave', RESET),
      policies.get('SgxEnclave'),
    ];
    expect(ours).toEqual(answers);
  });

  test('the certificates of an isolated instance have the same shape', () => {
    const [answer] = recorded('CertificateTests.GetPolicyManagementCertificatesIsolated.json').slice(-1);
    const real = own(claimsOf(answer?.body.token));
    const [key] = (real['x-ms-policy-certificates'] as { keys: { x5c: string[] }[] }).keys;
    const signers = [Buffer.from(key?.x5c[0] ?? '', 'base64')];
    const policies = createPolicies({ mode: 'isolated', store: memoryPolicyStore(), signers, now });
    expect(policies.certificates()).toEqual(real);
  });
});
