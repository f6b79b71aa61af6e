import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningAttestationService } from '../../../support/attestationService.js';
import { startAttestationService } from '../../../support/attestationService.js';
import { createPolicies } from '../../../../subgraphs/attestation/service/policies.js';
import { memoryPolicyStore } from '../../../../subgraphs/attestation/service/policyStore.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const VERSION = '?api-version=2022-08-01';

let service: RunningAttestationService;
/** Waits for nobody. */
let impatient: RunningAttestationService;

beforeAll(async () => {
  const now = () => NOW;
  const setup = {
    now,
    // Everybody is authorized, so that abuse reaches what lies behind.
    authorization: { challenge: 'Bearer', authorize: () => Promise.resolve() },
    policies: createPolicies({ mode: 'aad', store: memoryPolicyStore(), now }),
  };
  service = await startAttestationService(setup);
  impatient = await startAttestationService({ ...setup, timeouts: { requestMs: 400, headersMs: 300 } });
});

afterAll(() => Promise.all([service.close(), impatient.close()]));

const ATTEST = ['SgxEnclave', 'OpenEnclave', 'TdxVm', 'SevSnpVm'].map((kind) => ['POST', `/attest/${kind}`] as const);
const CHANGES = [
  ['PUT', '/policies/SgxEnclave'],
  ['POST', '/policies/SgxEnclave:reset'],
  ['POST', '/certificates:add'],
  ['POST', '/certificates:remove'],
] as const;
const EVERY = [...ATTEST, ...CHANGES];

async function send(method: string, path: string, body: string | Uint8Array, contentType = 'application/json') {
  const response = await fetch(service.url + path, {
    method,
    headers: { 'content-type': contentType },
    body: body as string,
  });
  const answer = (await response.json()) as { error?: { code?: string; message?: string; innererror?: object } };
  return { status: response.status, error: answer.error };
}

const BODIES: readonly (readonly [string, string | Uint8Array, string?])[] = [
  ['nothing', ''],
  ['something that is not JSON', '{"quote"'],
  ['a JSON null', 'null'],
  ['a JSON number', '1e400'],
  ['a list', '[]'],
  ['evidence in standard base64', '{"quote":"+/+/","report":"+/+/"}'],
  ['evidence that is a number', '{"quote":1,"report":1}'],
  ['evidence of 3 bytes', '{"quote":"AAAA","report":"AAAA"}'],
  ['evidence of zeros', JSON.stringify({ quote: 'A'.repeat(20_000), report: 'A'.repeat(20_000) })],
  ['nesting to exhaust the stack', '['.repeat(60_000)],
  ['objects in objects', '{"a":'.repeat(10_000)],
  ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0xfe, 0x22)],
  ['another content type', '{}', 'text/html'],
  ['another charset', '{}', 'application/json; charset=utf-16'],
  ['prototype names', '{"__proto__":{"quote":"AAAA"},"constructor":1,"quote":"AAAA","report":"AAAA"}'],
];

describe.each(EVERY)('%s %s', (method, path) => {
  test.each(BODIES)('refuses %s with a code', async (...[, body, contentType]) => {
    const { status, error } = await send(method, path + VERSION, body, contentType);
    expect(status).toBe(400);
    expect(error).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      innererror: expect.any(Object),
    });
  });

  test('refuses an unknown version', async () => {
    for (const query of ['?api-version=2018-09-01-preview', '', '?api-version=2022-08-01%00'])
      expect((await send(method, path + query, '{}')).status).toBe(400);
  });

  test('refuses 10 MB, of which it keeps nothing', async () => {
    // The service may hang up before all is sent.
    const answer = await send(method, path + VERSION, 'A'.repeat(10_000_000)).catch(() => ({ status: 413 }));
    expect(answer.status).toBe(413);
  });
});

/** What the service says to these bytes, until it hangs up. */
function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(impatient.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(text) : reject(error),
    );
  });
}

describe('whoever sends something else than requests', () => {
  test.each([
    ['headers of 64 KiB', `GET /certs HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(65_536)}\r\n\r\n`, 431, 'TOO_LARGE'],
    ['no HTTP', 'hello\r\n\r\n', 400, 'BAD_INPUT'],
    ['headers that never end', 'GET /certs HTTP/1.1\r\nhost: x\r\n', 408, 'TIMEOUT'],
    [
      'a body that never ends',
      `POST /attest/SgxEnclave${VERSION} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
      408,
      'TIMEOUT',
    ],
    [
      'two lengths',
      'POST /attest/SgxEnclave HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      400,
      'BAD_INPUT',
    ],
  ])('gets a code for %s', async (_, bytes, status, code) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const [, body = ''] = answer.split('\r\n\r\n');
    expect(JSON.parse(body)).toMatchObject({ error: { innererror: { code } } });
  });

  test('keeps nobody else from being served, and leaves nothing behind', async () => {
    const before = process.memoryUsage().heapUsed;
    const abuse = Array.from({ length: 300 }, (_, index) => {
      const [method, path] = EVERY[index % EVERY.length] ?? ['POST', '/'];
      const [, body, contentType] = BODIES[index % BODIES.length] ?? ['', ''];
      return send(method, path + VERSION, body, contentType).catch(() => undefined);
    });
    const [served] = await Promise.all([fetch(`${service.url}/certs`), ...abuse]);
    expect(served.status).toBe(200);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
  });
});
