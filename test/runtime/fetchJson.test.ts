import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchJson } from '../../runtime/fetchJson.js';

let answer: RequestListener = () => undefined;
let server: Server;
let url = '';

beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

const ask = (body?: unknown) =>
  fetchJson({ url, timeoutMs: 200, maximumBytes: 100, ...(body === undefined ? {} : { body }) });

describe('JSON over HTTP', () => {
  test('is asked by GET, and by POST where there is something to say', async () => {
    answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () =>
        response.writeHead(201).end(JSON.stringify([request.method, Buffer.concat(chunks).toString()])),
      );
    };
    expect(await ask()).toEqual({ status: 201, body: ['GET', ''] });
    expect(await ask({ a: 1 })).toEqual({ status: 201, body: ['POST', '{"a":1}'] });
  });

  test('is undefined where the answer is something else', async () => {
    answer = (_, response) => response.writeHead(502).end('<html>');
    expect(await ask()).toEqual({ status: 502, body: undefined });
  });

  test('is refused where it is too long, too late or elsewhere', async () => {
    answer = (_, response) => response.end('"'.padEnd(101, 'x'));
    await expect(ask()).rejects.toThrow(/more than 100 bytes/);
    answer = () => undefined;
    await expect(ask()).rejects.toThrow();
    answer = (_, response) => response.writeHead(302, { location: 'http://elsewhere.example' }).end();
    await expect(ask()).rejects.toThrow();
  });
});
