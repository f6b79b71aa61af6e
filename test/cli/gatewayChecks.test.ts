import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkGateway, requireLocalChannel } from '../../cli/gatewayChecks.js';
import { trustFrom, type Target } from '../../cli/target.js';
import { applyOverlay, parseOverlay, parsePolicy } from '../../enclave/appraisal/loadPolicies.js';
import { readPem } from '../../enclave/asn1/pem.js';
import { attestRequestOf } from '../../enclave/evidence/attestRequest.js';
import { reportDataOf, runtimeDataOf } from '../../enclave/evidence/runtimeData.js';
import { insecurePlatform } from '../../enclave/platforms/insecure/platform.js';
import { startAttestationService, type RunningAttestationService } from '../support/attestationService.js';
import { createEnclaveKey } from '../support/issuer.js';
import { checkout } from '../support/shared.js';

const read = (file: string): unknown => JSON.parse(readFileSync(join(checkout, 'schema/policies', file), 'utf8'));
const published = parsePolicy(read('patient-record.json'));

test('nothing is sent over a plain connection under the policy as published', () => {
  expect(() => requireLocalChannel(published)).toThrow(expect.objectContaining({ code: 'CHANNEL_NOT_ACCEPTED' }));
});

test('the development overlay concedes a plain connection', () => {
  const overlay = parseOverlay(read('development.overlay.json'));
  expect(() => requireLocalChannel(applyOverlay(published, overlay))).not.toThrow();
});

describe('the checks of a gateway', () => {
  const pinned = 'ab'.repeat(32);
  const gateway = { measurement: pinned };
  let service: RunningAttestationService;
  let server: Server;
  let target: Target;
  const folder = mkdtempSync(join(tmpdir(), 'cloister-checks-'));

  beforeAll(async () => {
    service = await startAttestationService();
    const keys = [createEnclaveKey('tls').jwk];
    const evidence = async (nonce: string) => {
      const data = runtimeDataOf(keys, nonce);
      const platform = insecurePlatform({ files: service.platform, measurement: gateway.measurement });
      const { body, kind } = attestRequestOf(await platform.evidence(await reportDataOf(data)), data);
      return { kind, ...body, simulated: true, platform: platform.name };
    };
    server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://gateway.test');
      void evidence(searchParams.get('nonce') ?? '').then((answer) => response.end(JSON.stringify(answer)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [certificate = new Uint8Array()] = readPem(service.signing.certificate);
    const trust = {
      mode: 'development',
      issuers: [
        {
          issuer: service.issuer,
          jwksUri: `${service.url}/certs`,
          certificateSha256: [createHash('sha256').update(certificate).digest('hex')],
        },
      ],
      referenceValues: { gateway: [{ measurement: pinned }] },
    };
    writeFileSync(join(folder, 'trust.json'), JSON.stringify(trust));
    target = {
      gateway: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      attestationService: service.url,
      identity: '',
      trust: await trustFrom(join(folder, 'trust.json'), checkout),
    };
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await service.close();
    rmSync(folder, { recursive: true });
  });

  test('are those of the portal, by the trust file, and say what is simulated', async () => {
    const { checks, refusal } = await checkGateway(target, target.trust.policy('patient-record'));
    expect(refusal).toBeUndefined();
    expect(checks.map(({ name, outcome }) => `${name}: ${outcome}`)).toEqual([
      'Evidence: passed',
      'Freshness: passed',
      'Signature: passed',
      'Issuer: passed',
      'Age: passed',
      'Keys: passed',
      'Program: passed',
      'Platform: passed',
      'Debug mode: passed',
      'Hardware: conceded',
    ]);
    expect(checks.find(({ name }) => name === 'Hardware')?.finding).toMatch(/^SIMULATED/);
  });

  test('refuse another program with both measurements', async () => {
    gateway.measurement = 'cd'.repeat(32);
    const { checks, refusal, result } = await checkGateway(target, target.trust.policy('patient-record'));
    gateway.measurement = pinned;
    expect(refusal?.code).toBe('POLICY_NOT_SATISFIED');
    expect(result?.measurement).toBe('cd'.repeat(32));
    expect(checks.find(({ name }) => name === 'Program')).toMatchObject({
      outcome: 'failed',
      finding: expect.stringContaining(`(expected ${pinned}, got ${'cd'.repeat(32)})`),
    });
  });

  test('could not tell without an attestation service, and leave out what was not reached', async () => {
    const down = { ...target, attestationService: 'http://127.0.0.1:9' };
    const { checks, refusal } = await checkGateway(down, target.trust.policy('patient-record'));
    expect(refusal?.code).toBe('ISSUER_UNREACHABLE');
    expect(checks.map(({ name, outcome }) => `${name}: ${outcome}`)).toEqual([
      'Evidence: could not tell',
      'Freshness: passed',
    ]);
  });
});
