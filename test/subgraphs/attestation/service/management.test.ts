import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { createAuthorization } from '../../../../subgraphs/attestation/service/authorize.js';
import { createPolicies } from '../../../../subgraphs/attestation/service/policies.js';
import { memoryPolicyStore } from '../../../../subgraphs/attestation/service/policyStore.js';
import type { RunningAttestationService } from '../../../support/attestationService.js';
import { startAttestationService } from '../../../support/attestationService.js';
import type { TrialSigner } from '../../../support/policySigner.js';
import { certificatePayload, policyPayload, trialJws, trialSigner } from '../../../support/policySigner.js';
import { listenOn } from '../../../support/freePorts.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const now = () => NOW;
const AUDIENCE = 'https://attest.azure.net';
const policyToken = trialJws(policyPayload('version=1.0; authorizationrules{=> permit();}; issuancerules{};'));

let identity: Server;
let issuer: string;
let key: CryptoKey;
let strangersKey: CryptoKey;
let signer: TrialSigner;
let aad: RunningAttestationService;
let isolated: RunningAttestationService;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = pair.privateKey;
  strangersKey = (await generateKeyPair('ES256')).privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: 'identity' };
  identity = createServer((request, response) => {
    const isDiscovery = request.url === '/.well-known/openid-configuration';
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(isDiscovery ? { issuer, jwks_uri: `${issuer}/jwks` } : { keys: [jwk] }));
  });
  await new Promise<void>((resolve) => identity.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(identity.address() as AddressInfo).port}`;
  signer = trialSigner(NOW);
  const authorization = createAuthorization({ issuer, audience: AUDIENCE, now });
  const start = (mode: 'aad' | 'isolated') => {
    const policies = createPolicies({ mode, store: memoryPolicyStore(), signers: [signer.certificate], now });
    return startAttestationService({ now, authorization, policies });
  };
  [aad, isolated] = await Promise.all([start('aad'), start('isolated')]);
});

afterAll(async () => {
  await Promise.all([aad.close(), isolated.close()]);
  await new Promise((resolve) => identity.close(resolve));
});

const accessToken = (claims: JWTPayload, signWith = key, header = {}) =>
  new SignJWT({ iss: issuer, aud: AUDIENCE, sub: 'operator', exp: NOW / 1000 + 60, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'identity', ...header })
    .sign(signWith);
const WRITER = { roles: ['Attestation Contributor'] };
const READER = { scope: 'openid system/AttestationPolicy.read' };

interface Request {
  readonly method?: string;
  readonly path?: string;
  readonly token?: string | undefined;
  readonly body?: string;
  readonly contentType?: string;
}

async function ask(service: RunningAttestationService, request: Request) {
  const { method = 'GET', path = '/policies/SgxEnclave', token, body, contentType = 'text/plain' } = request;
  const response = await fetch(`${service.url}${path}?api-version=2020-10-01`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': contentType }),
    },
    ...(body !== undefined && { body }),
  });
  const answer = (await response.json()) as {
    token?: string;
    error?: { code: string; innererror: { code: string } };
  };
  const [, payload = ''] = answer.token?.split('.') ?? [];
  const claims = payload === '' ? {} : (JSON.parse(Buffer.from(payload, 'base64url').toString()) as object);
  return { status: response.status, headers: response.headers, claims, error: answer.error };
}

describe('whoever wants to read or change policies', () => {
  test('is told where to get a token', async () => {
    const { status, headers, error } = await ask(aad, {});
    expect([status, error?.code, error?.innererror.code]).toEqual([401, 'Unauthorized', 'UNAUTHENTICATED']);
    expect(headers.get('www-authenticate')).toBe(`Bearer authorization_uri="${issuer}", resource="${AUDIENCE}"`);
    expect(headers.get('x-ms-error-code')).toBe('Unauthorized');
    expect(headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-ms-maa-service-version')).toBe('cloister/1');
  });

  test('may read as a reader or as a contributor', async () => {
    for (const claims of [READER, WRITER]) {
      const { status, claims: answered } = await ask(aad, { token: await accessToken(claims) });
      expect([status, Object.keys(answered)]).toEqual([200, ['exp', 'iat', 'iss', 'nbf', 'x-ms-policy']]);
    }
  });

  test('gets an answer that is good for an hour', async () => {
    const { claims } = await ask(aad, { token: await accessToken(READER) });
    expect(claims).toMatchObject({ exp: NOW / 1000 + 3600, iat: NOW / 1000, nbf: NOW / 1000, iss: aad.issuer });
  });

  test('may not write as a reader', async () => {
    const request = { method: 'PUT', body: policyToken, token: await accessToken(READER) };
    const { status, error } = await ask(aad, request);
    expect([status, error?.code, error?.innererror.code]).toEqual([401, 'Unauthorized', 'SCOPE_MISSING']);
  });

  test.each([
    ['of somebody else', () => accessToken(WRITER, strangersKey)],
    ['for somebody else', () => accessToken({ ...WRITER, aud: 'https://vault.azure.net' })],
    ['of another issuer', () => accessToken({ ...WRITER, iss: 'https://other.test' })],
    ['that has expired', () => accessToken({ ...WRITER, exp: NOW / 1000 - 60 })],
    ['about nobody', () => accessToken({ ...WRITER, sub: undefined as unknown as string })],
    ['of no form', () => Promise.resolve('token')],
    ['of 9000 characters', () => Promise.resolve('A'.repeat(9000))],
    ['that is not signed', async () => `${(await accessToken(WRITER)).split('.').slice(0, 2).join('.')}.`],
  ])('is refused with a token %s', async (_, token) => {
    const request = { method: 'PUT', body: policyToken, token: await token() };
    const { status, error } = await ask(aad, request);
    expect([status, error?.innererror.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('cannot be told who they are while the identity provider is away', async () => {
    const silent = await listenOn(0);
    const { port } = silent.address() as AddressInfo;
    await new Promise((resolve) => silent.close(resolve));
    const authorization = createAuthorization({ issuer: `http://127.0.0.1:${port}`, audience: AUDIENCE, now });
    await expect(authorization.authorize(`Bearer ${await accessToken(WRITER)}`, 'read')).rejects.toMatchObject({
      code: 'ISSUER_UNREACHABLE',
    });
  });
});

describe('bodies of changes', () => {
  test.each([
    ['plain text', policyToken, 'text/plain'],
    ['plain text that says its charset', policyToken, 'text/plain; charset=utf-8'],
    ['a JSON text', JSON.stringify(policyToken), 'application/json'],
  ])('can be %s', async (_, body, contentType) => {
    const token = await accessToken(WRITER);
    const { status, claims } = await ask(aad, { method: 'PUT', body, contentType, token });
    expect([status, claims]).toEqual([200, expect.objectContaining({ 'x-ms-policy-result': 'Updated' })]);
    const reset = { method: 'POST', path: '/policies/SgxEnclave:reset', token };
    expect((await ask(aad, { ...reset, body: 'eyJhbGciOiJub25lIn0..' })).claims).toHaveProperty(
      'x-ms-policy-result',
      'Removed',
    );
  });

  test('about certificates can be a JSON text, or an object that names it', async () => {
    const other = trialSigner(NOW, { type: 'ec' });
    const jws = trialJws(certificatePayload(other), signer);
    const token = await accessToken(WRITER);
    const contentType = 'application/json';
    const add = { method: 'POST', path: '/certificates:add', token, contentType };
    const remove = { ...add, path: '/certificates:remove' };
    const bodies = [
      { ...add, body: JSON.stringify(jws) },
      { ...add, body: JSON.stringify({ policyCertificateToAdd: jws }) },
      { ...remove, body: JSON.stringify({ policyCertificateToRemove: jws }) },
    ];
    const results: unknown[] = [];
    for (const request of bodies)
      results.push(((await ask(isolated, request)).claims as Record<string, unknown>)['x-ms-certificate-result']);
    expect(results).toEqual(['IsPresent', 'IsPresent', 'IsAbsent']);
    expect((await ask(isolated, { path: '/certificates', token })).claims).toMatchObject({
      'x-ms-policy-certificates': { keys: [{ kty: 'RSA', use: 'sig' }] },
    });
  });

  test.each([
    ['another content type', policyToken, 'application/x-www-form-urlencoded'],
    ['another charset', policyToken, 'text/plain; charset=utf-16'],
    ['JSON of no text', '{"policy":1}', 'application/json'],
    ['JSON that is none', '{"policy', 'application/json'],
    ['nothing', '', 'text/plain'],
    ['deep nesting', `{"policy":${'['.repeat(30_000)}`, 'application/json'],
  ])('are refused with %s', async (_, body, contentType) => {
    const { status, error } = await ask(aad, { method: 'PUT', body, contentType, token: await accessToken(WRITER) });
    expect([status, error?.innererror.code]).toEqual([400, 'BAD_INPUT']);
  });
});

describe('what was and is in force', () => {
  test('is for everybody to see, with hash and time', async () => {
    const token = await accessToken(WRITER);
    await ask(aad, { method: 'PUT', path: '/policies/TdxVm', body: policyToken, token });
    const { mode, policies } = (await (await fetch(`${aad.url}/cloister/policies`)).json()) as {
      mode: string;
      policies: { type: string }[];
    };
    expect(mode).toBe('aad');
    expect(policies.map(({ type }) => type)).toEqual(['SgxEnclave', 'OpenEnclave', 'TdxVm', 'SevSnpVm']);
    expect(policies[2]).toEqual({
      type: 'TdxVm',
      since: NOW / 1000,
      hash: expect.any(String),
      text: 'version=1.0; authorizationrules{=> permit();}; issuancerules{};',
      signer: null,
      isDefault: false,
      history: [{ since: null, hash: expect.any(String), signer: null, isDefault: true }],
    });
  });
});

describe('kinds of evidence that Azure has and this service has not', () => {
  test.each(['/policies/Tpm', '/policies/AzureGuest'])('are a wrong parameter at %s', async (path) => {
    const { status, error } = await ask(aad, { path });
    expect([status, error?.code, error?.innererror.code]).toEqual([400, 'InvalidParameter', 'BAD_INPUT']);
  });
});
