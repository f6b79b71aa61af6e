import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { PlatformEvidence } from '../../enclave/evidence/attester.js';
import { reportDataIn } from '../../enclave/evidence/reportDataIn.js';
import { reportDataOf } from '../../enclave/evidence/runtimeData.js';
import { createInsecurePlatform } from '../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../enclave/platforms/insecure/platform.js';
import { Refusal } from '../../enclave/refusals.js';
import { createLog } from '../../runtime/log.js';
import { loadTrust } from '../../runtime/trust.js';
import type { AttestedSystem } from '../support/attestedSystem.js';
import { startAttestedSystem } from '../support/attestedSystem.js';
import { measurementOf } from '../support/issuer.js';

let system: AttestedSystem;
beforeAll(async () => void (system = await startAttestedSystem()));
afterAll(() => system.close());

/** Closed after each test. */
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function capture() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, log: createLog({ name: 'test', level: 'info', destination: { write } }) };
}

/** An attestation service that answers these statuses in turn, then passes requests on to the real one. */
async function unreliable(statuses: number[]): Promise<string> {
  const server = createServer((request, response) => {
    const status = statuses.shift();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (status !== undefined)
        return void response
          .writeHead(status)
          .end(JSON.stringify({ error: { code: 'InvalidParameter', message: 'said so' } }));
      const headers = { 'content-type': 'application/json' };
      void fetch(system.service.url + (request.url ?? ''), {
        method: 'POST',
        headers,
        body: Buffer.concat(chunks),
      }).then(async (answer) => response.writeHead(answer.status).end(await answer.text()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => server.closeAllConnections(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('an identity', () => {
  test('is attested for the keys that it made, and says so in its log', async () => {
    const { log, lines } = capture();
    const identity = await system.identity('patient', { log });
    const result = identity.result();
    expect(result).toMatchObject({
      measurement: measurementOf('patient'),
      simulated: true,
      teeType: 'sgx',
      tcbStatus: 'UpToDate',
    });
    expect(result.keys.map((key) => key.kid)).toEqual(['tls', 'receipt']);
    expect(result.keys[1]).toEqual(
      expect.objectContaining({ x: identity.receiptKey.jwk.x, y: identity.receiptKey.jwk.y }),
    );
    expect(result.keys.every((key) => !('d' in key))).toBe(true);
    expect(identity.credential().expiresAt).toBe(result.expiresAt);
    expect(identity.notReady()).toEqual([]);
    expect(lines.map((line) => line.message)).toEqual(['Attested.']);
  });

  test('makes new keys in every process', async () => {
    const [one, two] = [await system.identity('patient'), await system.identity('patient')];
    expect(one.receiptKey.jwk.x).not.toBe(two.receiptKey.jwk.x);
  });

  test('gives fresh evidence that holds the nonce of whoever asks', async () => {
    const identity = await system.identity('gateway');
    const evidence = await identity.evidence('bm9uY2U');
    expect(evidence).toMatchObject({
      kind: 'SgxEnclave',
      simulated: true,
      platform: 'insecure',
      runtimeData: { dataType: 'JSON' },
    });
    const data = Buffer.from(evidence.runtimeData.data, 'base64url');
    expect(JSON.parse(data.toString())).toMatchObject({ nonce: 'bm9uY2U', keys: [{ kid: 'tls' }, { kid: 'receipt' }] });
    const quote = Buffer.from('quote' in evidence ? evidence.quote : '', 'base64url');
    expect(reportDataIn({ kind: 'SgxEnclave', quote })).toEqual(Buffer.from(await reportDataOf(data)));
  });

  test('warns where its own reference values would not let it in', async () => {
    const { log, lines } = capture();
    const platform = insecurePlatform({ files: system.service.platform, measurement: 'ee'.repeat(32) });
    await system.identity('patient', { platform, log });
    expect(lines[0]).toMatchObject({ level: 'warn', failures: [{ claim: 'measurement' }] });
    await system.identity('gateway', {
      log,
      platform: insecurePlatform({ files: system.service.platform, measurement: measurementOf('patient') }),
    });
    expect(lines[2]).toMatchObject({ level: 'warn', enclave: 'patient' });
  });
});

describe('whatever its platform', () => {
  /** An attestation service that refuses everything, and keeps what it was sent. */
  async function refusing() {
    const requests: { url: string; body: Record<string, unknown> }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
        requests.push({ url: request.url ?? '', body });
        response.writeHead(400).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(
      () => new Promise((resolve) => server.close(resolve)),
      () => server.closeAllConnections(),
    );
    return { requests, attestationService: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }
  const platformOf = (evidence: PlatformEvidence) => ({
    name: 'test',
    simulated: true,
    evidence: () => Promise.resolve(evidence),
  });

  test.each([
    ['SgxEnclave', { kind: 'SgxEnclave', quote: Uint8Array.of(1) }, ['quote', 'runtimeData']],
    ['TdxVm', { kind: 'TdxVm', quote: Uint8Array.of(1) }, ['quote', 'runtimeData']],
    ['SevSnpVm', { kind: 'SevSnpVm', report: Uint8Array.of(1), certificates: 'PEM' }, ['report', 'runtimeData']],
  ] as [string, PlatformEvidence, string[]][])(
    'posts evidence of a %s to its own route',
    async (kind, evidence, fields) => {
      const { requests, attestationService } = await refusing();
      const started = system.identity('patient', { attestationService, platform: platformOf(evidence) });
      await expect(started).rejects.toMatchObject({ code: 'EVIDENCE_REFUSED' });
      expect(requests).toHaveLength(1);
      expect(requests[0]?.url).toMatch(new RegExp(`^/attest/${kind}\\?api-version=`));
      expect(Object.keys(requests[0]?.body ?? {})).toEqual(fields);
    },
  );

  test('tries again where the platform could not give evidence at the moment', async () => {
    const { log, lines } = capture();
    const real = insecurePlatform({ files: system.service.platform, measurement: measurementOf('patient') });
    let failures = 2;
    const platform = {
      ...real,
      evidence: (reportData: Uint8Array) =>
        failures-- > 0
          ? Promise.reject(new Refusal('EVIDENCE_UNAVAILABLE', 'the device is busy'))
          : real.evidence(reportData),
    };
    const identity = await system.identity('patient', { platform, log });
    expect(identity.notReady()).toEqual([]);
    expect(lines.map((line) => line.level)).toEqual(['warn', 'warn', 'info']);
  });

  test('gives up at once where the operator must act first', async () => {
    const platform = {
      name: 'test',
      simulated: false,
      evidence: () => Promise.reject(new Refusal('CONFIGURATION_INVALID', 'no attestation device')),
    };
    await expect(system.identity('patient', { platform })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });
});

describe('at the start', () => {
  test('waits for an attestation service that is not there yet', async () => {
    const { log, lines } = capture();
    const attestationService = await unreliable([503, 500]);
    const identity = await system.identity('patient', { attestationService, log });
    expect(identity.notReady()).toEqual([]);
    expect(lines.map((line) => line.level)).toEqual(['warn', 'warn', 'info']);
  });

  test('gives up after its time, and says that the service could not be reached', async () => {
    const started = system.identity('patient', { attestationService: 'http://127.0.0.1:1', startTimeoutMs: 300 });
    await expect(started).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
  });

  test('gives up at once where the service refuses the evidence, and repeats what it says', async () => {
    const platform = insecurePlatform({
      files: createInsecurePlatform({ now: Date.now() }),
      measurement: measurementOf('patient'),
    });
    await expect(system.identity('patient', { platform })).rejects.toMatchObject({ code: 'EVIDENCE_REFUSED' });
    const attestationService = await unreliable([400]);
    await expect(system.identity('patient', { attestationService })).rejects.toThrow(/InvalidParameter: said so/);
  });

  test('gives up at once where we do not trust the service', async () => {
    const other = await startAttestedSystem();
    cleanups.push(() => other.close());
    const started = system.identity('patient', {
      attestationService: other.service.url,
      platform: insecurePlatform({ files: other.service.platform, measurement: measurementOf('patient') }),
    });
    await expect(started).rejects.toMatchObject({ code: expect.stringMatching(/^RESULT_/) });
  });

  test('does not take a result for other keys than its own', async () => {
    const { token } = (await system.identity('patient')).result();
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify({ token })));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(
      () => new Promise((resolve) => server.close(resolve)),
      () => server.closeAllConnections(),
    );
    const attestationService = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(system.identity('patient', { attestationService })).rejects.toMatchObject({
      code: 'RESULT_BINDING_MISMATCH',
    });
  });
});

describe('over time', () => {
  /** A system in a time of its own, whose timers fire when the test says. */
  async function inItsOwnTime() {
    let clock = Date.now();
    const own = await startAttestedSystem({ now: () => clock });
    cleanups.push(() => own.close());
    return { own, pass: (seconds: number) => (clock += seconds * 1000) };
  }

  const realSetTimeout = setTimeout;
  /** Waits in real time: answers from the network take a moment, whatever the clock under test says. */
  async function until(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => realSetTimeout(resolve, 20));
    expect(condition()).toBe(true);
  }

  afterEach(() => void jest.useRealTimers());

  test('renews its result at half of its life, for the same keys', async () => {
    const { own, pass } = await inItsOwnTime();
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
    const identity = await own.identity('patient');
    const [first, credential] = [identity.result(), identity.credential()];
    pass(14_399);
    jest.advanceTimersByTime(14_399_000);
    expect(identity.result()).toBe(first);
    pass(1);
    jest.advanceTimersByTime(1000);
    await until(() => identity.result() !== first);
    expect(identity.result().issuedAt).toBe(first.issuedAt + 14_400);
    expect(identity.credential()).not.toBe(credential);
    expect(identity.result().keys).toEqual(first.keys);
  });

  test('is not ready once its result has expired unrenewed', async () => {
    const { own, pass } = await inItsOwnTime();
    const identity = await own.identity('patient');
    pass(28_799);
    expect(identity.notReady()).toEqual([]);
    pass(1);
    expect(identity.notReady()).toEqual(['The attestation result has expired.']);
  });
});

test('an issuer that the trust file does not pin is not believed', async () => {
  const trust = await loadTrust({
    trustFile: system.trustFile,
    policiesFolder: 'schema/policies',
    now: Date.now,
    fetchJwks: () => Promise.resolve({ keys: [] }),
  });
  await expect(system.identity('patient', { trust })).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
});
