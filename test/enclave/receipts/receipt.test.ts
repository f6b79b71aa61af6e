import { createHash } from 'node:crypto';
import { CompactSign } from 'jose';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { fixedIssuerKeys } from '../../../enclave/results/issuerKeys.js';
import type { AttestationResult } from '../../../enclave/results/attestationResult.js';
import { verifyAttestationResult } from '../../../enclave/results/verifyResult.js';
import { canonicalJson } from '../../../enclave/receipts/canonicalJson.js';
import type { ReceiptContent, SignReceiptOptions, VerifyReceiptOptions } from '../../../enclave/receipts/receipt.js';
import { signReceipt, verifyReceipt } from '../../../enclave/receipts/receipt.js';
import {
  createEnclaveKey,
  createTestIssuer,
  measurementOf,
  TEST_NOW,
  testPolicy,
  testReferenceValues,
} from '../../support/issuer.js';

const issuer = createTestIssuer();
const key = createEnclaveKey('receipt');
const now = TEST_NOW + 100;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const model = { id: 'pneumonia', version: '1.0.0', sha256: sha256('model') };
const answer = { finding: 'pneumonia', probability: 0.87, classActivationMap: null };
const input = sha256('image');

let result: AttestationResult;
let receipt: string;

async function resultFor(keys = [createEnclaveKey('tls').jwk, key.jwk], change = {}): Promise<AttestationResult> {
  const token = issuer.issue(keys, { 'x-ms-sgx-mrenclave': measurementOf('inference'), ...change });
  return verifyAttestationResult(token, { issuers: [issuer.trusted], getKeys: issuer.keys, now });
}

const sign = (change: Partial<SignReceiptOptions> = {}) =>
  signReceipt({ key, result, now, input, model, answer, ...change });

const verify = (change: Partial<VerifyReceiptOptions> = {}) =>
  verifyReceipt({
    receipt,
    issuers: [issuer.trusted],
    getKeys: issuer.keys,
    now,
    input,
    answer,
    modelSha256: model.sha256,
    ...change,
  });

/** A receipt with these fields changed, signed with the enclave's key: what a lying enclave could make. */
async function forge(
  change: Partial<Record<keyof ReceiptContent, unknown>>,
  header: Record<string, string> = {},
): Promise<string> {
  const content = JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString()) as ReceiptContent;
  return new CompactSign(Buffer.from(JSON.stringify({ ...content, ...change })))
    .setProtectedHeader({ alg: 'ES256', kid: 'receipt', typ: 'cloister-receipt+jwt', ...header })
    .sign(key.privateKey);
}

const rejected = { name: 'Refusal', code: 'RECEIPT_INVALID' };

beforeAll(async () => {
  result = await resultFor();
  receipt = await sign();
});

describe('a receipt', () => {
  test('says which model answered what to which input, in which enclave', async () => {
    const { content, enclave } = await verify({
      appraisal: { policy: testPolicy, referenceValues: testReferenceValues },
    });
    expect(content).toEqual({
      iat: now,
      input,
      model,
      output: sha256('{"classActivationMap":null,"finding":"pneumonia","probability":0.87}'),
      attestationResult: result.id,
      measurement: measurementOf('inference'),
      jwk: key.jwk,
      attestation: result.token,
    });
    expect(enclave).toBe('inference');
    const header = JSON.parse(Buffer.from(receipt.split('.')[0] ?? '', 'base64url').toString()) as unknown;
    expect(header).toEqual({ alg: 'ES256', kid: 'receipt', typ: 'cloister-receipt+jwt' });
  });

  test('verifies years later, without a network, after its attestation result has expired', async () => {
    const years = 5 * 365 * 86_400;
    await expect(verify({ now: now + years, getKeys: fixedIssuerKeys(issuer.jwks) })).resolves.toMatchObject({
      result: { id: result.id },
    });
  });

  test('does not depend on the order of the members of the answer', async () => {
    const { probability, ...rest } = answer;
    await expect(verify({ answer: { probability, ...rest } })).resolves.toBeDefined();
  });
});

describe('a receipt is rejected', () => {
  test.each<[string, Partial<VerifyReceiptOptions>, RegExp]>([
    ['for another image', { input: sha256('other') }, /another input/],
    ['for another answer', { answer: { ...answer, probability: 0.88 } }, /another answer/],
    ['for another model', { modelSha256: sha256('other') }, /another model/],
    ['from an issuer that is not trusted', { issuers: [createTestIssuer('https://other.example').trusted] }, /issuer/],
    ['when the issuer has other keys', { getKeys: createTestIssuer().keys }, /has no key/],
    ['from the future', { now: now - 61 }, /future/],
    ['when it is not a token', { receipt: 'a.b.c' }, /compact JWS/],
    ['when it is too long', { receipt: `a.${'a'.repeat(140_000)}.a` }, /characters/],
  ])('%s', async (_, change, message) => {
    await expect(verify(change)).rejects.toMatchObject(rejected);
    await expect(verify(change)).rejects.toThrow(message);
  });

  test('after any one character was changed', async () => {
    for (let at = 0; at < receipt.length; at += 41) {
      const changed = receipt.slice(0, at) + (receipt[at] === 'A' ? 'B' : 'A') + receipt.slice(at + 1);
      await expect(verify({ receipt: changed })).rejects.toMatchObject(rejected);
    }
  });

  test('when signed with a key that no attestation result vouches for', async () => {
    const stranger = createEnclaveKey('receipt');
    await expect(verify({ receipt: await sign({ key: stranger }) })).rejects.toThrow(/not signed by the key/);
  });

  test('when its attestation result vouches for no receipt key', async () => {
    const without = await resultFor([createEnclaveKey('tls').jwk]);
    await expect(verify({ receipt: await sign({ result: without }) })).rejects.toThrow(/vouches for no receipt key/);
  });

  test.each<[string, Partial<Record<keyof ReceiptContent, unknown>>]>([
    ['names another attestation result', { attestationResult: 'ff' }],
    ['names another measurement', { measurement: measurementOf('gateway') }],
    ['shows another key', { jwk: createEnclaveKey('receipt').jwk }],
    ['names no model', { model: null }],
    ['was made before its attestation result', { iat: TEST_NOW - 61 }],
    ['was made after its attestation result expired', { iat: TEST_NOW + 28_900 }],
  ])('when it %s', async (_, change) => {
    await expect(verify({ receipt: await forge(change), now: now + 100_000 })).rejects.toMatchObject(rejected);
  });

  test('when it is another kind of token', async () => {
    await expect(verify({ receipt: await forge({}, { typ: 'JWT' }) })).rejects.toThrow(/type/);
  });

  test('when its enclave did not satisfy the policy, with every failed claim', async () => {
    const simulated = await resultFor(undefined, { 'x-cloister-simulated': true, 'x-ms-sgx-is-debuggable': true });
    const appraisal = { policy: testPolicy, referenceValues: testReferenceValues };
    await expect(verify({ receipt: await sign({ result: simulated }), appraisal })).rejects.toMatchObject({
      ...rejected,
      failures: [{ claim: 'simulated' }, { claim: 'debug' }],
    });
  });
});

test('an issuer that cannot be asked is not a forged receipt', async () => {
  const { createIssuerKeys } = await import('../../../enclave/results/issuerKeys.js');
  const getKeys = createIssuerKeys({
    fetchJwks: () => Promise.reject(new Error('down')),
    now: () => now,
    minimumRefetchSeconds: 1,
  });
  await expect(verify({ getKeys })).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
});

describe('canonical JSON', () => {
  test('sorts members at every depth and writes no space', () => {
    expect(canonicalJson({ b: [1, { d: 2, c: null }], a: 'x"', é: true, u: undefined })).toBe(
      '{"a":"x\\"","b":[1,{"c":null,"d":2}],"é":true}',
    );
  });

  test.each([[NaN], [Infinity], [undefined], [1n], [[undefined]]])('is not made of %p', (value) => {
    expect(() => canonicalJson(value)).toThrow(RangeError);
  });
});
