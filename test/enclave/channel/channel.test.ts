import { createPublicKey, sign } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Pool } from 'undici';
import { writePem } from '../../../enclave/asn1/pem.js';
import { writeCertificate } from '../../../enclave/asn1/writeCertificate.js';
import type { AttestedClientOptions } from '../../../enclave/channel/client.js';
import { attestedConnector, connectAttested, probe } from '../../../enclave/channel/client.js';
import type { Credential } from '../../../enclave/channel/credential.js';
import type { AppraisePeer } from '../../../enclave/channel/peer.js';
import { createPeerAppraisal, peerOf } from '../../../enclave/channel/peer.js';
import type { AttestedServerOptions } from '../../../enclave/channel/server.js';
import { createAttestedServer } from '../../../enclave/channel/server.js';
import type { Refusal } from '../../../enclave/refusals.js';
import { createResultVerifier } from '../../../enclave/results/resultVerifier.js';
import {
  createTestCredential,
  createTestIssuer,
  credentialOf,
  TEST_NOW,
  testPolicy,
  testReferenceValues,
} from '../../support/issuer.js';

const issuer = createTestIssuer();
const gateway = createTestCredential(issuer, 'gateway');
const patient = createTestCredential(issuer, 'patient');

function appraisal(expectEnclave?: string, now = () => TEST_NOW + 10): AppraisePeer {
  const verifyResult = createResultVerifier({ issuers: [issuer.trusted], getKeys: issuer.keys, now });
  return createPeerAppraisal({
    verifyResult,
    policies: [testPolicy],
    referenceValues: testReferenceValues,
    expectEnclave,
    now,
  });
}

/** Closed after each test, last first. */
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Running {
  readonly server: Server;
  readonly port: number;
  readonly refusals: Refusal[];
  /** Requests that reached the listener. */
  readonly requests: string[];
}

async function serve(
  options: Partial<AttestedServerOptions> & { credential?: () => Credential } = {},
  listener?: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Running> {
  const refusals: Refusal[] = [];
  const requests: string[] = [];
  const server = createAttestedServer(
    {
      credential: () => patient.credential,
      appraisePeer: appraisal(),
      now: () => TEST_NOW + 10,
      onRefusal: (refusal) => refusals.push(refusal),
      ...options,
    },
    (request, response) => {
      requests.push(request.url ?? '');
      if (listener) listener(request, response);
      else response.end(peerOf(request).enclave);
    },
  );
  const port = await listen(server);
  return { server, port, refusals, requests };
}

async function listen(server: { listen(port: number, host: string): unknown } & NodeJS.EventEmitter): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    const closing = server as unknown as Server;
    closing.close();
    closing.closeAllConnections?.();
  });
  return ((server as unknown as Server).address() as AddressInfo).port;
}

function clientOptions(change: Partial<AttestedClientOptions> = {}): AttestedClientOptions {
  return { credential: () => gateway.credential, appraisePeer: appraisal(), now: () => TEST_NOW + 10, ...change };
}

function pool(port: number, change: Partial<AttestedClientOptions> = {}): Pool {
  const made = new Pool(`https://127.0.0.1:${port}`, {
    connect: attestedConnector(clientOptions(change)),
    connections: 4,
  });
  cleanups.push(() => made.destroy());
  return made;
}

async function get(from: Pool, path = '/'): Promise<string> {
  const { body } = await from.request({ method: 'GET', path });
  return body.text();
}

/** Waits until the server has refused `count` connections. */
async function refused(running: Running, count = 1): Promise<readonly string[]> {
  for (let i = 0; i < 200 && running.refusals.length < count; i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return running.refusals.map((refusal) => refusal.code);
}

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

/** A change of what one side shows, and the code with which the other side refuses it. */
const strangers: [string, () => Credential, string][] = [
  ['an unknown measurement', () => createTestCredential(issuer, 'stranger').credential, 'POLICY_NOT_SATISFIED'],
  [
    'an enclave that the policy does not name',
    () => createTestCredential(issuer, 'attestation').credential,
    'POLICY_NOT_SATISFIED',
  ],
  [
    'a simulated enclave',
    () => createTestCredential(issuer, 'patient', { 'x-cloister-simulated': true }).credential,
    'POLICY_NOT_SATISFIED',
  ],
  [
    'a debug enclave',
    () => createTestCredential(issuer, 'patient', { 'x-ms-sgx-is-debuggable': true }).credential,
    'POLICY_NOT_SATISFIED',
  ],
  [
    'an expired result',
    () => createTestCredential(issuer, 'patient', { exp: TEST_NOW + 5 }).credential,
    'RESULT_EXPIRED',
  ],
  [
    'a result of an unknown issuer',
    () => createTestCredential(createTestIssuer('https://other.example'), 'patient').credential,
    'RESULT_ISSUER_UNTRUSTED',
  ],
  [
    'a result signed by a stranger in the name of the issuer',
    () => createTestCredential(createTestIssuer(), 'patient').credential,
    'RESULT_SIGNATURE_INVALID',
  ],
  [
    "another enclave's result in its own certificate",
    () => credentialOf(createTestCredential(issuer, 'stranger').privateKey, patient.token),
    'RESULT_BINDING_MISMATCH',
  ],
  [
    'a result that vouches for no key',
    () => createTestCredential(issuer, 'patient', { 'x-ms-runtime': undefined }).credential,
    'RESULT_BINDING_MISMATCH',
  ],
  ['no result at all', () => plainCertificate(), 'RESULT_MISSING'],
];

describe('a client', () => {
  test.each(strangers)(
    'refuses a server with %s, with the code and before it sends anything',
    async (_, show, code) => {
      const running = await serve({ credential: show });
      const client = pool(running.port);
      await expect(get(client, '/secret')).rejects.toMatchObject({ name: 'Refusal', code });
      await expect(get(client, '/secret')).rejects.toMatchObject({ name: 'Refusal', code });
      expect(running.requests).toEqual([]);
    },
  );

  test('refuses an accepted enclave that is not the expected one', async () => {
    const running = await serve();
    const client = pool(running.port, { appraisePeer: appraisal('inference') });
    await expect(get(client)).rejects.toMatchObject({
      code: 'POLICY_NOT_SATISFIED',
      failures: [{ claim: 'enclave', expected: 'inference', actual: 'patient' }],
    });
  });

  test('names every failed claim', async () => {
    const bad = createTestCredential(issuer, 'stranger', {
      'x-ms-sgx-is-debuggable': true,
      'x-cloister-simulated': true,
    });
    const running = await serve({ credential: () => bad.credential });
    const refusal = await get(pool(running.port)).catch((thrown: unknown) => thrown as Refusal);
    expect((refusal as Refusal).failures.map((failure) => failure.claim)).toEqual([
      'simulated',
      'measurement',
      'debug',
    ]);
  });

  test('says that it could not tell where nobody listens', async () => {
    const running = await serve();
    running.server.close();
    await expect(get(pool(running.port))).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  test('says that it could not tell where somebody speaks plain HTTP', async () => {
    const plain = createHttpServer((_, response) => response.end());
    await expect(get(pool(await listen(plain)))).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  test('does not wait for ever for a server that says nothing', async () => {
    const sockets: Socket[] = [];
    const port = await listen(createTcpServer((socket) => void sockets.push(socket.on('error', () => undefined))));
    cleanups.push(() => sockets.forEach((socket) => socket.destroy()));
    await expect(get(pool(port, { timeoutMs: 100 }))).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  test('says that it could not tell where the issuer cannot be asked', async () => {
    const running = await serve();
    const now = () => TEST_NOW;
    const { createIssuerKeys } = await import('../../../enclave/results/issuerKeys.js');
    const getKeys = createIssuerKeys({
      fetchJwks: () => Promise.reject(new Error('down')),
      now,
      minimumRefetchSeconds: 5,
    });
    const verifyResult = createResultVerifier({ issuers: [issuer.trusted], getKeys, now });
    const appraisePeer = createPeerAppraisal({
      verifyResult,
      policies: [testPolicy],
      referenceValues: testReferenceValues,
      now,
    });
    await expect(get(pool(running.port, { appraisePeer }))).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
  });

  test('accepts nobody where no policy was given', async () => {
    const running = await serve();
    const now = () => TEST_NOW;
    const verifyResult = createResultVerifier({ issuers: [issuer.trusted], getKeys: issuer.keys, now });
    const appraisePeer = createPeerAppraisal({ verifyResult, policies: [], referenceValues: testReferenceValues, now });
    await expect(get(pool(running.port, { appraisePeer }))).rejects.toMatchObject({ code: 'POLICY_NOT_SATISFIED' });
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
    const { cert: _cert, key: _key, ...anonymous } = options;
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
    const { socket } = await connectAttested(
      { hostname: '127.0.0.1', port: running.port },
      clientOptions({ now: () => now }),
    );
    expect(socket?.destroyed).toBe(false);
    now = TEST_NOW + 11;
    await once(socket as TLSSocket, 'close');
  });

  test('does not outlive the result that the client showed', async () => {
    let now = TEST_NOW + 10;
    const short = createTestCredential(issuer, 'gateway', { exp: TEST_NOW + 11 });
    const running = await serve({ now: () => now });
    const { socket } = await connectAttested(
      { hostname: '127.0.0.1', port: running.port },
      clientOptions({ credential: () => short.credential }),
    );
    now = TEST_NOW + 11;
    await once(socket?.resume() as TLSSocket, 'close');
  });

  test('is ended by its answer when a result is about to expire, so that expiry interrupts no request', async () => {
    let now = TEST_NOW + 10;
    const running = await serve({ now: () => now });
    const client = pool(running.port);
    const first = await client.request({ method: 'GET', path: '/' });
    await first.body.dump();
    expect(first.headers['connection']).toBe('keep-alive');
    now = TEST_NOW + 28_800 - 60;
    const last = await client.request({ method: 'GET', path: '/' });
    await last.body.dump();
    expect(last.headers['connection']).toBe('close');
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

describe('a probe', () => {
  test('tells who is there and sends no application data', async () => {
    const running = await serve();
    const verdict = await probe({ hostname: '127.0.0.1', port: running.port }, clientOptions());
    expect(verdict).toMatchObject({ outcome: 'ACCEPTED', peer: { enclave: 'patient' } });
    expect(running.requests).toEqual([]);
  });

  test('needs no credential of its own', async () => {
    const running = await serve();
    const verdict = await probe(
      { hostname: '127.0.0.1', port: running.port },
      { appraisePeer: appraisal(), now: () => TEST_NOW },
    );
    expect(verdict.outcome).toBe('ACCEPTED');
  });

  test('keeps apart what is not genuine, not acceptable and not to be told', async () => {
    const ask = async (show: () => Credential) => {
      const running = await serve({ credential: show });
      return probe({ hostname: '127.0.0.1', port: running.port }, clientOptions());
    };
    expect(await ask(() => credentialOf(gateway.privateKey, patient.token))).toMatchObject({ outcome: 'NOT_GENUINE' });
    expect(await ask(() => createTestCredential(issuer, 'stranger').credential)).toMatchObject({
      outcome: 'NOT_ACCEPTABLE',
      refusal: { code: 'POLICY_NOT_SATISFIED' },
      result: { teeType: 'sgx' },
    });
    expect(await probe({ hostname: '127.0.0.1', port: 1 }, clientOptions())).toMatchObject({
      outcome: 'COULD_NOT_TELL',
      refusal: { code: 'PEER_UNREACHABLE' },
    });
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

/** Everything that comes until the other side closes. */
function received(socket: Socket | undefined): Promise<Buffer> {
  if (!socket) return Promise.resolve(Buffer.of());
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    socket.on('end', () => socket.end());
  });
}

/** A self-signed certificate as any tool would make it. */
function plainCertificate(): Credential {
  const { privateKey } = gateway;
  const name = { commonName: 'localhost' };
  const der = writeCertificate({
    subject: name,
    issuer: name,
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    signWith: { algorithm: 'ecdsa-with-SHA256', sign: (bytes) => sign('sha256', bytes, privateKey) },
    serial: Uint8Array.of(1),
    notBefore: TEST_NOW * 1000,
    notAfter: (TEST_NOW + 60) * 1000,
  });
  return { ...gateway.credential, certificate: writePem(der) };
}
