import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parsePortalConfig, type PortalConfig } from '../../../web/config/portalConfig.js';
import { verifyGateway, type TrustReport } from '../../../web/trust/verifyGateway.js';
import type { CheckId } from '../../../enclave/gatewayTrust/checks.js';
import type { Fetch } from '../../../enclave/gatewayTrust/evidence.js';
import { startAttestationService, type RunningAttestationService } from '../../support/attestationService.js';
import { createClinic } from '../memory/clinic.js';
import { createMemoryGateway, type MemoryGateway } from '../memory/gateway.js';
import { developmentPolicy, pinOf, publishedPolicy } from '../memory/pins.js';
import { apiSchema } from '../memory/schema.js';

const PINNED = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);

let service: RunningAttestationService;
let gateway: MemoryGateway;
let config: PortalConfig;

beforeAll(async () => {
  service = await startAttestationService();
  gateway = await createMemoryGateway({
    clinic: createClinic(Date.now()),
    schema: apiSchema(),
    platform: service.platform,
    measurement: PINNED,
    portalOrigin: 'http://localhost',
  });
  await new Promise<void>((resolve) => gateway.server.listen(0, '127.0.0.1', resolve));
  config = parsePortalConfig({
    gateway: `http://127.0.0.1:${(gateway.server.address() as AddressInfo).port}`,
    attestationService: { url: service.url, issuer: service.issuer, certificateSha256: [pinOf(service)] },
    identity: { issuer: 'http://localhost:1', clientId: 'cloister-portal' },
    referenceValues: { gateway: [{ measurement: PINNED }] },
    mode: 'development',
    policy: await developmentPolicy(),
  });
});

beforeEach(() => {
  gateway.measurement = PINNED;
  gateway.answersNonce = undefined;
});

afterAll(async () => {
  gateway.server.closeAllConnections();
  gateway.server.close();
  await service.close();
});

function verify(changes: Partial<PortalConfig> = {}, now = Date.now()): Promise<TrustReport> {
  return verifyGateway({ config: { ...config, ...changes }, fetch, nonce: randomBytes(32).toString('base64url'), now });
}

function check(report: TrustReport, id: CheckId) {
  return report.checks.find((candidate) => candidate.id === id);
}

describe('the portal verifies the gateway before anything is sent', () => {
  test('accepts the pinned program and says that nothing but hardware and channel is missing', async () => {
    const report = await verify();
    expect(report.refusal).toBeUndefined();
    expect(report.outcome).toBe('accepted');
    expect(report.result?.measurement).toBe(PINNED);
    expect(report.checks.filter(({ outcome }) => outcome !== 'passed').map(({ id, outcome }) => [id, outcome])).toEqual(
      [
        ['hardware', 'conceded'],
        ['channel', 'conceded'],
      ],
    );
    expect(check(report, 'hardware')?.finding).toMatch(/simulated enclave/i);
    expect(check(report, 'channel')?.finding).toMatch(/not sealed/);
  });

  test('sends the gateway nothing but the question for evidence', async () => {
    gateway.sent.length = 0;
    await verify();
    expect(gateway.sent).toEqual([]);
  });

  test('refuses another program, and names the expected and the actual measurement', async () => {
    gateway.measurement = OTHER;
    const report = await verify();
    expect(report.outcome).toBe('refused');
    expect(report.refusal?.code).toBe('POLICY_NOT_SATISFIED');
    expect(report.refusal?.failures).toEqual([{ claim: 'measurement', expected: PINNED, actual: OTHER }]);
    expect(check(report, 'measurement')).toMatchObject({ outcome: 'failed', expected: PINNED, actual: OTHER });
    expect(check(report, 'signature')?.outcome).toBe('passed');
  });

  test('refuses evidence over another nonce before it asks the attestation service', async () => {
    gateway.answersNonce = 'A'.repeat(43);
    const report = await verify();
    expect(report.outcome).toBe('refused');
    expect(report.refusal?.code).toBe('EVIDENCE_NOT_FRESH');
    expect(check(report, 'nonce')).toMatchObject({ outcome: 'failed', actual: 'A'.repeat(43) });
    expect(check(report, 'signature')?.outcome).toBe('not-reached');
  });

  test('refuses evidence without a nonce', async () => {
    const withoutNonce: Fetch = async (url, init) => {
      const response = await fetch(url, init);
      if (!url.includes('/evidence')) return response;
      const evidence = (await response.json()) as { runtimeData: { data: string } };
      const runtimeData = { data: Buffer.from('{"keys":[]}').toString('base64url'), dataType: 'JSON' };
      return Response.json({ ...evidence, runtimeData });
    };
    const report = await verifyGateway({ config, fetch: withoutNonce, nonce: 'B'.repeat(43), now: Date.now() });
    expect(report.refusal?.code).toBe('EVIDENCE_NOT_FRESH');
    expect(check(report, 'nonce')).toMatchObject({ outcome: 'failed', actual: 'none' });
  });

  test('refuses a quote whose report data is not the digest of the runtime data', async () => {
    const nonce = randomBytes(32).toString('base64url');
    const forged: Fetch = async (url, init) => {
      const response = await fetch(url, init);
      if (!url.includes('/evidence')) return response;
      const evidence = (await response.json()) as Record<string, unknown>;
      const data = Buffer.from(JSON.stringify({ keys: [{ kid: 'tls', kty: 'EC' }], nonce })).toString('base64url');
      return Response.json({ ...evidence, runtimeData: { data, dataType: 'JSON' } });
    };
    const report = await verifyGateway({ config, fetch: forged, nonce, now: Date.now() });
    expect(report.outcome).toBe('refused');
    expect(report.refusal?.code).toBe('EVIDENCE_BINDING_MISMATCH');
    expect(check(report, 'binding')?.outcome).toBe('failed');
  });

  test('refuses a result signed with a certificate that is not pinned', async () => {
    const report = await verify({ attestationService: { ...config.attestationService, certificateSha256: [OTHER] } });
    expect(report.outcome).toBe('refused');
    expect(report.refusal?.code).toBe('RESULT_ISSUER_UNTRUSTED');
    expect(check(report, 'issuer')?.outcome).toBe('passed');
    expect(check(report, 'signature')?.outcome).toBe('failed');
  });

  test('refuses a result of another issuer', async () => {
    const report = await verify({ attestationService: { ...config.attestationService, issuer: 'https://other.test' } });
    expect(report.refusal?.code).toBe('RESULT_ISSUER_UNTRUSTED');
    expect(check(report, 'issuer')?.outcome).toBe('failed');
    expect(check(report, 'signature')?.outcome).toBe('not-reached');
  });

  test('refuses a result that is older than the policy allows', async () => {
    const policy = { ...config.policy, maximumAgeSeconds: 60 };
    const report = await verify({ policy }, Date.now() + 120_000);
    expect(report.refusal?.code).toBe('POLICY_NOT_SATISFIED');
    expect(check(report, 'validity')?.outcome).toBe('failed');
  });

  test('refuses a simulated enclave and an open channel under the policy as published', async () => {
    const policy = await publishedPolicy();
    const report = await verify({ policy });
    expect(report.outcome).toBe('refused');
    expect(report.refusal?.failures).toEqual([{ claim: 'simulated', expected: 'false', actual: 'true' }]);
    expect(check(report, 'hardware')?.outcome).toBe('failed');
    expect(check(report, 'channel')?.outcome).toBe('not-reached');
  });

  test('refuses an open channel where the policy demands a sealed one', async () => {
    const report = await verify({ policy: { ...config.policy, recipientChannels: ['sealed'] } });
    expect(report.refusal?.code).toBe('CHANNEL_NOT_ACCEPTED');
    expect(check(report, 'channel')).toMatchObject({ outcome: 'failed', expected: 'sealed', actual: 'local' });
  });

  test('could not tell where the attestation service is down', async () => {
    const report = await verify({ attestationService: { ...config.attestationService, url: 'http://127.0.0.1:9' } });
    expect(report.outcome).toBe('could-not-tell');
    expect(report.refusal?.code).toBe('ISSUER_UNREACHABLE');
    expect(check(report, 'evidence')?.outcome).toBe('could-not-tell');
    expect(check(report, 'measurement')?.outcome).toBe('not-reached');
  });

  test('could not tell where the gateway is down', async () => {
    const report = await verify({ gateway: 'http://127.0.0.1:9' });
    expect(report.outcome).toBe('could-not-tell');
    expect(report.refusal?.code).toBe('PEER_UNREACHABLE');
  });

  test.each([
    ['an answer that is not JSON', new Response('<html>'), 'EVIDENCE_MALFORMED'],
    ['an answer without a quote', Response.json({ runtimeData: {} }), 'EVIDENCE_MALFORMED'],
    ['an answer that is too large', new Response('"'.padEnd(300_000, 'x')), 'EVIDENCE_MALFORMED'],
    ['a failure', new Response('', { status: 500 }), 'PEER_UNREACHABLE'],
  ])('takes %s for no evidence', async (_what, response, code) => {
    const report = await verifyGateway({
      config,
      fetch: () => Promise.resolve(response),
      nonce: 'n'.repeat(22),
      now: 0,
    });
    expect(report.refusal?.code).toBe(code);
  });

  test('says which code the attestation service refused the quote with', async () => {
    const broken: Fetch = async (url, init) => {
      const response = await fetch(url, init);
      if (!url.includes('/evidence')) return response;
      const evidence = (await response.json()) as { quote: string };
      return Response.json({ ...evidence, quote: evidence.quote.slice(0, 400) });
    };
    const report = await verifyGateway({
      config,
      fetch: broken,
      nonce: randomBytes(32).toString('base64url'),
      now: Date.now(),
    });
    expect(report.outcome).toBe('refused');
    expect(report.refusal?.code).toBe('EVIDENCE_MALFORMED');
    expect(check(report, 'evidence')?.outcome).toBe('failed');
  });
});
