import { randomBytes } from 'node:crypto';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSchema } from 'graphql';
import { startTestSystem, type TestSystem } from '../support/system.js';

let system: TestSystem;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloister-graphiql-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'assets/a.js'), '1;');
  await writeFile(join(folder, 'secret.pem'), 'secret');
  system = await startTestSystem({ graphiqlFolder: folder });
});
afterAll(async () => {
  await system.close();
  await rm(folder, { recursive: true });
});

const bearer = async (...scopes: string[]) => ({
  authorization: `Bearer ${await system.identityProvider.token(scopes)}`,
});
const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = json) =>
  fetch(`${system.url}/graphql`, { method: 'POST', headers, body });
const codeOf = async (response: Response) => {
  const body = (await response.json()) as { error?: { code: string }; errors?: { extensions: { code: string } }[] };
  return body.error?.code ?? body.errors?.[0]?.extensions.code;
};

/** Writes these bytes to a fresh connection and returns what came back before it was closed or fell silent. */
function raw(...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(system.gateway.httpPort, '127.0.0.1');
    let text = '';
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    for (const part of parts) socket.write(part);
  });
}

describe('GraphQL over HTTP', () => {
  test('answers a query by GET with a header that no form can send', async () => {
    const url = `${system.url}/graphql?query={about}`;
    const answer = await fetch(url, { headers: { 'apollo-require-preflight': '1' } });
    expect(await answer.json()).toEqual({ data: { about: 'a hospital' } });
    expect((await fetch(url)).status).toBe(400);
  });

  test('does not change anything by GET', async () => {
    const url = `${system.url}/graphql?query=${encodeURIComponent('mutation { count }')}`;
    const headers = { 'apollo-require-preflight': '1', ...(await bearer('count')) };
    expect((await fetch(url, { headers })).status).toBe(405);
    expect(system.counted()).toBe(0);
  });

  test.each([
    ['text/plain', '{"query":"{about}"}'],
    ['application/x-www-form-urlencoded', 'query={about}'],
    ['application/jsonp', '{"query":"{about}"}'],
  ])('refuses a body of type %s', async (type, body) => {
    expect((await post(body, { 'content-type': type })).status).toBe(400);
  });

  test('refuses several operations in one request', async () => {
    expect((await post('[{"query":"{about}"},{"query":"{about}"}]')).status).toBe(400);
  });

  test('refuses what is not JSON with a coded error', async () => {
    const answer = await post('{');
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'BAD_INPUT']);
  });

  test('refuses an operation with too many tokens or levels with a coded error', async () => {
    const long = await post(JSON.stringify({ query: `{ ${'about '.repeat(2500)} }` }));
    expect(await codeOf(long)).toBe('OPERATION_TOO_COMPLEX');
    const deep = `{ __type(name: "Q") { ${'ofType { '.repeat(25)} name ${'} '.repeat(25)} } }`;
    expect(await codeOf(await post(JSON.stringify({ query: deep })))).toBe('OPERATION_TOO_COMPLEX');
  });

  test('bounds the number of validation errors', async () => {
    const query = `{ ${Array.from({ length: 15 }, (_, index) => `no${index}`).join(' ')} }`;
    const { errors } = (await (await post(JSON.stringify({ query }))).json()) as { errors: unknown[] };
    expect(errors.length).toBeLessThanOrEqual(11);
  });
});

describe('a body that is too large is refused with 413 without waiting for the rest', () => {
  test('by its declared length', async () => {
    const head =
      'POST /graphql HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n';
    const answer = await raw(head);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"TOO_LARGE"');
  });

  test('by its real length, where none is declared', async () => {
    const head =
      'POST /graphql HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
    const chunk = Buffer.alloc(120 * 1024, 'a');
    const answer = await raw(head, `${chunk.length.toString(16)}\r\n`, chunk, '\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('and one that is just small enough is served', async () => {
    const query = `{ about } #${'x'.repeat(100 * 1024 - 40)}`;
    expect((await post(JSON.stringify({ query }))).status).toBe(200);
  });
});

describe('a token that is not valid', () => {
  test.each([['/graphql'], ['/imaging-studies/s1/rendition']])(
    'is refused at %s and never taken for nobody',
    async (path) => {
      const headers = {
        ...json,
        authorization: `Bearer ${await system.identityProvider.forged(['user/ImagingStudy.read'])}`,
      };
      const isGraphQL = path === '/graphql';
      const request = isGraphQL ? { method: 'POST', headers, body: '{"query":"{about}"}' } : { headers };
      const answer = await fetch(system.url + path, request);
      expect([answer.status, await codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
    },
  );
});

describe('images', () => {
  const upload = async (bytes: Buffer, scopes: string[], path = '/imaging-studies?patient=1') =>
    fetch(system.url + path, {
      method: 'POST',
      headers: { ...(await bearer(...scopes)), 'content-type': 'image/png' },
      body: new Uint8Array(bytes),
    });

  test('are passed on whole to the patient service, with who sent them', async () => {
    const bytes = randomBytes(500_000);
    const answer = await upload(bytes, ['user/ImagingStudy.write']);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({ id: 's9', patientId: '1' });
    expect(answer.headers.get('cloister-notice')).toContain('Simulated');
    expect(system.uploads.at(-1)).toMatchObject({
      patient: '1',
      bytes: 500_000,
      caller: { kind: 'person', id: 'dr-a' },
    });
  });

  test('are not passed on without the scope, without a caller, or without a patient', async () => {
    const before = system.uploads.length;
    const withoutScope = await upload(randomBytes(10), ['user/ImagingStudy.read']);
    expect([withoutScope.status, await codeOf(withoutScope)]).toEqual([403, 'SCOPE_MISSING']);
    const nobody = await fetch(`${system.url}/imaging-studies?patient=1`, { method: 'POST', body: 'x' });
    expect([nobody.status, await codeOf(nobody)]).toEqual([401, 'UNAUTHENTICATED']);
    const noPatient = await upload(randomBytes(10), ['user/ImagingStudy.write'], '/imaging-studies');
    expect([noPatient.status, await codeOf(noPatient)]).toEqual([400, 'BAD_INPUT']);
    const path = await upload(randomBytes(10), ['user/ImagingStudy.write'], '/imaging-studies?patient=..%2Fgraphql');
    expect([path.status, await codeOf(path)]).toEqual([400, 'BAD_INPUT']);
    expect(system.uploads).toHaveLength(before);
  });

  test('that are too large are refused while they are sent, and do not arrive', async () => {
    const before = system.uploads.length;
    const { authorization } = await bearer('user/ImagingStudy.write');
    const head = `POST /imaging-studies?patient=1 HTTP/1.1\r\nhost: g\r\nauthorization: ${authorization}\r\n`;
    expect(await raw(`${head}content-length: 99999999\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = Buffer.alloc(1_200_000);
    const chunked = await raw(
      `${head}transfer-encoding: chunked\r\n\r\n`,
      `${chunk.length.toString(16)}\r\n`,
      chunk,
      '\r\n',
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    expect(system.uploads).toHaveLength(before);
  });

  test('are shown to who may see them', async () => {
    const path = `${system.url}/imaging-studies/s1/rendition`;
    const answer = await fetch(path, { headers: await bearer('user/ImagingStudy.read') });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'image/png',
      'PNG!',
    ]);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(await codeOf(await fetch(path, { headers: await bearer('user/Patient.read') }))).toBe('SCOPE_MISSING');
    expect(await codeOf(await fetch(path))).toBe('UNAUTHENTICATED');
  });

  test('that are not there are refused without the words of the patient service', async () => {
    const answer = await fetch(`${system.url}/imaging-studies/gone/rendition`, {
      headers: await bearer('user/ImagingStudy.read'),
    });
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain('Ada');
  });
});

describe('other origins', () => {
  const preflight = (origin: string) => fetch(`${system.url}/graphql`, { method: 'OPTIONS', headers: { origin } });

  test('are let in where it is the portal', async () => {
    const { headers } = await preflight('http://portal.test');
    expect(headers.get('access-control-allow-origin')).toBe('http://portal.test');
    expect(headers.get('access-control-allow-headers')).toContain('authorization');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });

  test.each([['http://evil.test'], ['null'], ['http://portal.test.evil.test'], ['https://portal.test']])(
    'are not where it is %s',
    async (origin) => {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

describe('GraphiQL', () => {
  test('is served from the folder under a policy that allows no other origin', async () => {
    const answer = await fetch(`${system.url}/graphiql`);
    expect(await answer.text()).toBe('<!doctype html>');
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(answer.headers.get('content-security-policy')).not.toMatch(/unsafe-eval|https:|\*/);
    expect(await (await fetch(`${system.url}/graphiql/assets/a.js`)).text()).toBe('1;');
  });

  test.each([
    ['/graphiql/secret.pem'],
    ['/graphiql/../package.json'],
    ['/graphiql/%2e%2e/package.json'],
    ['/graphiql/assets'],
  ])('gives nothing for %s', async (path) => {
    expect(await raw(`GET ${path} HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('what anybody may ask', () => {
  test('is the schema with its conditions, and a validator for it', async () => {
    const answer = await fetch(`${system.url}/schema.graphql`);
    const sdl = await answer.text();
    expect(() => buildSchema(sdl)).not.toThrow();
    expect(sdl).toContain('@attested(policy: "patient-record")');
    const etag = answer.headers.get('etag') ?? '';
    const again = await fetch(`${system.url}/schema.graphql`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  test('is evidence over the keys of the gateway and the nonce', async () => {
    const nonce = randomBytes(32).toString('base64url');
    const evidence = (await (await fetch(`${system.url}/evidence?nonce=${nonce}`)).json()) as {
      kind: string;
      quote: string;
      runtimeData: { data: string };
      simulated: boolean;
    };
    expect(evidence).toMatchObject({ kind: 'SgxEnclave', simulated: true, platform: 'insecure' });
    expect(evidence.quote).toMatch(/^[\w-]{1000,}$/);
    const data = JSON.parse(Buffer.from(evidence.runtimeData.data, 'base64url').toString()) as {
      nonce: string;
      keys: unknown[];
    };
    expect(data.nonce).toBe(nonce);
    expect(data.keys).toHaveLength(2);
  });

  test.each([
    [''],
    ['?nonce='],
    ['?nonce=short'],
    [`?nonce=${'A'.repeat(90)}`],
    ['?nonce=AAAAAAAAAAAAAAAAAAAAA*'],
    ['?nonce=AAAAAAAAAAAAAAAAAAAAAB'],
  ])('is no evidence for the nonce %p', async (query) => {
    expect(await codeOf(await fetch(`${system.url}/evidence${query}`))).toBe('BAD_INPUT');
  });

  test('is evidence so often only', async () => {
    const nonce = randomBytes(16).toString('base64url');
    const answers = await Promise.all(Array.from({ length: 60 }, () => fetch(`${system.url}/evidence?nonce=${nonce}`)));
    const busy = answers.find(({ status }) => status === 503);
    expect(busy?.headers.get('retry-after')).toBe('1');
    await Promise.all(answers.map((answer) => answer.text()));
  });

  test('is whether it is alive and ready', async () => {
    await system.graphql('{ patient(id: 1) { name } }', { scopes: [] });
    expect((await fetch(`${system.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${system.url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${system.url}/metrics`)).text();
    expect(metrics).toMatch(/cloister_subgraph_verified\{.*subgraph="patient".*\} 1/);
  });

  test('is nothing else', async () => {
    expect(await codeOf(await fetch(`${system.url}/nothing`))).toBe('NOT_FOUND');
    expect((await fetch(`${system.url}/schema.graphql`, { method: 'DELETE' })).status).toBe(405);
    expect(await raw('GET //[ HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 /);
  });
});

test('every answer has the security headers and a request identifier', async () => {
  for (const path of ['/graphql', '/nothing', '/healthz', '/schema.graphql']) {
    const { headers } = await fetch(system.url + path);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cloister-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});
