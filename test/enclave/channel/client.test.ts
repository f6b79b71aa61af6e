import { createServer as createHttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { addressOf, connectAttested, probe } from '../../../enclave/channel/client.js';
import type { Credential } from '../../../enclave/channel/credential.js';
import { createPeerAppraisal, type AppraisePeer } from '../../../enclave/channel/peer.js';
import type { Refusal } from '../../../enclave/refusals.js';
import { createResultVerifier } from '../../../enclave/results/resultVerifier.js';
import { createTestCredential, credentialOf, TEST_NOW, testPolicy, testReferenceValues } from '../../support/issuer.js';
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
  serve,
  strangers,
} from '../../support/channel.js';

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

describe('an address', () => {
  test.each([
    ['https://patient.example', { hostname: 'patient.example', port: 443 }],
    ['https://127.0.0.1:4011', { hostname: '127.0.0.1', port: 4011 }],
    ['https://[::1]:4011', { hostname: '::1', port: 4011 }],
  ])('is read from %s', (origin, address) => {
    expect(addressOf(new URL(origin))).toEqual(address);
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

  test('tells who a server is that hangs up while it is being judged; a connection to it is none', async () => {
    const running = await serve();
    const address = { hostname: '127.0.0.1', port: running.port };
    const slowly: AppraisePeer = async (certificate) => {
      await wait(100);
      return appraisal()(certificate);
    };
    const nobody = { appraisePeer: slowly, now: () => TEST_NOW };
    expect(await probe(address, nobody)).toMatchObject({ outcome: 'ACCEPTED', peer: { enclave: 'patient' } });
    const { socket, verdict } = await connectAttested(address, nobody);
    expect(socket).toBeUndefined();
    expect(verdict).toMatchObject({ outcome: 'COULD_NOT_TELL', refusal: { code: 'PEER_UNREACHABLE' } });
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
