import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { probe } from '../../../enclave/channel/client.js';
import type { Credential } from '../../../enclave/channel/credential.js';
import { createPeerAppraisal } from '../../../enclave/channel/peer.js';
import { createAttestedServer } from '../../../enclave/channel/server.js';
import type { ReferenceValues } from '../../../enclave/appraisal/policy.js';
import { createResultVerifier } from '../../../enclave/results/resultVerifier.js';
import { silentLog } from '../../../runtime/log.js';
import { createEnclaves, type Enclaves } from '../../../subgraphs/attestation/enclave.js';
import { openEnclaveHistory } from '../../../subgraphs/attestation/enclaveHistory.js';
import { createPolicies } from '../../../subgraphs/attestation/policy.js';
import { policyDigest } from '../../../subgraphs/attestation/policyHistory.js';
import { openResults } from '../../../subgraphs/attestation/results.js';
import {
  createTestCredential,
  createTestIssuer,
  measurementOf,
  TEST_NOW,
  testPolicy,
  testReferenceValues,
} from '../../support/issuer.js';

const issuer = createTestIssuer();
const now = () => TEST_NOW;
const verifyResult = createResultVerifier({ issuers: [issuer.trusted], getKeys: issuer.keys, now });
const policies = createPolicies({
  policies: [testPolicy, { ...testPolicy, name: 'record', enclaves: ['patient'] }],
  referenceValues: testReferenceValues,
  now,
});
const appraisePeer = createPeerAppraisal({
  verifyResult,
  policies: [testPolicy],
  referenceValues: testReferenceValues,
  now,
});
const own = createTestCredential(issuer, 'gateway').credential;

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

let connections = 0;
async function serve(credential: Credential): Promise<string> {
  const server = createAttestedServer({ credential: () => credential, appraisePeer, now }, (_, response) =>
    response.end(),
  );
  server.on('connection', () => connections++);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let milliseconds = 0;
const folder = mkdtempSync(join(tmpdir(), 'cloister-enclaves-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const log = silentLog;
const results = await openResults({ path: join(folder, 'results'), retentionDays: 1, now, log });
const history = await openEnclaveHistory({ path: join(folder, 'history'), now: () => TEST_NOW * 1000, log });

function enclavesAt(
  addresses: Readonly<Record<string, string>>,
  referenceValues: ReferenceValues = testReferenceValues,
): Enclaves {
  return createEnclaves({
    addresses: new Map(Object.entries(addresses)),
    probe: (url) => {
      const { hostname, port } = new URL(url);
      return probe({ hostname, port: Number(port) }, { credential: () => own, appraisePeer, now, timeoutMs: 1000 });
    },
    policies,
    referenceValues,
    history,
    results,
    now: () => milliseconds,
  });
}
const serving = (enclave: string, change: Readonly<Record<string, unknown>> = {}) =>
  serve(createTestCredential(issuer, enclave, change).credential);

describe('an enclave that is probed', () => {
  test('is described with its result, and every policy has its verdict', async () => {
    const enclave = await enclavesAt({ patient: await serving('patient') }).one('patient');
    expect(enclave).toMatchObject({ name: 'patient', reachable: true, reason: null });
    expect(enclave?.attestationResult?.measurement).toBe(measurementOf('patient'));
    expect(enclave?.verdicts.map(({ policy, outcome, code }) => [policy, outcome, code])).toEqual([
      ['component', 'ACCEPTED', null],
      ['record', 'ACCEPTED', null],
    ]);
  });

  test('is told from the enclave that should be there', async () => {
    const enclave = await enclavesAt({ patient: await serving('inference') }).one('patient');
    expect(enclave?.recognizedAs).toBe('inference');
    expect(enclave?.verdicts[0]).toEqual({
      policy: 'component',
      policySha256: policyDigest(testPolicy),
      outcome: 'NOT_ACCEPTABLE',
      code: 'POLICY_NOT_SATISFIED',
      reason: 'Genuine, but component does not accept it: enclave is inference, not patient.',
      failures: [{ claim: 'enclave', expected: 'patient', actual: 'inference' }],
    });
    expect(enclave?.status).toMatchObject({ outcome: 'NOT_ACCEPTABLE' });
  });

  test('that is genuine and not acceptable is described with every failed claim', async () => {
    const url = await serving('patient', { 'x-ms-sgx-mrenclave': 'ee'.repeat(32), 'x-ms-sgx-is-debuggable': true });
    const enclave = await enclavesAt({ patient: url }).one('patient');
    expect(enclave?.attestationResult?.debug).toBe(true);
    expect(enclave?.verdicts[0]?.failures.map(({ claim }) => claim)).toEqual(['measurement', 'debug']);
  });

  test('whose result an unknown service signed is not genuine', async () => {
    const stranger = createTestIssuer('https://stranger.example');
    const enclave = await enclavesAt({
      patient: await serve(createTestCredential(stranger, 'patient').credential),
    }).one('patient');
    expect(enclave).toMatchObject({ attestationResult: null, reachable: true });
    expect(enclave?.reason).toContain('issuer');
    expect(enclave?.verdicts.map(({ outcome, code }) => [outcome, code])).toEqual(
      Array(2).fill(['NOT_GENUINE', 'RESULT_ISSUER_UNTRUSTED']),
    );
  });

  test('that nobody answers for could not be told', async () => {
    const enclave = await enclavesAt({ patient: 'https://127.0.0.1:9' }).one('patient');
    expect(enclave).toMatchObject({ attestationResult: null, reachable: false });
    expect(enclave?.verdicts.map(({ outcome, code }) => [outcome, code])).toEqual(
      Array(2).fill(['COULD_NOT_TELL', 'PEER_UNREACHABLE']),
    );
  });

  test('that does not speak is given up in bounded time, while others are described', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((listening) => mute.listen(0, '127.0.0.1', listening));
    const started = performance.now();
    const [silent, patient] = await enclavesAt({
      silent: `https://127.0.0.1:${(mute.address() as AddressInfo).port}`,
      patient: await serving('patient'),
    }).all();
    mute.close();
    expect(performance.now() - started).toBeLessThan(5000);
    expect([silent?.reachable, patient?.reachable]).toEqual([false, true]);
  });

  test('is asked once in five seconds, however often it is looked at', async () => {
    const enclaves = enclavesAt({ patient: await serving('patient') });
    connections = 0;
    await Promise.all([enclaves.all(), enclaves.all(), enclaves.one('patient')]);
    milliseconds += 4900;
    await enclaves.all();
    expect(connections).toBe(1);
    milliseconds += 200;
    await enclaves.all();
    expect(connections).toBe(2);
  });

  test('may be one of several builds while an upgrade rolls out', async () => {
    const next = { measurement: 'ab'.repeat(32) };
    const references = { patient: [{ measurement: measurementOf('patient') }, next] };
    const enclave = await enclavesAt({ patient: await serving('patient') }, references).one('patient');
    expect(enclave?.referenceValues.map(({ measurement, matches }) => [measurement, matches])).toEqual([
      [measurementOf('patient'), true],
      ['ab'.repeat(32), false],
    ]);
  });

  test('is not found under a name that is not configured', async () => {
    expect(await enclavesAt({}).one('constructor')).toBeUndefined();
  });
});
