import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { fixedIssuerKeys } from '../../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../../enclave/results/verifyResult.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

interface TokenCase {
  readonly id: string;
  readonly at: string;
  readonly issuer: string;
  readonly expect: { accept: boolean; reasons: string[]; debuggable: boolean; mrenclave: string; reportData: string };
  readonly token: string;
  readonly jwks: unknown;
}

/** Our code for each word of the vectors. */
const CODES: Record<string, string> = {
  alg: 'RESULT_SIGNATURE_INVALID',
  kid: 'RESULT_SIGNATURE_INVALID',
  signature: 'RESULT_SIGNATURE_INVALID',
  'signer-cert-time': 'RESULT_SIGNATURE_INVALID',
  expired: 'RESULT_EXPIRED',
  'not-yet': 'RESULT_EXPIRED',
  issuer: 'RESULT_ISSUER_UNTRUSTED',
  parse: 'RESULT_MALFORMED',
};

function verify({ token, jwks, at, issuer }: TokenCase, leewaySeconds = 0) {
  return verifyAttestationResult(token, {
    issuers: [{ issuer, jwksUri: `${issuer}/certs` }],
    getKeys: fixedIssuerKeys(jwks),
    now: Math.floor(Date.parse(at) / 1000),
    leewaySeconds,
  });
}

describeWithShared('tokens that Azure Attestation issued', 'vectors/maa', () => {
  const cases = readdirSync(sharedPath('vectors/maa'))
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(sharedPath(`vectors/maa/${file}`), 'utf8')) as TokenCase);
  const named = (accept: boolean) =>
    cases.filter((one) => one.expect.accept === accept).map((one) => [one.id, one] as const);

  test('are 16', () => {
    expect(cases).toHaveLength(16);
  });

  test.each(named(true))('accepts %s', async (_, one) => {
    const result = await verify(one);
    expect(result).toMatchObject({
      issuer: one.issuer,
      teeType: 'sgx',
      measurement: one.expect.mrenclave,
      reportData: one.expect.reportData,
      debug: one.expect.debuggable,
      simulated: false,
      keys: [],
      tcbStatus: undefined,
    });
    expect(result.expiresAt - result.issuedAt).toBe(28_800);
    expect(result.id).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each(named(false))('rejects %s', async (_, one) => {
    const codes = one.expect.reasons.map((reason) => CODES[reason]);
    await expect(verify(one)).rejects.toMatchObject({ name: 'Refusal' });
    await expect(verify(one).catch((refusal: unknown) => (refusal as { code: string }).code)).resolves.toBe(codes[0]);
  });

  test('rejects a genuine token after any one character was changed', async () => {
    const genuine = cases.find((one) => one.id === 'simpleattest-sgxenclave_shared');
    if (!genuine) throw new Error('the vector is missing');
    for (let at = 0; at < genuine.token.length; at += 29) {
      const character = genuine.token[at] === 'A' ? 'B' : 'A';
      const token = genuine.token.slice(0, at) + character + genuine.token.slice(at + 1);
      await expect(verify({ ...genuine, token })).rejects.toMatchObject({ name: 'Refusal' });
    }
  });

  test('gives an expired token no more than the leeway', async () => {
    const genuine = cases.find((one) => one.id === 'simpleattest-sgxenclave_shared');
    if (!genuine) throw new Error('the vector is missing');
    const { expiresAt } = await verify(genuine);
    const after = (seconds: number) => ({ ...genuine, at: new Date((expiresAt + seconds) * 1000).toISOString() });
    await expect(verify(after(0))).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
    await expect(verify(after(59), 60)).resolves.toMatchObject({ expiresAt });
    await expect(verify(after(60), 60)).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
    await expect(verify(genuine, 61)).rejects.toThrow(RangeError);
  });
});

describe('what is not a token at all', () => {
  const options = { issuers: [], getKeys: fixedIssuerKeys({ keys: [] }), now: 0 };

  test.each([
    ['an empty text', ''],
    ['two parts', 'a.b'],
    ['four parts', 'a.b.c.d'],
    ['parts that are not base64url', '!.!.!'],
    ['JSON that is not an object', `${Buffer.from('1').toString('base64url')}.e30.`],
    ['a text that is too long', `a.${'a'.repeat(70_000)}.a`],
  ])('%s is malformed', async (_, token) => {
    await expect(verifyAttestationResult(token, options)).rejects.toMatchObject({ code: 'RESULT_MALFORMED' });
  });
});
