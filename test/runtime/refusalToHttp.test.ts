import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Refusal, REFUSALS } from '../../enclave/refusals.js';
import type { RefusalCode } from '../../enclave/refusals.js';
import { sendRefusal } from '../../runtime/refusalToHttp.js';

let thrown: unknown;
let half = false;
let server: Server;
let url = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    if (half) response.writeHead(200).write('half an answer');
    request.resume().once('end', () => sendRefusal(response, thrown));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

describe('a refusal over HTTP', () => {
  test.each(Object.keys(REFUSALS) as RefusalCode[])('%s has its status, its code and its message', async (code) => {
    thrown = new Refusal(code, 'What was expected, and what came.');
    const answer = await fetch(url);
    expect(answer.status).toBe(REFUSALS[code].httpStatus);
    expect(await answer.json()).toEqual({ error: { code, message: 'What was expected, and what came.' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.has('retry-after')).toBe(REFUSALS[code].retryable);
  });

  test('lists every failed claim', async () => {
    const failures = [{ claim: 'debug', expected: 'false', actual: 'true' }];
    thrown = new Refusal('POLICY_NOT_SATISFIED', 'No.', { failures });
    expect(await (await fetch(url)).json()).toEqual({
      error: { code: 'POLICY_NOT_SATISFIED', message: 'No.', failures },
    });
  });

  test('says nothing of anything else that was thrown', async () => {
    thrown = new Error('row of Maria Silva');
    const answer = await fetch(url);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe('{"error":{"code":"INTERNAL","message":"An unexpected error occurred."}}');
  });

  test('cuts an answer that had begun, since half of it must not look whole', async () => {
    half = true;
    thrown = new Refusal('TIMEOUT', 'Late.');
    const answer = await fetch(url);
    await expect(answer.text()).rejects.toThrow();
    half = false;
  });
});
