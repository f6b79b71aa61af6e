import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { AttestedClient, AttestedClientOptions } from '../../runtime/attestedClient.js';
import { createAttestedClient } from '../../runtime/attestedClient.js';
import type { AttestedIdentity } from '../../runtime/attestedIdentity.js';
import { startAttestedListener } from '../../runtime/attestedListener.js';
import { silentLog } from '../../runtime/log.js';
import { createMetrics } from '../../runtime/metrics.js';
import type { AttestedSystem } from '../support/attestedSystem.js';
import { startAttestedSystem } from '../support/attestedSystem.js';

let clock = Date.now();
let system: AttestedSystem;
let gateway: AttestedIdentity;
let patient: AttestedIdentity;

beforeAll(async () => {
  system = await startAttestedSystem({ now: () => clock });
  [gateway, patient] = await Promise.all([system.identity('gateway'), system.identity('patient')]);
});
afterAll(() => system.close());

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(listener: Listener, identity = patient, port = 0) {
  const metrics = createMetrics('patient', { processMetrics: false });
  const options = { host: '127.0.0.1', port, identity, trust: system.trust, now: () => clock, log: silentLog, metrics };
  const listening = await startAttestedListener(options, listener);
  cleanups.push(() => listening.close());
  return { ...listening, metrics };
}

function clientOf(port: number, change: Partial<AttestedClientOptions> = {}): AttestedClient {
  const client = createAttestedClient({
    peer: 'patient',
    url: `https://127.0.0.1:${port}`,
    identity: gateway,
    trust: system.trust,
    expectEnclave: 'patient',
    now: () => clock,
    ...change,
  });
  cleanups.push(() => client.close());
  return client;
}

const echo: Listener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => response.writeHead(201, { 'x-method': request.method }).end(Buffer.concat(chunks)));
};

describe('a request', () => {
  test('brings back status, headers and body', async () => {
    const client = clientOf((await serve(echo)).port);
    const answer = await client.request({ method: 'POST', path: '/', body: 'text', headers: { 'x-a': 'b' } });
    expect(answer).toMatchObject({ status: 201, headers: { 'x-method': 'POST' } });
    expect(answer.body.toString()).toBe('text');
    expect((await client.request({ method: 'GET', path: '/' })).body).toHaveLength(0);
  });

  test('carries a large body both ways', async () => {
    const client = clientOf((await serve(echo)).port);
    const body = Buffer.alloc(8_000_000, 7);
    expect((await client.request({ method: 'POST', path: '/', body })).body.equals(body)).toBe(true);
  });

  test('of many at once all are answered', async () => {
    const client = clientOf((await serve(echo)).port, { maximumConnections: 4 });
    const bodies = Array.from({ length: 40 }, (_, i) => `body ${i}`);
    const answers = await Promise.all(bodies.map((body) => client.request({ method: 'POST', path: '/', body })));
    expect(answers.map((answer) => answer.body.toString())).toEqual(bodies);
  });

  test('ends with TIMEOUT where the peer does not answer, or not to the end', async () => {
    const silent = clientOf((await serve(() => undefined)).port);
    await expect(silent.request({ method: 'GET', path: '/', timeoutMs: 100 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const slow = clientOf((await serve((_, response) => void response.writeHead(200).write('a'))).port, {
      timeoutMs: 100,
    });
    await expect(slow.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  test('that was given up while it waited for a connection is not sent after all', async () => {
    const paths: (string | undefined)[] = [];
    const answers: ServerResponse[] = [];
    const { port } = await serve((request, response) => {
      paths.push(request.url);
      answers.push(response);
    });
    const client = clientOf(port, { maximumConnections: 1 });
    const first = client.request({ method: 'GET', path: '/first' });
    const second = client.request({ method: 'POST', path: '/second', body: 'x', timeoutMs: 50 });
    await expect(second).rejects.toMatchObject({ code: 'TIMEOUT' });
    while (answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    answers[0]?.end();
    await first;
    const third = client.request({ method: 'GET', path: '/third' });
    while (answers.length === 1) await new Promise((resolve) => setTimeout(resolve, 10));
    answers[1]?.end();
    await third;
    expect(paths).toEqual(['/first', '/third']);
  });

  test('ends with UPSTREAM_FAILED where the answer is larger than its bound', async () => {
    const client = clientOf((await serve((_, response) => void response.end(Buffer.alloc(1001)))).port);
    const get = (maximumAnswerBytes: number) => client.request({ method: 'GET', path: '/', maximumAnswerBytes });
    await expect(get(1000)).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' });
    expect((await get(1001)).body).toHaveLength(1001);
  });

  test('ends with PEER_UNREACHABLE where nobody listens, or the answer is cut short', async () => {
    await expect(clientOf(1).request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    const cut = clientOf(
      (
        await serve(
          (_, response) => void response.writeHead(200, { 'content-length': 9 }).write('a', () => response.destroy()),
        )
      ).port,
    );
    await expect(cut.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  test('ends with PEER_UNREACHABLE and a hint where the peer does not accept us', async () => {
    const stranger = await system.identity('stranger');
    const running = await serve(echo);
    const client = clientOf(running.port, { identity: stranger });
    await expect(client.request({ method: 'GET', path: '/' })).rejects.toThrow(/may not accept our attestation result/);
    expect((await running.metrics.render()).body).toContain(
      'cloister_refusals_total{code="POLICY_NOT_SATISFIED",where="peer"',
    );
  });

  test('is never sent to a peer that is another enclave, or does not satisfy every policy', async () => {
    let requests = 0;
    const { port } = await serve(() => requests++);
    const other = clientOf(port, { expectEnclave: 'inference' });
    await expect(other.request({ method: 'GET', path: '/' })).rejects.toMatchObject({
      code: 'POLICY_NOT_SATISFIED',
      failures: [{ claim: 'enclave' }],
    });
    const attestation = await serve(() => requests++, await system.identity('attestation'));
    const both = clientOf(attestation.port, { expectEnclave: 'attestation', policies: ['component', 'imaging'] });
    await expect(both.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'POLICY_NOT_SATISFIED' });
    expect(requests).toBe(0);
  });

  test('reaches a peer that was restarted with new keys', async () => {
    const first = await serve(echo);
    const client = clientOf(first.port);
    await client.request({ method: 'GET', path: '/' });
    await first.close();
    await expect(client.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    await serve(echo, await system.identity('patient'), first.port);
    expect((await client.request({ method: 'GET', path: '/' })).status).toBe(201);
  });
});

describe('the state of a peer', () => {
  test('is unknown at first, then what the last connection found', async () => {
    const client = clientOf((await serve(echo)).port);
    expect(client.state()).toBeUndefined();
    await client.request({ method: 'GET', path: '/' });
    expect(client.state()).toMatchObject({
      outcome: 'ACCEPTED',
      peer: { enclave: 'patient', result: { id: patient.result().id } },
    });
  });

  test('can be found out without a request, once for all who ask', async () => {
    let requests = 0;
    const client = clientOf((await serve(() => requests++)).port);
    const [one, two] = await Promise.all([client.verify(), client.verify()]);
    expect(one).toMatchObject({ outcome: 'ACCEPTED' });
    expect(two).toBe(one);
    expect(requests).toBe(0);
  });

  test('is not asked for again while a verified connection lives', async () => {
    const client = clientOf((await serve(echo)).port);
    await client.request({ method: 'GET', path: '/' });
    expect(await client.verify()).toBe(client.state());
  });

  test('keeps a refusal with its failed claims and its result', async () => {
    const client = clientOf((await serve(echo, await system.identity('stranger'))).port);
    await expect(client.verify()).resolves.toMatchObject({
      outcome: 'NOT_ACCEPTABLE',
      refusal: { code: 'POLICY_NOT_SATISFIED', failures: [{ claim: 'measurement' }] },
      result: { simulated: true },
    });
    expect(client.state()).toMatchObject({ outcome: 'NOT_ACCEPTABLE' });
  });

  test('becomes COULD_NOT_TELL when the peer is gone, and ACCEPTED when it is back', async () => {
    const first = await serve(echo);
    const client = clientOf(first.port);
    await client.request({ method: 'GET', path: '/' });
    await first.close();
    // The end of the connection takes a moment to arrive.
    while ((await client.verify()).outcome === 'ACCEPTED') await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await client.verify()).toMatchObject({ outcome: 'COULD_NOT_TELL', refusal: { code: 'PEER_UNREACHABLE' } });
    await serve(echo, patient, first.port);
    expect(await client.verify()).toMatchObject({ outcome: 'ACCEPTED' });
  });

  test('is unknown again once the acceptance has run out', async () => {
    const client = clientOf((await serve(echo)).port);
    await client.verify();
    clock += 28_860_000;
    expect(client.state()).toBeUndefined();
    expect(await client.verify()).toMatchObject({ outcome: 'NOT_ACCEPTABLE', refusal: { code: 'RESULT_EXPIRED' } });
    clock -= 28_860_000;
  });
});

test('a listener that closes waits for no connection without a request', async () => {
  const running = await serve(echo);
  const client = clientOf(running.port);
  await client.request({ method: 'GET', path: '/' });
  const bare = connect(running.port, '127.0.0.1').on('error', () => undefined);
  await once(bare, 'connect');
  const startedAt = performance.now();
  await running.close();
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test('a listener that closes finishes the request at hand', async () => {
  let arrive: (response: ServerResponse) => void = () => undefined;
  const arrived = new Promise<ServerResponse>((resolve) => (arrive = resolve));
  const running = await serve((_, response) => arrive(response));
  const answer = clientOf(running.port).request({ method: 'GET', path: '/' });
  const response = await arrived;
  const closed = running.close();
  response.end('done');
  expect((await answer).body.toString()).toBe('done');
  await closed;
});
