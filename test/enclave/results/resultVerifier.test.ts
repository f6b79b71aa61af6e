import { describe, expect, test } from '@jest/globals';
import type { IssuerKeys } from '../../../enclave/results/issuerKeys.js';
import { createIssuerKeys } from '../../../enclave/results/issuerKeys.js';
import { createResultVerifier } from '../../../enclave/results/resultVerifier.js';
import { createTestIssuer, TEST_NOW } from '../../support/issuer.js';

const issuer = createTestIssuer();

function world() {
  const state = { now: TEST_NOW, lookups: 0 };
  const getKeys: IssuerKeys = {
    find: (...wanted) => {
      state.lookups++;
      return issuer.keys.find(...wanted);
    },
  };
  return { state, verify: createResultVerifier({ issuers: [issuer.trusted], getKeys, now: () => state.now }) };
}

describe('a verifier of results', () => {
  test('verifies a token once and remembers it', async () => {
    const { state, verify } = world();
    const token = issuer.issue([]);
    expect(await verify(token)).toBe(await verify(token));
    expect(state.lookups).toBe(1);
  });

  test('remembers for five minutes, so that a withdrawn key is noticed', async () => {
    const { state, verify } = world();
    const token = issuer.issue([]);
    await verify(token);
    state.now += 300;
    await verify(token);
    expect(state.lookups).toBe(2);
  });

  test('never remembers beyond the expiry', async () => {
    const { state, verify } = world();
    const token = issuer.issue([], { exp: TEST_NOW + 5 });
    await verify(token);
    state.now += 5;
    await expect(verify(token)).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
  });

  test('does not remember refusals', async () => {
    const { state, verify } = world();
    const early = issuer.issue([], { nbf: TEST_NOW + 10, iat: TEST_NOW + 10 });
    await expect(verify(early)).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
    state.now += 10;
    await expect(verify(early)).resolves.toBeDefined();
  });

  test('refuses a result that was issued in the future, though nbf is past', async () => {
    const { verify } = world();
    await expect(verify(issuer.issue([], { iat: TEST_NOW + 1 }))).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
  });

  test('forgets at once where a newer list of keys lacks the key', async () => {
    const other = createTestIssuer();
    const state = { now: TEST_NOW, jwks: issuer.jwks };
    const getKeys = createIssuerKeys({
      fetchJwks: () => Promise.resolve(state.jwks),
      now: () => state.now,
      minimumRefetchSeconds: 5,
    });
    const verify = createResultVerifier({ issuers: [issuer.trusted], getKeys, now: () => state.now });
    const token = issuer.issue([]);
    await verify(token);
    state.jwks = other.jwks;
    state.now += 5;
    await expect(verify(other.issue([]))).resolves.toBeDefined();
    await expect(verify(token)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
  });

  test('notices a withdrawn key within the age of a list and five minutes, though nothing else comes', async () => {
    const state = { now: TEST_NOW, jwks: issuer.jwks };
    const getKeys = createIssuerKeys({
      fetchJwks: () => Promise.resolve(state.jwks),
      now: () => state.now,
      minimumRefetchSeconds: 5,
    });
    const verify = createResultVerifier({ issuers: [issuer.trusted], getKeys, now: () => state.now });
    const token = issuer.issue([]);
    await verify(token);
    state.jwks = createTestIssuer().jwks;
    const refusedAfter = async (): Promise<number> => {
      for (state.now = TEST_NOW; state.now < TEST_NOW + 28_000; state.now += 60) {
        const isRefused = await verify(token).then(
          () => false,
          () => true,
        );
        if (isRefused) break;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return state.now - TEST_NOW;
    };
    expect(await refusedAfter()).toBeLessThanOrEqual(3600 + 300 + 60);
  });

  test('looks at the dates of the signing certificate again', async () => {
    const short = createTestIssuer('https://short.example', { notAfter: (TEST_NOW + 5) * 1000 });
    const state = { now: TEST_NOW };
    const options = { issuers: [short.trusted], getKeys: short.keys, now: () => state.now };
    const verify = createResultVerifier(options);
    const token = short.issue([]);
    await verify(token);
    state.now += 6;
    await expect(verify(token)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
  });

  test('does not take a clock that is set back', async () => {
    const { state, verify } = world();
    const token = issuer.issue([]);
    await verify(token);
    state.now -= 10;
    await expect(verify(token)).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
  });

  test('holds on to a bounded number of tokens', async () => {
    const { state, verify } = world();
    const first = issuer.issue([]);
    await verify(first);
    for (let i = 0; i < 256; i++) await verify(issuer.issue([]));
    await verify(first);
    expect(state.lookups).toBe(258);
  });

  test.each([['exp'], ['nbf'], ['iat'], ['jti']])('refuses a token without %s', async (claim) => {
    const { verify } = world();
    await expect(verify(issuer.issue([], { [claim]: undefined }))).rejects.toMatchObject({ code: 'RESULT_MALFORMED' });
  });
});
