import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SourceQuestion } from '../../../runtime/collateral/sourceClient.js';
import { createSourceClient } from '../../../runtime/collateral/sourceClient.js';
import { refusalOf } from '../../support/refusals.js';
import { localhostCertificate } from '../../support/tlsCertificate.js';
import type { Fault } from '../../support/vendorService.js';
import { FAULTS, startVendorService } from '../../support/vendorService.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const JSON_ONLY = { allowed: ['application/json'] };
let now = NOW;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  now = NOW;
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function trial(options: { timeoutMs?: number; headers?: Record<string, string> } = {}) {
  const service = await startVendorService(() => ({ type: 'application/json; charset=utf-8', body: '{}' }));
  const client = createSourceClient({ name: 'trial', now: () => now, timeoutMs: 5_000, ...options });
  closing.push(
    () => client.close(),
    () => service.close(),
  );
  const question: SourceQuestion = {
    url: `${service.url}/tcb?fmspc=00606A000000`,
    maximumBytes: 1_000,
    types: JSON_ONLY,
    signal: new AbortController().signal,
  };
  return { service, client, question };
}

describe('a question to a source', () => {
  test('is answered with bytes and headers', async () => {
    const { service, client, question } = await trial({ headers: { 'ocp-apim-subscription-key': 'secret' } });
    const answer = await client.get(question);
    expect(answer?.bytes.toString()).toBe('{}');
    expect(answer?.header('content-type')).toBe('application/json; charset=utf-8');
    expect(answer?.header('absent')).toBeUndefined();
    expect(service.requests).toEqual(['/tcb?fmspc=00606A000000']);
    expect(service.lastHeaders()['ocp-apim-subscription-key']).toBe('secret');
    expect(service.lastHeaders()['accept-encoding']).toBeUndefined();
  });

  test('that the source does not know is answered with nothing', async () => {
    const { service, client, question } = await trial();
    service.misbehave(FAULTS.status(404));
    expect(await client.get(question)).toBeUndefined();
  });

  const UNAVAILABLE: [string, Fault, RegExp][] = [
    ['hangs', FAULTS.hang(), /no whole answer within 300 ms/],
    ['never comes to an end', FAULTS.stall(), /no whole answer within 300 ms/],
    ['is too slow', FAULTS.slow(1_000), /no whole answer within 300 ms/],
    ['hangs up', FAULTS.hangUp(), /no whole answer \(UND_ERR_SOCKET\)/],
    ['sends half', FAULTS.truncated('application/json', '{"a":'), /no whole answer/],
    ['has an error', FAULTS.status(500), /answers 500/],
    ['wants an account', FAULTS.status(401), /answers 401/],
    ['has no time', FAULTS.status(503), /answers 503/],
  ];
  test.each(UNAVAILABLE)('is COLLATERAL_UNAVAILABLE where the source %s', async (_, fault, message) => {
    const { service, client, question } = await trial({ timeoutMs: 300 });
    service.misbehave(fault);
    await expect(client.get(question)).rejects.toMatchObject({
      code: 'COLLATERAL_UNAVAILABLE',
      message: expect.stringMatching(message),
    });
  });

  test('is COLLATERAL_UNAVAILABLE where nobody listens', async () => {
    const { service, client, question } = await trial();
    await service.close();
    await expect(client.get(question)).rejects.toMatchObject({ code: 'COLLATERAL_UNAVAILABLE' });
  });

  const INVALID: [string, Fault, RegExp][] = [
    ['redirects', FAULTS.redirect('https://elsewhere.invalid/'), /redirects, which is not followed/],
    ['sends a page', FAULTS.content('text/html', '<html></html>'), /answers text\/html, not application\/json/],
    ['says no type', FAULTS.content('', '{}'), /unreadable type/],
    ['sends too much', FAULTS.content('application/json', ' '.repeat(1_001)), /more than 1000 bytes/],
    ['sends without end', FAULTS.endless('application/json'), /more than 1000 bytes/],
    ['sends too many headers', FAULTS.headers(20_000), /more than 16384 bytes of headers/],
    ['sends noise', FAULTS.noise(), /not HTTP/],
  ];
  test.each(INVALID)('is COLLATERAL_INVALID where the source %s', async (_, fault, message) => {
    const { service, client, question } = await trial();
    service.misbehave(fault);
    await expect(client.get(question)).rejects.toMatchObject({
      code: 'COLLATERAL_INVALID',
      message: expect.stringMatching(message),
    });
  });

  test('is not asked of where a redirect points', async () => {
    const { service, client, question } = await trial();
    const { service: other } = await trial();
    service.misbehave(FAULTS.redirect(`${other.url}/tcb`));
    expect(await refusalOf(() => client.get(question))).toBe('COLLATERAL_INVALID');
    expect(other.requests).toEqual([]);
  });

  test('is called off by its signal', async () => {
    const { service, client, question } = await trial();
    service.misbehave(FAULTS.hang());
    const abort = new AbortController();
    const asked = refusalOf(() => client.get({ ...question, signal: abort.signal }));
    abort.abort();
    expect(await asked).toBe('COLLATERAL_UNAVAILABLE');
  });

  test('names neither platform nor chip in its refusal', async () => {
    const { service, client, question } = await trial();
    service.misbehave(FAULTS.status(500));
    const url = `${service.url}/vcek/v1/Milan/${'ab'.repeat(64)}?blSPL=1`;
    await expect(client.get({ ...question, url })).rejects.toThrow('trial: /vcek/v1/Milan/… answers 500.');
  });

  test('is not put again before the source wants it', async () => {
    const { service, client, question } = await trial();
    service.misbehave(FAULTS.status(429, { 'retry-after': '120' }));
    const refusal = { code: 'COLLATERAL_UNAVAILABLE', retryAfterMs: 120_000 };
    await expect(client.get(question)).rejects.toMatchObject(refusal);
    service.misbehave(undefined);
    now += 119_000;
    await expect(client.get({ ...question, url: `${service.url}/other` })).rejects.toMatchObject({
      retryAfterMs: 1_000,
    });
    expect(service.requests).toHaveLength(1);
    now += 1_000;
    expect(await client.get(question)).toBeDefined();
  });

  test.each([
    ['a date', { 'retry-after': new Date(NOW + 60_000).toUTCString() }, 60_000],
    ['nothing', {}, 10_000],
    ['nonsense', { 'retry-after': 'soon' }, 10_000],
    ['a year', { 'retry-after': '31536000' }, 3_600_000],
  ])('waits as long as a Retry-After of %s means', async (_, headers, retryAfterMs) => {
    const { service, client, question } = await trial();
    service.misbehave(FAULTS.status(429, headers));
    await expect(client.get(question)).rejects.toMatchObject({ retryAfterMs });
  });
});

describe('the way to a source', () => {
  const question = { maximumBytes: 100, types: JSON_ONLY, signal: new AbortController().signal };

  test.each(['http://vendor.invalid/', 'http://10.0.0.1/', 'http://127.0.0.1.vendor.invalid/', 'ftp://127.0.0.1/'])(
    'is not %s',
    async (url) => {
      const client = createSourceClient({ name: 'trial', now: () => NOW, timeoutMs: 1_000 });
      closing.push(() => client.close());
      expect(await refusalOf(() => client.get({ ...question, url }))).toBe('CONFIGURATION_INVALID');
    },
  );

  test('may be http where that is allowed aloud', async () => {
    const client = createSourceClient({ name: 'trial', now: () => NOW, timeoutMs: 1_000, allowHttp: true });
    closing.push(() => client.close());
    expect(await refusalOf(() => client.get({ ...question, url: 'http://vendor.invalid/' }))).toBe(
      'COLLATERAL_UNAVAILABLE',
    );
  });

  test('is TLS with a certificate that is believed, and with no other', async () => {
    const { key, cert } = localhostCertificate(Date.now());
    const server = createServer({ key, cert }, (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    );
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    const stranger = createSourceClient({ name: 'trial', now: () => NOW, timeoutMs: 5_000 });
    const friend = createSourceClient({ name: 'trial', now: () => NOW, timeoutMs: 5_000, ca: cert });
    closing.push(
      () => stranger.close(),
      () => friend.close(),
      () => new Promise<void>((resolve) => void server.close(() => resolve())),
    );
    await expect(stranger.get({ ...question, url })).rejects.toMatchObject({ code: 'COLLATERAL_UNAVAILABLE' });
    expect((await friend.get({ ...question, url }))?.bytes.toString()).toBe('{}');
  });
});
