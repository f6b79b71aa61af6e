import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../web/server/config.js';
import { contentSecurityPolicy } from '../../../web/server/contentSecurityPolicy.js';
import { createStaticServer } from '../../../web/server/staticServer.js';

const CONFIG = {
  gateway: 'http://localhost:4000',
  attestationService: { url: 'https://attest.test/path' },
  identity: { issuer: 'http://localhost:4002' },
};

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloister-static-'));
  await mkdir(join(folder, 'site/assets'), { recursive: true });
  await writeFile(join(folder, 'site/index.html'), '<!doctype html><title>Portal</title>');
  await writeFile(join(folder, 'site/assets/index-abc.js'), 'export {};');
  await writeFile(join(folder, 'config.json'), JSON.stringify(CONFIG));
  await writeFile(join(folder, 'secret.txt'), 'secret');
  server = await createStaticServer({ portal: join(folder, 'site'), config: join(folder, 'config.json') });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** A request with exactly this path, which `fetch` would tidy up. */
function raw(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('the portal’s server', () => {
  test.each(['/', '/index.html', '/patients/8f0e', '/callback?code=x'])(
    'serves the page at %s with a strict policy and never from a cache',
    async (path) => {
      const response = await fetch(url + path);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('<title>Portal</title>');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.get('x-frame-options')).toBe('DENY');
    },
  );

  test('lets files with a digest in their name be kept for ever', async () => {
    const response = await fetch(`${url}/assets/index-abc.js`);
    expect(response.headers.get('content-type')).toMatch(/javascript/);
    expect(response.headers.get('cache-control')).toContain('immutable');
  });

  test('serves config.json as it is now', async () => {
    const response = await fetch(`${url}/config.json`);
    expect(await response.json()).toEqual(CONFIG);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test.each(['/assets/', '/assets'])('lists no folder at %s', async (path) => {
    expect(await (await fetch(url + path)).text()).not.toContain('index-abc');
  });

  test.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '//secret.txt',
    '/..%2fsecret.txt',
    '/secret.txt',
    '/missing.js',
  ])('has nothing at %s', async (path) => {
    expect(await raw(path)).toBe(404);
  });

  test('takes GET and HEAD only', async () => {
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });

  test('does not start without a built portal', async () => {
    await expect(createStaticServer({ portal: join(folder, 'site/assets'), config: '' })).rejects.toThrow(
      /build the portal first/,
    );
  });
});

describe('the content security policy', () => {
  test('allows the three services of the configuration and no one else', () => {
    const policy = contentSecurityPolicy(CONFIG);
    expect(policy).toContain("connect-src 'self' http://localhost:4000 https://attest.test http://localhost:4002");
    expect(policy).not.toMatch(/unsafe|\*/);
  });

  test.each([[{}], [undefined], [{ gateway: "x; script-src 'unsafe-inline'" }], [{ gateway: 'javascript:alert(1)' }]])(
    'gives %j nothing',
    (config) => {
      expect(contentSecurityPolicy(config)).toMatch(/connect-src 'self'$/);
    },
  );
});

describe('the settings of the portal’s server', () => {
  test('have defaults', () => {
    expect(parseConfig({})).toEqual({
      host: '127.0.0.1',
      port: 4003,
      portal: 'dist/web/portal',
      config: '.cloister/portal-config.json',
    });
  });

  test('have all their problems named at once', () => {
    expect(() => parseConfig({ CLOISTER_HTTP_PORT: '99999', CLOISTER_PORTAL: '' })).toThrow(
      /CLOISTER_HTTP_PORT.*CLOISTER_PORTAL/,
    );
  });
});
