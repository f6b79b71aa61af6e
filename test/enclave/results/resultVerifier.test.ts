import { describe, expect, test } from '@jest/globals';
import type { IssuerKeys } from '../../../enclave/results/issuerKeys.js';
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
