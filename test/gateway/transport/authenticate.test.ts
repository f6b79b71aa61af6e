import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAuthenticate, type Authenticate } from '../../../gateway/transport/authenticate.js';
import { startIdentityProvider, type TestIdentityProvider } from '../support/identityProvider.js';

let provider: TestIdentityProvider;
let authenticate: Authenticate;
beforeAll(async () => {
  provider = await startIdentityProvider();
  authenticate = createAuthenticate({ ...provider, now: Date.now });
});
afterAll(() => provider.close());

const seconds = () => Math.floor(Date.now() / 1000);
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('no header is nobody', async () => {
  expect(await authenticate(undefined)).toMatchObject({ kind: 'anonymous', id: '', scopes: [] });
});

test('a good token is a person with its roles and scopes', async () => {
  expect(await authenticate(`Bearer ${await provider.token(['a', 'b'])}`)).toEqual({
    kind: 'person',
    id: 'dr-a',
    roles: ['clinician'],
    scopes: ['a', 'b'],
    channel: 'local',
  });
});

describe('a header that is not a good token is refused, and never taken for nobody:', () => {
  const rows: [why: string, header: () => Promise<string>][] = [
    ['another scheme', () => Promise.resolve('Basic YTpi')],
    ['an empty header', () => Promise.resolve('')],
    ['an empty token', () => Promise.resolve('Bearer ')],
    ['no JWT', () => Promise.resolve('Bearer abc')],
    ['a token that is too long', () => Promise.resolve(`Bearer ${'a'.repeat(9000)}`)],
    ['the signature of another key', async () => `Bearer ${await provider.forged(['a'])}`],
    ['an expired token', async () => `Bearer ${await provider.token([], { exp: seconds() - 60 })}`],
    ['a token from the future', async () => `Bearer ${await provider.token([], { nbf: seconds() + 600 })}`],
    ['another audience', async () => `Bearer ${await provider.token([], { aud: 'urn:other' })}`],
    ['another issuer', async () => `Bearer ${await provider.token([], { iss: 'https://other' })}`],
    [
      'an identity token instead of an access token',
      async () => `Bearer ${await provider.token([], {}, { typ: 'JWT' })}`,
    ],
    ['a key that the issuer does not have', async () => `Bearer ${await provider.token([], {}, { kid: 'k2' })}`],
    ['no account', async () => `Bearer ${await provider.token([], { sub: '' })}`],
    [
      'more scopes than anybody has',
      async () => `Bearer ${await provider.token(Array.from({ length: 65 }, (_, index) => `s${index}`))}`,
    ],
    [
      'the algorithm none',
      async () => {
        const [, payload] = (await provider.token(['a'])).split('.');
        return `Bearer ${encode({ alg: 'none', typ: 'at+jwt' })}.${payload ?? ''}.`;
      },
    ],
    [
      'the algorithm HS256 with the public key as secret',
      async () => {
        const [, payload] = (await provider.token(['a'])).split('.');
        const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })}.${payload ?? ''}`;
        const keys = await (await fetch(`${provider.issuer}/jwks`)).text();
        return `Bearer ${signed}.${createHmac('sha256', keys).update(signed).digest('base64url')}`;
      },
    ],
    [
      'a changed scope',
      async () => {
        const [head, payload, signature] = (await provider.token(['a'])).split('.');
        const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object;
        return `Bearer ${head ?? ''}.${encode({ ...claims, scope: 'admin' })}.${signature ?? ''}`;
      },
    ],
  ];
  test.each(rows)('%s', async (_, header) => {
    await expect(authenticate(await header())).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('could not tell', () => {
  test('is not the fault of the token where the provider is away', async () => {
    const away = createAuthenticate({ issuer: 'http://127.0.0.1:1', audience: 'a', now: Date.now });
    await expect(away(`Bearer ${await provider.token([])}`)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
  });

  test('is the answer where the address belongs to another provider', async () => {
    const other = createAuthenticate({
      issuer: `${provider.issuer}/realm`,
      audience: provider.audience,
      now: Date.now,
    });
    await expect(other(`Bearer ${await provider.token([])}`)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
  });
});
