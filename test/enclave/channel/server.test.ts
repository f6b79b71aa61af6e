import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import { Pool } from 'undici';
import type { AttestedClientOptions } from '../../../enclave/channel/client.js';
import { attestedConnector, connectAttested } from '../../../enclave/channel/client.js';
import type { AppraisePeer } from '../../../enclave/channel/peer.js';
import { peerOf } from '../../../enclave/channel/peer.js';
import type { Refusal } from '../../../enclave/refusals.js';
import { createTestCredential, TEST_NOW } from '../../support/issuer.js';
import {
  appraisal,
  cleanups,
  clientOptions,
  gateway,
  get,
  issuer,
  listen,
  patient,
  pool,
  received,
  refused,
  serve,
  strangers,
} from '../../support/channel.js';

describe('two enclaves that accept each other', () => {
  test('exchange requests, and each knows who the other is', async () => {
    const running = await serve({ appraisePeer: appraisal('gateway') });
    const verdicts: string[] = [];
    const connect = attestedConnector({
      ...clientOptions({ appraisePeer: appraisal('patient') }),
      onVerdict: (verdict) =>
        verdicts.push(verdict.outcome === 'ACCEPTED' ? verdict.peer.enclave : verdict.refusal.code),
    });
    const client = new Pool(`https://127.0.0.1:${running.port}`, { connect });
    cleanups.push(() => client.destroy());
    expect(await get(client)).toBe('gateway');
    expect(verdicts).toEqual(['patient']);
  });

  test('verify once per connection, not once per request', async () => {
    const appraise = appraisal();
    let appraisals = 0;
    const counting: AppraisePeer = (certificate) => {
      appraisals++;
      return appraise(certificate);
    };
    const running = await serve({ appraisePeer: counting });
    const client = new Pool(`https://127.0.0.1:${running.port}`, {
      connect: attestedConnector(clientOptions()),
      connections: 1,
    });
    cleanups.push(() => client.destroy());
    for (let i = 0; i < 5; i++) expect(await get(client)).toBe('gateway');
    expect(appraisals).toBe(1);
  });

  test('lose nothing of what was sent while the server was still appraising', async () => {
    const appraise = appraisal();
    const slow: AppraisePeer = async (certificate) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return appraise(certificate);
    };
    const running = await serve({ appraisePeer: slow }, (request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      request.on('end', () => response.end(String(bytes)));
    });
    const client = pool(running.port);
    for (const size of [0, 1, 20_000, 5_000_000]) {
      const { body } = await client.request({ method: 'POST', path: '/', body: Buffer.alloc(size, 'x') });
      expect(await body.text()).toBe(String(size));
    }
  });

  test('meet under a name as well as under an address', async () => {
    const running = await serve();
    const client = new Pool(`https://localhost:${running.port}`, { connect: attestedConnector(clientOptions()) });
    cleanups.push(() => client.destroy());
    expect(await get(client)).toBe('gateway');
  });
});

describe('a server', () => {
  test.each(strangers)('refuses a client with %s, and reads nothing of its request', async (_, show, code) => {
    const running = await serve();
    const credential = show();
    await expect(get(pool(running.port, { credential: () => credential }), '/secret')).rejects.toThrow();
    expect(await refused(running)).toContain(code);
    expect(running.requests).toEqual([]);
  });

  test('refuses a client without a certificate', async () => {
    const running = await serve();
    const { socket } = await connectAttested(
      { hostname: '127.0.0.1', port: running.port },
      { appraisePeer: appraisal(), now: () => TEST_NOW },
    );
    expect(await received(socket)).toHaveLength(0);
    expect(await refused(running)).toEqual(['RESULT_MISSING']);
    expect(running.requests).toEqual([]);
  });

  test('answers an ordinary TLS client with nothing', async () => {
    const running = await serve();
    const socket = connectTls({ host: '127.0.0.1', port: running.port, rejectUnauthorized: false });
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(await received(socket)).toHaveLength(0);
    expect(running.requests).toEqual([]);
  });

  test('does not speak TLS 1.2', async () => {
    const running = await serve();
    const { credential } = gateway;
    const socket = connectTls({
      host: '127.0.0.1',
      port: running.port,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2',
      cert: credential.certificate,
      key: credential.privateKey,
    });
    await expect(once(socket, 'secureConnect')).rejects.toThrow();
    expect(running.requests).toEqual([]);
  });

  test('does not take plain HTTP', async () => {
    const running = await serve();
    const socket = connectTcp(running.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const answer = await received(socket);
    expect(answer.toString('latin1')).not.toContain('HTTP/1.1');
    expect(running.requests).toEqual([]);
  });

  test('resumes no session: each connection is verified anew', async () => {
    const running = await serve();
    const options = {
      host: '127.0.0.1',
      port: running.port,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3' as const,
      cert: gateway.credential.certificate,
      key: gateway.credential.privateKey,
    };
    const sessions: Buffer[] = [];
    const first = connectTls(options).on('session', (session) => sessions.push(session));
    first.write('GET /first HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect((await received(first)).toString()).toContain('200 OK');

    const session = sessions.at(-1);
    expect(session).toBeDefined();
    // The second connection brings the session of the first, and no certificate.
    const anonymous = { ...options, cert: undefined, key: undefined };
    const second = connectTls({ ...anonymous, ...(session ? { session } : {}) });
    second.write('GET /second HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(false);
    expect(await received(second)).toHaveLength(0);
    expect(running.requests).toEqual(['/first']);
  });

  test('gives up on a client that does not finish the handshake', async () => {
    const running = await serve({ handshakeTimeoutMs: 100 });
    const socket = connectTcp(running.port, '127.0.0.1');
    expect(await received(socket)).toHaveLength(0);
    expect(await refused(running)).toEqual(['RESULT_MISSING']);
  });

  test('gives up on an appraisal that takes too long', async () => {
    const running = await serve({ handshakeTimeoutMs: 100, appraisePeer: () => new Promise(() => undefined) });
    await expect(get(pool(running.port))).rejects.toThrow();
    expect(await refused(running)).toEqual(['TIMEOUT']);
  });
});

describe('a connection', () => {
  test('does not outlive the result that the server showed', async () => {
    let now = TEST_NOW + 10;
    const short = createTestCredential(issuer, 'patient', { exp: TEST_NOW + 11 });
    const running = await serve({ credential: () => short.credential });
    const socket = await connected(running.port, clientOptions({ now: () => now }));
    expect(socket.destroyed).toBe(false);
    now = TEST_NOW + 11;
    await once(socket, 'close');
  });

  test('does not outlive the result that the client showed', async () => {
    let now = TEST_NOW + 10;
    const short = createTestCredential(issuer, 'gateway', { exp: TEST_NOW + 11 });
    const running = await serve({ now: () => now });
    const socket = await connected(running.port, clientOptions({ credential: () => short.credential }));
    now = TEST_NOW + 11;
    await once(socket.resume(), 'close');
  });

  test('is ended by its answer when a result is about to expire, so that expiry interrupts no request', async () => {
    let now = TEST_NOW + 10;
    const running = await serve({ now: () => now });
    const client = pool(running.port);
    const first = await client.request({ method: 'GET', path: '/' });
    await first.body.dump();
    expect(first.headers.connection).toBe('keep-alive');
    now = TEST_NOW + 28_800 - 60;
    const last = await client.request({ method: 'GET', path: '/' });
    await last.body.dump();
    expect(last.headers.connection).toBe('close');
  });

  test('shows the new credential once it was replaced, while older connections go on', async () => {
    let current = patient.credential;
    const running = await serve({ credential: () => current });
    const seen: string[] = [];
    const connect = attestedConnector({
      ...clientOptions(),
      onVerdict: (verdict) => seen.push(verdict.outcome === 'ACCEPTED' ? verdict.peer.result.id : verdict.refusal.code),
    });
    const first = new Pool(`https://127.0.0.1:${running.port}`, { connect });
    const second = new Pool(`https://127.0.0.1:${running.port}`, { connect });
    cleanups.push(
      () => first.destroy(),
      () => second.destroy(),
    );
    expect(await get(first)).toBe('gateway');
    current = createTestCredential(issuer, 'patient').credential;
    expect(await get(second)).toBe('gateway');
    expect(await get(first)).toBe('gateway');
    expect(new Set(seen).size).toBe(2);
  });
});

test('a request that came another way has no attested peer', async () => {
  const plain = createHttpServer((request, response) => {
    try {
      response.end(peerOf(request).enclave);
    } catch (thrown) {
      response.end((thrown as Refusal).code);
    }
  });
  const answer = await fetch(`http://127.0.0.1:${await listen(plain)}`);
  expect(await answer.text()).toBe('RESULT_MISSING');
});

async function connected(port: number, options: AttestedClientOptions): Promise<TLSSocket> {
  const { socket, verdict } = await connectAttested({ hostname: '127.0.0.1', port }, options);
  if (!socket) throw new Error(`the connection is ${verdict.outcome}`);
  return socket;
}
