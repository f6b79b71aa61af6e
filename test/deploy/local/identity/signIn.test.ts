import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { identityKeys } from '../../../../deploy/local/identity/keys.js';
import { createProvider } from '../../../../deploy/local/identity/provider.js';
import { createIdentityServer } from '../../../../deploy/local/identity/server.js';
import { signInWithPassword } from '../../../../cli/signIn.js';

const portalOrigin = 'http://localhost:4003';
const audience = 'urn:cloister:gateway';
const folder = mkdtempSync(join(tmpdir(), 'cloister-identity-'));
const keyFile = join(folder, 'identity.json');
let server: Server;
let issuer: string;

beforeAll(async () => {
  // The issuer names the port, so a first listener finds a free one.
  const port = await freePort();
  issuer = `http://localhost:${port}`;
  const keys = await identityKeys(keyFile);
  // The library prints advice for production.
  for (const method of ['info', 'warn'] as const) jest.spyOn(console, method).mockReturnValue();
  server = createIdentityServer({ audience, provider: createProvider({ issuer, keys, portalOrigin, audience }) });
  await new Promise<void>((settle) => server.listen(port, '127.0.0.1', settle));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((settle) => server.close(settle));
});

describe('signing in from the command line', () => {
  test('gives an access token for the gateway with the scopes and roles of a clinician', async () => {
    const token = await signInWithPassword({ issuer, account: 'clinician', password: 'cloister', audience });
    const { payload, protectedHeader } = await verify(token);
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    expect(payload).toMatchObject({ sub: 'clinician', aud: audience, iss: issuer, roles: ['clinician'] });
    expect(String(payload.scope).split(' ')).toEqual(
      expect.arrayContaining(['user/DiagnosticReport.sign', 'user/Patient.write']),
    );
    expect(payload.scope).not.toContain('AuditEvent');
  });

  test.each([
    ['clerk', 'user/Communication.write', 'user/DiagnosticReport.request'],
    ['radiologist', 'user/DiagnosticReport.request', 'user/Patient.write'],
    ['auditor', 'user/AuditEvent.read', 'user/Patient.read'],
  ])('gives a %s %s and not %s', async (account, given, denied) => {
    const { payload } = await verify(await signInWithPassword({ issuer, account, password: 'cloister', audience }));
    const scopes = String(payload.scope).split(' ');
    expect(scopes).toContain(given);
    expect(scopes).not.toContain(denied);
  });

  test('gives only the scopes that were asked for', async () => {
    const token = await signInWithPassword({
      issuer,
      account: 'clinician',
      password: 'cloister',
      audience,
      scope: 'openid user/Patient.read user/AuditEvent.read',
    });
    expect((await verify(token)).payload.scope).toBe('user/Patient.read');
  });

  test('refuses a wrong password, an unknown account and an account that is no plain key', async () => {
    await expect(
      signInWithPassword({ issuer, account: 'clinician', password: 'wrong', audience }),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(
      signInWithPassword({ issuer, account: 'nobody', password: 'cloister', audience }),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(
      signInWithPassword({ issuer, account: '__proto__', password: 'cloister', audience }),
    ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('says that it could not tell when the provider does not answer', async () => {
    await expect(
      signInWithPassword({
        issuer: `http://localhost:${await freePort()}`,
        account: 'clinician',
        password: 'cloister',
        audience,
      }),
    ).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });
});

describe('signing in from the portal', () => {
  test('shows a page without script that says it is for development, under a policy that lets the form reach the portal', async () => {
    const { page } = await openSignInPage();
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).toContain('Development sign-in');
    expect(html).not.toContain('<script');
    expect(html).toContain('<label for="password">');
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${portalOrigin};`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('sends the browser back to the portal with a code that is good for access, identity and refresh tokens', async () => {
    const { page, cookies, challenge } = await openSignInPage();
    const back = await followToPortal(await submit(page, cookies, 'clerk', 'cloister'), cookies);
    expect(back.origin + back.pathname).toBe(`${portalOrigin}/callback`);
    const answer = await redeem(back.searchParams.get('code') ?? '', challenge);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(portalOrigin);
    const tokens = (await answer.json()) as Record<string, string>;
    expect((await verify(tokens.access_token ?? '')).payload).toMatchObject({ sub: 'clerk', roles: ['clerk'] });
    expect(decode(tokens.id_token ?? '')).toMatchObject({
      sub: 'clerk',
      name: 'Demo clerk',
      roles: ['clerk'],
      aud: 'cloister-portal',
    });

    const refreshed = await token({
      grant_type: 'refresh_token',
      client_id: 'cloister-portal',
      refresh_token: tokens.refresh_token ?? '',
    });
    expect(refreshed.status).toBe(200);
  });

  test('shows the form again, with what went wrong, after a wrong password', async () => {
    const { page, cookies } = await openSignInPage();
    const again = await submit(page, cookies, '"><b>x', 'wrong');
    expect(again.status).toBe(401);
    const html = await again.text();
    expect(html).toContain('role="alert"');
    expect(html).not.toContain('<b>x');
  });

  test('refuses a code without the verifier of its challenge', async () => {
    const { page, cookies } = await openSignInPage();
    const back = await followToPortal(await submit(page, cookies, 'clerk', 'cloister'), cookies);
    const answer = await redeem(back.searchParams.get('code') ?? '', client.randomPKCECodeVerifier());
    expect(answer.status).toBe(400);
  });

  test('refuses a request without PKCE, with an unknown redirect, or for another resource', async () => {
    for (const change of [
      { code_challenge: undefined },
      { redirect_uri: 'http://evil.example/callback' },
      { resource: 'urn:somebody:else' },
    ]) {
      const { page } = await openSignInPage(change);
      const location = page.headers.get('location');
      expect(location === null ? page.status : new URL(location).searchParams.get('error')).not.toBeNull();
      expect(page.status).not.toBe(200);
      expect(location ?? '').not.toContain('evil.example');
    }
  });

  test('lets no other origin read its answers', async () => {
    const answer = await token(
      { grant_type: 'authorization_code', client_id: 'cloister-portal', code: 'x' },
      'http://evil.example',
    );
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('refuses a form that is too large and an interaction that does not exist', async () => {
    const { page, cookies } = await openSignInPage();
    expect((await submit(page, cookies, 'clerk', 'x'.repeat(10_000))).status).toBe(413);
    expect((await fetch(`${issuer}/interaction/unknown`)).status).toBe(400);
  });

  test('asks before it signs out, and returns to the portal', async () => {
    const { page, cookies, challenge } = await openSignInPage();
    const back = await followToPortal(await submit(page, cookies, 'clerk', 'cloister'), cookies);
    const tokens = (await (await redeem(back.searchParams.get('code') ?? '', challenge)).json()) as Record<
      string,
      string
    >;
    const ask = await fetch(
      `${issuer}/session/end?${new URLSearchParams({ id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: portalOrigin })}`,
      { headers: { cookie: cookies.header() } },
    );
    const html = await ask.text();
    expect(html).toContain('Sign out of Cloister?');
    cookies.keep(ask);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const action = /action="([^"]+)"/.exec(html)?.[1] ?? '';
    const done = await fetch(action, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: cookies.header() },
      body: new URLSearchParams({ xsrf, logout: 'yes' }),
    });
    expect(done.status).toBe(303);
    expect(done.headers.get('location')).toBe(`${portalOrigin}/`);
  });
});

describe('the keys of the provider', () => {
  test('stay the same over restarts, so that tokens stay valid', async () => {
    const before = readFileSync(keyFile, 'utf8');
    expect((await identityKeys(keyFile)).jwks).toEqual((JSON.parse(before) as { jwks: unknown }).jwks);
    expect(readFileSync(keyFile, 'utf8')).toBe(before);
    expect(statSync(keyFile).mode & 0o077).toBe(0);
  });

  test('are refused in one sentence when the file is damaged', async () => {
    const damaged = join(folder, 'damaged.json');
    writeFileSync(damaged, '{"jwks":');
    await expect(identityKeys(damaged)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('damaged.json'),
    });
  });
});

class Cookies {
  readonly #values = new Map<string, string>();
  keep(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined) this.#values.set(name, value ?? '');
    }
  }
  header(): string {
    return [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

async function openSignInPage(change: Record<string, string | undefined> = {}) {
  const challenge = client.randomPKCECodeVerifier();
  const cookies = new Cookies();
  const parameters: Record<string, string | undefined> = {
    client_id: 'cloister-portal',
    response_type: 'code',
    redirect_uri: `${portalOrigin}/callback`,
    scope: 'openid profile',
    state: 's',
    code_challenge: await client.calculatePKCECodeChallenge(challenge),
    code_challenge_method: 'S256',
    resource: audience,
    ...change,
  };
  const query = new URLSearchParams(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  let page = await fetch(`${issuer}/auth?${query}`, { redirect: 'manual' });
  cookies.keep(page);
  const location = page.headers.get('location');
  if (location?.startsWith('/interaction/') === true)
    page = await fetch(new URL(location, issuer), { headers: { cookie: cookies.header() } });
  return { page, cookies, challenge };
}

async function submit(page: Response, cookies: Cookies, account: string, password: string): Promise<Response> {
  return fetch(page.url, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookies.header() },
    body: new URLSearchParams({ account, password }),
  });
}

async function followToPortal(answer: Response, cookies: Cookies): Promise<URL> {
  for (let hop = 0; hop < 5; hop++) {
    cookies.keep(answer);
    const next = new URL(answer.headers.get('location') ?? '', issuer);
    if (next.origin === portalOrigin) return next;
    answer = await fetch(next, { redirect: 'manual', headers: { cookie: cookies.header() } });
  }
  throw new Error('no way back to the portal');
}

function redeem(code: string, verifier: string): Promise<Response> {
  return token({
    grant_type: 'authorization_code',
    client_id: 'cloister-portal',
    code,
    code_verifier: verifier,
    redirect_uri: `${portalOrigin}/callback`,
  });
}

function token(form: Record<string, string>, origin = portalOrigin): Promise<Response> {
  return fetch(`${issuer}/token`, { method: 'POST', headers: { origin }, body: new URLSearchParams(form) });
}

async function verify(accessToken: string) {
  return jwtVerify(accessToken, createRemoteJWKSet(new URL(`${issuer}/jwks`)), {
    issuer,
    audience,
    algorithms: ['ES256'],
    typ: 'at+jwt',
  });
}

function decode(jwt: string): unknown {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const probe = createServer();
  await new Promise<void>((settle) => probe.listen(0, '127.0.0.1', settle));
  const { port } = probe.address() as AddressInfo;
  await new Promise((settle) => probe.close(settle));
  return port;
}
