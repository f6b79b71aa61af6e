import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Check, CheckId } from '../../../enclave/gatewayTrust/checks.js';
import { CHECK_IDS } from '../../../enclave/gatewayTrust/checks.js';
import type { Fetch } from '../../../enclave/gatewayTrust/evidence.js';
import type { GatewayReport, GatewayVerification } from '../../../enclave/gatewayTrust/verifyGateway.js';
import { verifyGateway } from '../../../enclave/gatewayTrust/verifyGateway.js';
import { createEnclaveKey, createTestIssuer, measurementOf, TEST_NOW, testPolicy } from '../../support/issuer.js';

/** A gateway and an attestation service that answer whatever a test puts into them, over real sockets. */
const issuer = createTestIssuer();
const key = createEnclaveKey('tls').jwk;
const nonce = randomBytes(32).toString('base64url');
const runtimeData = (change: Record<string, unknown> = {}) =>
  Buffer.from(JSON.stringify({ keys: [key], nonce, ...change }));

interface Answer {
  readonly status?: number;
  readonly body: string;
}

const posted: { url: string; body: unknown }[] = [];
const answers: { evidence: Answer; attest: Answer } = { evidence: { body: '' }, attest: { body: '' } };
let server: Server;
let origin = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const url = request.url ?? '';
      const isEvidence = url.startsWith('/evidence');
      if (!isEvidence) posted.push({ url, body: JSON.parse(Buffer.concat(parts).toString()) as unknown });
      const { body, status = 200 } = isEvidence ? answers.evidence : answers.attest;
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The claims of a token that vouches for this runtime data. */
function claimsFor(data: Buffer, change: Record<string, unknown> = {}): Record<string, unknown> {
  const digest = createHash('sha256').update(data).digest('hex').padEnd(128, '0');
  return { 'x-ms-sgx-mrenclave': measurementOf('gateway'), 'x-ms-sgx-report-data': digest, ...change };
}

/** Everything in order; each test changes one thing. */
function world(change: { evidence?: Record<string, unknown>; claims?: Record<string, unknown>; data?: Buffer } = {}) {
  const data = change.data ?? runtimeData();
  posted.length = 0;
  answers.evidence = {
    body: JSON.stringify({
      kind: 'SgxEnclave',
      quote: 'cXVvdGU',
      runtimeData: { data: data.toString('base64url'), dataType: 'JSON' },
      simulated: false,
      platform: 'gramine',
      ...change.evidence,
    }),
  };
  answers.attest = { body: JSON.stringify({ token: issuer.issue([key], claimsFor(data, change.claims)) }) };
}

function verify(change: Partial<GatewayVerification> = {}): Promise<GatewayReport> {
  return verifyGateway({
    gateway: origin,
    attestationService: origin,
    issuers: [issuer.trusted],
    getKeys: issuer.keys,
    policy: { ...testPolicy, recipientChannels: ['sealed'] },
    referenceValues: [{ measurement: measurementOf('gateway') }],
    nonce,
    now: TEST_NOW * 1000,
    fetch,
    ...change,
  });
}

const outcomes = ({ checks }: GatewayReport) => checks.map(({ id, outcome }) => `${id} ${outcome}`);
const row = ({ checks }: GatewayReport, id: CheckId): Check | undefined => checks.find((check) => check.id === id);

describe('a gateway', () => {
  test('is accepted where everything is as pinned, and nothing will be sent', async () => {
    world();
    const report = await verify();
    expect(report).toMatchObject({ outcome: 'accepted', refusal: undefined, platform: 'gramine' });
    expect(outcomes(report)).toEqual(
      CHECK_IDS.map((id) => (id === 'channel' ? 'channel not-reached' : `${id} passed`)),
    );
    expect(report.result?.measurement).toBe(measurementOf('gateway'));
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['an SGX enclave', { kind: 'SgxEnclave', quote: 'cXVvdGU' }, 'quote'],
    ['a TD', { kind: 'TdxVm', quote: 'dGQ' }, 'quote'],
    ['an SEV-SNP guest', { kind: 'SevSnpVm', quote: undefined, report: 'c25w' }, 'report'],
  ])('that is %s has its evidence judged as that kind, and exactly that evidence', async (_, evidence, member) => {
    world({ evidence });
    await verify();
    expect(posted).toHaveLength(1);
    expect(posted[0]?.url).toMatch(new RegExp(`^/attest/${String(evidence.kind)}\\?api-version=20`));
    expect(posted[0]?.body).toEqual({
      [member]: evidence[member],
      runtimeData: { data: runtimeData().toString('base64url'), dataType: 'JSON' },
    });
  });

  test('is sent nothing but a number, and no cookie or referrer goes along', async () => {
    world();
    const asked: Parameters<Fetch>[] = [];
    await verify({
      fetch: (url, init) => {
        asked.push([url, init]);
        return fetch(url, init);
      },
    });
    expect(asked[0]?.[0]).toBe(`${origin}/evidence?nonce=${nonce}`);
    for (const [, init] of asked)
      expect(init).toMatchObject({ credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' });
  });

  test.each<[string, Record<string, unknown>]>([
    ['no kind', { kind: undefined }],
    ['a kind that is a name of Object.prototype', { kind: 'constructor' }],
    ['a kind that is a path', { kind: '../certs' }],
    ['a report for a quote', { kind: 'TdxVm', quote: undefined, report: 'x' }],
    ['a quote for a report', { kind: 'SevSnpVm' }],
    ['no runtime data', { runtimeData: undefined }],
    ['runtime data that is no text', { runtimeData: { data: 1 } }],
  ])('whose answer has %s has shown no evidence', async (_, evidence) => {
    world({ evidence });
    const report = await verify();
    expect(report).toMatchObject({ outcome: 'refused', refusal: { code: 'EVIDENCE_MALFORMED' } });
    expect(posted).toEqual([]);
  });

  test.each<[string, Answer, string, string]>([
    ['no JSON', { body: '<html>' }, 'refused', 'EVIDENCE_MALFORMED'],
    ['too much', { body: `"${'x'.repeat(300_000)}"` }, 'refused', 'EVIDENCE_MALFORMED'],
    ['a failure', { status: 503, body: '{}' }, 'could-not-tell', 'PEER_UNREACHABLE'],
  ])('that answers with %s', async (_, evidence, outcome, code) => {
    world();
    answers.evidence = evidence;
    expect(await verify()).toMatchObject({ outcome, refusal: { code } });
  });

  test('that answers without end is not read to its end', async () => {
    const endless = new ReadableStream<Uint8Array>({ pull: (stream) => stream.enqueue(new Uint8Array(65_536)) });
    const report = await verify({ fetch: () => Promise.resolve(new Response(endless)) });
    expect(report.refusal?.code).toBe('EVIDENCE_MALFORMED');
  });

  test('that does not answer in time could not be told', async () => {
    const signal = AbortSignal.timeout(20);
    const silent: Fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const report = await verify({ fetch: silent, signal });
    expect(report).toMatchObject({ outcome: 'could-not-tell', refusal: { code: 'PEER_UNREACHABLE' } });
  });

  test.each([
    ['another nonce', runtimeData({ nonce: 'other' }), 'other'],
    ['no nonce', runtimeData({ nonce: undefined }), 'none'],
    ['a nonce that is no text', runtimeData({ nonce: 1 }), 'none'],
    ['no JSON', Buffer.from('{'), 'none'],
  ])('that shows evidence over %s is refused before anybody judges it', async (_, data, actual) => {
    world({ data });
    const report = await verify();
    expect(report).toMatchObject({ outcome: 'refused', refusal: { code: 'EVIDENCE_NOT_FRESH' } });
    expect(row(report, 'nonce')).toMatchObject({ outcome: 'failed', expected: nonce, actual });
    expect(posted).toEqual([]);
  });

  test('that shows other keys than the evidence vouches for is refused', async () => {
    world({ claims: { 'x-ms-sgx-report-data': '00'.repeat(64) } });
    const report = await verify();
    expect(report).toMatchObject({ outcome: 'refused', refusal: { code: 'EVIDENCE_BINDING_MISMATCH' } });
    expect(row(report, 'binding')).toMatchObject({ outcome: 'failed', actual: '00'.repeat(64) });
    expect(row(report, 'measurement')?.outcome).toBe('not-reached');
  });
});

describe('the attestation service', () => {
  const azureError = (code: string, inner?: string) =>
    JSON.stringify({ error: { code, message: 'why', ...(inner && { innererror: { code: inner } }) } });

  test.each<[string, Answer, string, string]>([
    ['is busy', { status: 429, body: '{}' }, 'could-not-tell', 'ISSUER_UNREACHABLE'],
    ['fails', { status: 500, body: 'x' }, 'could-not-tell', 'ISSUER_UNREACHABLE'],
    ['gives no JSON', { body: '<html>' }, 'could-not-tell', 'ISSUER_UNREACHABLE'],
    ['gives no token', { body: '{}' }, 'refused', 'RESULT_MALFORMED'],
    [
      'refuses with our code',
      { status: 400, body: azureError('InvalidParameter', 'EVIDENCE_REVOKED') },
      'refused',
      'EVIDENCE_REVOKED',
    ],
    [
      'refuses with Azure’s code',
      { status: 400, body: azureError('InvalidParameter') },
      'refused',
      'EVIDENCE_MALFORMED',
    ],
    [
      'refuses with a code that is no code',
      { status: 400, body: azureError('constructor') },
      'refused',
      'EVIDENCE_MALFORMED',
    ],
    ['refuses without a word', { status: 403, body: 'null' }, 'refused', 'EVIDENCE_MALFORMED'],
  ])('that %s', async (_, attest, outcome, code) => {
    world();
    answers.attest = attest;
    expect(await verify()).toMatchObject({ outcome, refusal: { code } });
  });

  test('that finds a mismatch of evidence and runtime data is believed, in the row of the keys', async () => {
    world();
    answers.attest = { status: 400, body: azureError('InvalidParameter', 'EVIDENCE_BINDING_MISMATCH') };
    expect(row(await verify(), 'binding')?.outcome).toBe('failed');
  });

  test('of another issuer is not believed', async () => {
    world();
    const report = await verify({ issuers: [{ ...issuer.trusted, issuer: 'https://other.example' }] });
    expect(report.refusal?.code).toBe('RESULT_ISSUER_UNTRUSTED');
    expect(row(report, 'issuer')?.outcome).toBe('failed');
    expect(row(report, 'signature')?.outcome).toBe('not-reached');
  });

  test('with another certificate than the pinned one is not believed', async () => {
    world();
    const report = await verify({ issuers: [{ ...issuer.trusted, certificateSha256: ['00'.repeat(32)] }] });
    expect(row(report, 'issuer')?.outcome).toBe('passed');
    expect(row(report, 'signature')).toMatchObject({ outcome: 'failed', expected: `certificate ${'00'.repeat(32)}` });
  });

  test('whose keys cannot be had cannot be told', async () => {
    world();
    const { createIssuerKeys } = await import('../../../enclave/results/issuerKeys.js');
    const getKeys = createIssuerKeys({
      fetchJwks: () => Promise.reject(new Error('down')),
      now: () => TEST_NOW,
      minimumRefetchSeconds: 1,
    });
    const report = await verify({ getKeys });
    expect(report.outcome).toBe('could-not-tell');
    expect(row(report, 'signature')?.outcome).toBe('could-not-tell');
  });

  test('that signs with a key of its list, where no certificate is pinned, is shown as that', async () => {
    world();
    expect(row(await verify(), 'signature')?.finding).toContain(`a key that ${issuer.trusted.issuer} publishes`);
  });
});

describe('the appraisal', () => {
  test.each<[string, Record<string, unknown>, CheckId]>([
    ['another program', { 'x-ms-sgx-mrenclave': measurementOf('patient') }, 'measurement'],
    ['debug mode', { 'x-ms-sgx-is-debuggable': true }, 'debug'],
    ['an outdated platform', { 'x-cloister-tcb-status': 'OutOfDate' }, 'platform'],
    ['a simulated enclave', { 'x-cloister-simulated': true }, 'hardware'],
    ['an old result', { iat: TEST_NOW - 30_000, nbf: TEST_NOW - 30_000 }, 'validity'],
  ])('refuses %s, in its row', async (_, claims, id) => {
    world({ claims });
    const report = await verify();
    expect(report).toMatchObject({ outcome: 'refused', refusal: { code: 'POLICY_NOT_SATISFIED' } });
    expect(report.checks.filter(({ outcome }) => outcome === 'failed').map((check) => check.id)).toEqual([id]);
  });

  test('shows the pinned value itself', async () => {
    world({ claims: { 'x-ms-sgx-mrenclave': measurementOf('patient') } });
    expect(row(await verify(), 'measurement')).toMatchObject({
      expected: measurementOf('gateway'),
      actual: measurementOf('patient'),
    });
    const signer = { signer: 'ab'.repeat(32), productId: 1, minimumSecurityVersion: 2 };
    expect(row(await verify({ referenceValues: [signer] }), 'measurement')?.expected).toBe(
      `signer ${'ab'.repeat(32)}, product 1, security version 2 or later`,
    );
    expect(row(await verify({ referenceValues: [] }), 'measurement')?.expected).toBe('no reference value');
  });

  test('shows every failed claim of one row', async () => {
    world({ claims: { 'x-cloister-tcb-status': 'OutOfDate' } });
    const policy = { ...testPolicy, minimumTcbEvaluationDataNumber: 17, requiresAttestedIssuer: true };
    const report = await verify({ policy });
    expect(row(report, 'platform')?.finding).toBe(
      'tcbStatus: expected UpToDate, got OutOfDate; tcbEvaluationDataNumber: expected at least 17, got not stated; ' +
        'attestedIssuer: expected true, got not stated',
    );
  });

  test('of a simulated enclave under a policy that accepts it is a concession, never a pass', async () => {
    world({ claims: { 'x-cloister-simulated': true } });
    const report = await verify({ policy: { ...testPolicy, acceptsSimulated: true } });
    expect(report.outcome).toBe('accepted');
    expect(row(report, 'hardware')).toMatchObject({ outcome: 'conceded' });
    expect(row(report, 'platform')?.finding).toMatch(/^Simulated Intel SGX/);
  });
});

describe('the channel', () => {
  test.each<[GatewayVerification['channel'], GatewayVerification['policy']['recipientChannels'], string]>([
    ['sealed', ['sealed'], 'passed'],
    ['sealed', ['local'], 'failed'],
    ['local', ['sealed', 'local'], 'conceded'],
    ['local', ['sealed'], 'failed'],
    ['local', [], 'failed'],
  ])('%s under a policy that accepts %j: %s', async (channel, recipientChannels, outcome) => {
    world();
    const report = await verify({ policy: { ...testPolicy, recipientChannels }, ...(channel && { channel }) });
    expect(row(report, 'channel')?.outcome).toBe(outcome);
    expect(report.refusal?.code).toBe(outcome === 'failed' ? 'CHANNEL_NOT_ACCEPTED' : undefined);
  });
});
