import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createIssuerKeys, fixedIssuerKeys } from '../../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../../enclave/results/verifyResult.js';
import { createTestIssuer, TEST_NOW } from '../../support/issuer.js';

const issuer = createTestIssuer();
const other = createTestIssuer();
const kid = issuer.jwks.keys[0]?.kid ?? '';
const otherKid = other.jwks.keys[0]?.kid ?? '';

/** Issuer keys over a JWKS that can change or be away, in a time that the test sets. */
function world() {
  const state = { now: TEST_NOW, jwks: issuer.jwks as unknown, down: false, fetches: 0 };
  const keys = createIssuerKeys({
    fetchJwks: async () => {
      state.fetches++;
      await Promise.resolve();
      if (state.down) throw new Error('connection refused');
      return state.jwks;
    },
    now: () => state.now,
    minimumRefetchSeconds: 10,
    refreshSeconds: 3600,
    maximumAgeSeconds: 86_400,
  });
  return { state, find: (wanted: string) => keys.find(issuer.trusted, wanted) };
}

describe('the keys of an issuer', () => {
  test('are fetched once, also by many who ask at once', async () => {
    const { state, find } = world();
    await Promise.all([find(kid), find(kid), find(kid)]);
    await find(kid);
    expect(state.fetches).toBe(1);
  });

  test('are fetched again for an unknown kid, so that a rotation is noticed', async () => {
    const { state, find } = world();
    await find(kid);
    state.jwks = { keys: [...issuer.jwks.keys, ...other.jwks.keys] };
    state.now += 10;
    await expect(find(otherKid)).resolves.toMatchObject({ kid: otherKid });
    expect(state.fetches).toBe(2);
  });

  test('are not fetched again more often than the bound, whatever kids are invented', async () => {
    const { state, find } = world();
    for (let i = 0; i < 100; i++) {
      state.now += 0.5;
      await expect(find(`invented-${i}`)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
    }
    expect(state.fetches).toBeLessThanOrEqual(6);
  });

  test('are fetched again after an hour, so that a withdrawn key is noticed, and nobody waits for it', async () => {
    const { state, find } = world();
    await find(kid);
    state.jwks = other.jwks;
    state.now += 3600;
    await expect(find(kid)).resolves.toBeDefined();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(find(kid)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
    expect(state.fetches).toBe(2);
  });

  test('are fetched again after a getter that threw instead of rejecting', async () => {
    let now = TEST_NOW;
    let isBroken = true;
    const fetchJwks = () => {
      if (isBroken) throw new Error('bug');
      return Promise.resolve(issuer.jwks);
    };
    const keys = createIssuerKeys({ fetchJwks, now: () => now, minimumRefetchSeconds: 10 });
    await expect(keys.find(issuer.trusted, kid)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
    isBroken = false;
    now += 10;
    await expect(keys.find(issuer.trusted, kid)).resolves.toMatchObject({ kid });
  });

  test('stay good while the issuer is away, up to a day', async () => {
    const { state, find } = world();
    await find(kid);
    state.down = true;
    state.now += 86_400;
    await expect(find(kid)).resolves.toBeDefined();
    state.now += 1;
    await expect(find(kid)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
  });

  test('that are unknown while the issuer is away could be good: it cannot be told', async () => {
    const { state, find } = world();
    state.down = true;
    await expect(find(kid)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
    state.down = false;
    state.now += 10;
    await find(kid);
    state.down = true;
    state.now += 11;
    await expect(find(otherKid)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
  });

  test.each([
    ['no object', null],
    ['no keys', {}],
    ['too many keys', { keys: Array.from({ length: 65 }, () => ({})) }],
    ['null for a key', { keys: [null] }],
    ['a certificate that is not base64', { keys: [{ kid, x5c: ['%'] }] }],
    ['a certificate of a megabyte', { keys: [{ kid, x5c: ['A'.repeat(1_000_000)] }] }],
  ])('cannot be told from a document with %s', async (_, jwks) => {
    const { state, find } = world();
    state.jwks = jwks;
    await expect(find(kid)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
  });

  test('come from certificates only with Azure: n and e of its JWKS are nobody’s key', async () => {
    const bare = { keys: [{ kid, kty: 'RSA', n: 'AQAB', e: 'AQAB' }] };
    await expect(fixedIssuerKeys(bare).find(issuer.trusted, kid)).rejects.toMatchObject({
      code: 'RESULT_SIGNATURE_INVALID',
    });
  });

  test('are RSA of 2048 bits at least', async () => {
    const weak = createTestIssuer('https://weak.example', { bits: 1024 });
    const [key] = weak.jwks.keys;
    await expect(weak.keys.find(weak.trusted, key?.kid ?? '')).rejects.toMatchObject({
      code: 'RESULT_SIGNATURE_INVALID',
    });
  });

  test('are not used outside the dates of their certificate', async () => {
    const short = createTestIssuer('https://short.example', { notAfter: (TEST_NOW + 5) * 1000 });
    const at = (now: number) =>
      verifyAttestationResult(short.issue([]), { issuers: [short.trusted], getKeys: short.keys, now });
    await expect(at(TEST_NOW + 5)).resolves.toBeDefined();
    await expect(at(TEST_NOW + 6)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
  });
});

describe('a key', () => {
  test('is no longer current once a newer list lacks it, and stays so while the list says the same', async () => {
    const { state, find } = world();
    const key = await find(kid);
    state.jwks = { keys: [...issuer.jwks.keys, ...other.jwks.keys] };
    state.now += 10;
    await find(otherKid);
    expect(await find(kid)).toBe(key);
    expect(key.isCurrent()).toBe(true);
    state.jwks = other.jwks;
    state.now += 10;
    await expect(find('unknown')).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
    expect(key.isCurrent()).toBe(false);
  });

  test('is not current once its list has become too old', async () => {
    const { state, find } = world();
    const key = await find(kid);
    state.down = true;
    state.now += 86_400;
    expect(key.isCurrent()).toBe(true);
    state.now += 1;
    expect(key.isCurrent()).toBe(false);
  });

  test('of another certificate under the same kid is another key', async () => {
    const { state, find } = world();
    const key = await find(kid);
    state.jwks = { keys: other.jwks.keys.map((entry) => ({ ...entry, kid })) };
    state.now += 3600;
    await find(kid);
    await new Promise((resolve) => setImmediate(resolve));
    expect(key.isCurrent()).toBe(false);
    expect(await find(kid)).not.toBe(key);
  });

  test('may go without a kid where it is the only one', async () => {
    const only = fixedIssuerKeys({ keys: issuer.jwks.keys.map(({ x5c }) => ({ kty: 'RSA', x5c })) });
    await expect(only.find(issuer.trusted, undefined)).resolves.toMatchObject({ kid: undefined });
    const two = fixedIssuerKeys({ keys: [...issuer.jwks.keys, ...other.jwks.keys].map(({ x5c }) => ({ x5c })) });
    await expect(two.find(issuer.trusted, undefined)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
  });

  test('is attested where its certificate carries genuine evidence, and asked again while that cannot be told', async () => {
    const state: { answer?: boolean } = {};
    let asked = 0;
    const keys = createIssuerKeys({
      fetchJwks: () => Promise.resolve(issuer.jwks),
      now: () => TEST_NOW,
      minimumRefetchSeconds: 10,
      isAttested: (certificate) => {
        asked++;
        expect(Buffer.from(certificate).toString('base64')).toBe(issuer.jwks.keys[0]?.x5c[0]);
        return state.answer === undefined ? Promise.reject(new Error('no collateral')) : Promise.resolve(state.answer);
      },
    });
    expect((await keys.find(issuer.trusted, kid)).attested).toBeUndefined();
    state.answer = true;
    expect((await keys.find(issuer.trusted, kid)).attested).toBe(true);
    await keys.find(issuer.trusted, kid);
    expect(asked).toBe(2);
  });
});

describe('a pinned certificate', () => {
  const der = Buffer.from(issuer.jwks.keys[0]?.x5c[0] ?? '', 'base64');
  const pin = createHash('sha256').update(der).digest('hex');

  test('is accepted by its digest', async () => {
    await expect(
      issuer.keys.find({ ...issuer.trusted, certificateSha256: ['00'.repeat(32), pin] }, kid),
    ).resolves.toBeDefined();
  });

  test('keeps out every other certificate, though the JWKS names it', async () => {
    const pinned = { ...issuer.trusted, certificateSha256: ['00'.repeat(32)] };
    await expect(issuer.keys.find(pinned, kid)).rejects.toMatchObject({ code: 'RESULT_ISSUER_UNTRUSTED' });
  });

  test('of one issuer is not lent to another that shares its JWKS', async () => {
    const { state, find } = world();
    await find(kid);
    const keys = createIssuerKeys({
      fetchJwks: () => Promise.resolve(issuer.jwks),
      now: () => state.now,
      minimumRefetchSeconds: 10,
    });
    await keys.find({ ...issuer.trusted, issuer: 'https://one' }, kid);
    const strict = { ...issuer.trusted, issuer: 'https://two', certificateSha256: ['00'.repeat(32)] };
    await expect(keys.find(strict, kid)).rejects.toMatchObject({ code: 'RESULT_ISSUER_UNTRUSTED' });
  });
});
