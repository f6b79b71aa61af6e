import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { graphqlJsExecutor } from '../../support/graphqlJsExecutor.js';
import { CLINIC_SDL, clinicRoot, serve, type Served, type ServedOptions } from './support/served.js';

let served: Served;
const start = async (options: ServedOptions = {}) => (served = await serve(options));
afterEach(() => served.close());

/** What a server says to bytes that no client library would send. */
function raw(...parts: readonly (string | Buffer)[]): Promise<Buffer> {
  const { hostname, port } = new URL(served.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => void chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    socket.on('error', reject);
    for (const part of parts) socket.write(part);
  });
}

const answerTo = async (...parts: readonly (string | Buffer)[]) => (await raw(...parts)).toString();

describe('a body', () => {
  test('that never ends is refused as soon as it is too large', async () => {
    await start();
    const head = 'POST /graphql HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\n';
    expect(await answerTo(`${head}content-length: 99999999\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = Buffer.alloc(150_000, 'a');
    const sent = [`${head}transfer-encoding: chunked\r\n\r\n`, `${chunk.length.toString(16)}\r\n`, chunk, '\r\n'];
    expect(await answerTo(...sent)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('that does not come in time is refused', async () => {
    await start({ edge: { bodyTimeoutMs: 50 } });
    const head =
      'POST /graphql HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{"que';
    const answer = await answerTo(head);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"TIMEOUT"');
  });

  test('that is sent in the smallest pieces is read', async () => {
    await start();
    const body = '{"query":"{ about }"}';
    const head = `POST /graphql HTTP/1.1\r\nhost: g\r\nconnection: close\r\ncontent-type: application/json\r\n`;
    const chunks = body.split('').map((character) => `1\r\n${character}\r\n`);
    const answer = await answerTo(`${head}transfer-encoding: chunked\r\n\r\n`, ...chunks, '0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('that is cut off harms nobody', async () => {
    const executor = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    await start({ executor });
    const { hostname, port } = new URL(served.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"q',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    expect((await served.post({ query: '{ about }' })).status).toBe(200);
    expect(executor.counts.executed).toBe(1);
  });
});

describe('a caller who hangs up', () => {
  test('is told to the executor', async () => {
    const executor = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    await start({ executor });
    const gone = new AbortController();
    const asked = fetch(served.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ slow }"}',
      signal: gone.signal,
    });
    while (executor.last === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    gone.abort();
    await expect(asked).rejects.toThrow();
    while (executor.last.signal?.aborted !== true) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

describe('compression', () => {
  const query = `{ patients(ids: [${Array.from({ length: 200 }, (_, index) => index).join()}]) { id name } }`;

  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('is done with %s where it may be', async (coding, decompress) => {
    await start({ handler: { mayCompress: () => true } });
    const head = `POST /graphql HTTP/1.1\r\nhost: g\r\nconnection: close\r\ncontent-type: application/json\r\naccept-encoding: ${coding}\r\n`;
    const body = JSON.stringify({ query });
    const bytes = await raw(`${head}content-length: ${body.length}\r\n\r\n${body}`);
    const end = bytes.indexOf('\r\n\r\n');
    expect(bytes.subarray(0, end).toString()).toContain(`content-encoding: ${coding}`);
    expect(bytes.subarray(0, end).toString()).toMatch(/vary: accept-encoding/i);
    const answer = JSON.parse(decompress(bytes.subarray(end + 4)).toString()) as { data: { patients: unknown[] } };
    expect(answer.data.patients).toHaveLength(200);
  });

  test.each<[what: string, mayCompress: boolean | undefined, query: string, encoding: string]>([
    ['where nobody said that it may be', undefined, query, 'br'],
    ['of what may not be, for instance attested values', false, query, 'br'],
    ['of what is small', true, '{ about }', 'br'],
    ['for who takes none', true, query, 'identity'],
    ['for who forbids it', true, query, 'br;q=0, gzip;q=0'],
    ['for who takes only others', true, query, 'zstd'],
  ])('is not done %s', async (_what, mayCompress, asked, encoding) => {
    await start({ handler: mayCompress === undefined ? {} : { mayCompress: () => mayCompress } });
    const answer = await served.post({ query: asked }, { 'accept-encoding': encoding });
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(answer.status).toBe(200);
  });
});
