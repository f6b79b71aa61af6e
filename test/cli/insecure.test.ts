import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDataFolder } from '../../deploy/local/dataFolder.js';
import { prepareInsecurePlatform } from '../../deploy/local/insecurePlatform.js';
import { appraise } from '../../enclave/appraisal/appraise.js';
import { readPem } from '../../enclave/asn1/pem.js';
import { attestRequestOf, attestUrl } from '../../enclave/evidence/attestRequest.js';
import { reportDataOf, runtimeDataOf } from '../../enclave/evidence/runtimeData.js';
import type { InsecurePlatformFiles } from '../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../enclave/platforms/insecure/platform.js';
import { nodePrimitives } from '../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../enclave/verification/trustRoot.js';
import { bundleFile } from '../../runtime/collateral/bundleFile.js';
import type { CollateralCache } from '../../runtime/collateral/cache.js';
import { createCollateralCache } from '../../runtime/collateral/cache.js';
import { validateCollateral } from '../../runtime/collateral/validateCollateral.js';
import { silentLog } from '../../runtime/log.js';
import { loadTrust, type Trust } from '../../runtime/trust.js';
import type { RunningAttestationService } from '../support/attestationService.js';
import { startAttestationService } from '../support/attestationService.js';
import { createEnclaveKey, measurementOf } from '../support/issuer.js';
import { checkout } from '../support/shared.js';
import { cloister } from './commandLine.js';

const folder = mkdtempSync(join(tmpdir(), 'cloister-insecure-'));
const data = join(folder, 'data');
let machine: string;
let service: RunningAttestationService;
let collateral: CollateralCache;
let trust: Trust;

/** The data folder of a local system, and its attestation service over the very file that the command rewrites. */
beforeAll(async () => {
  machine = openDataFolder(data).insecurePlatform;
  prepareInsecurePlatform(machine, Date.now());
  const platform = filesOf();
  const trustRoots = [trustRoot({ name: 'insecure', simulated: true, pem: platform['root.pem'] })];
  collateral = createCollateralCache({
    source: bundleFile(join(machine, 'collateral.json')),
    now: Date.now,
    random: () => 0,
    log: silentLog,
    validate: validateCollateral({ trustRoots, primitives: nodePrimitives }),
  });
  service = await startAttestationService({ platform, collateral });
  trust = await loadTrust({
    trustFile: trustFileFor(service),
    policiesFolder: join(checkout, 'schema/policies'),
    now: Date.now,
  });
});

afterAll(async () => {
  await service.close();
  await collateral.close();
  rmSync(folder, { recursive: true });
});

function filesOf(): InsecurePlatformFiles {
  const names = [
    'root.pem',
    'collateral.json',
    'pck-chain.pem',
    'pck-key.pem',
    'authority-keys.json',
    'platform-state.json',
  ];
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(machine, name), 'utf8')]),
  ) as unknown as InsecurePlatformFiles;
}

function trustFileFor({ issuer, signing, url }: RunningAttestationService): string {
  const [certificate = new Uint8Array()] = readPem(signing.certificate);
  const path = join(folder, 'trust.json');
  const pin = createHash('sha256').update(certificate).digest('hex');
  const issuers = [{ issuer, jwksUri: `${url}/certs`, certificateSha256: [pin] }];
  const referenceValues = { patient: [{ measurement: measurementOf('patient') }] };
  writeFileSync(path, JSON.stringify({ mode: 'development', issuers, referenceValues }));
  return path;
}

/** Posts fresh evidence, as an enclave does: a token, or our code for why there is none. */
async function attest(): Promise<{ token?: string; code?: string }> {
  const platform = insecurePlatform({ files: filesOf(), measurement: measurementOf('patient') });
  const runtimeData = runtimeDataOf([createEnclaveKey('tls').jwk]);
  const request = attestRequestOf(await platform.evidence(await reportDataOf(runtimeData)), runtimeData);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(attestUrl(service.url, request.kind), {
    method: 'POST',
    headers,
    body: JSON.stringify(request.body),
  });
  const body = (await answer.json()) as { token?: string; error?: { innererror?: { code?: string } } };
  const code = body.error?.innererror?.code;
  return { ...(body.token !== undefined && { token: body.token }), ...(code !== undefined && { code }) };
}

/** What the policy for components says of a fresh result. */
async function appraiseFresh() {
  const result = await trust.verifyResult((await attest()).token ?? '');
  const { accepted, failures } = appraise(result, trust.policy('component'), {
    referenceValues: trust.referenceValues,
    now: Date.now() / 1000,
  });
  return {
    status: result.tcbStatus,
    advisories: result.advisoryIds,
    accepted,
    claims: failures.map(({ claim }) => claim),
  };
}

const insecure = (...flags: string[]) => cloister(['insecure', '--data', data, ...flags]);

describe('the vendor of the simulated machine', () => {
  test('says at first that all is well', async () => {
    const { exitCode, out } = await insecure();
    expect(exitCode).toBe(0);
    expect(out).toContain('SIMULATED machine');
    expect(out).toMatch(/TCB status +UpToDate\n/);
    expect(await appraiseFresh()).toEqual({ status: 'UpToDate', advisories: [], accepted: true, claims: [] });
  });

  test('can say that it is out of date: its evidence is genuine, and no component accepts it', async () => {
    const { out } = await insecure('--status', 'outofdate', '--advisory', 'INSECURE-SA-00099');
    expect(out).toMatch(/TCB status +OutOfDate, INSECURE-SA-00099\n/);
    expect(await appraiseFresh()).toEqual({
      status: 'OutOfDate',
      advisories: ['INSECURE-SA-00099'],
      accepted: false,
      claims: ['tcbStatus'],
    });
  });

  test('says the same after the collateral was renewed', async () => {
    prepareInsecurePlatform(machine, Date.now());
    expect(await appraiseFresh()).toMatchObject({ status: 'OutOfDate', accepted: false });
  });

  test.each([
    ['its certificate', '--revoke', 'EVIDENCE_REVOKED'],
    ['the CA above it', '--revoke-ca', 'EVIDENCE_REVOKED'],
  ])('can revoke %s: the service refuses its evidence', async (_, flag, code) => {
    expect((await insecure('--restore', flag)).out).toContain('REVOKED');
    expect(await attest()).toEqual({ code });
  });

  test('can revoke its TCB level: the service refuses its evidence', async () => {
    await insecure('--restore', '--status', 'Revoked');
    expect(await attest()).toEqual({ code: 'EVIDENCE_TCB_INVALID' });
  });

  test('can take all of it back', async () => {
    const { out } = await insecure('--restore');
    expect(out).not.toMatch(/REVOKED/);
    expect(await appraiseFresh()).toEqual({ status: 'UpToDate', advisories: [], accepted: true, claims: [] });
  });
});

describe('what cannot be set is refused', () => {
  test.each([
    ['a status that there is not', ['--status', 'Excellent'], 2],
    ['an advisory without a status', ['--advisory', 'X'], 2],
    ['an advisory with a line in it', ['--status', 'OutOfDate', '--advisory', 'a\nb'], 2],
    ['an advisory of 65 characters', ['--status', 'OutOfDate', '--advisory', 'x'.repeat(65)], 2],
    ['a word', ['OutOfDate'], 2],
  ])('%s', async (_, flags, code) => {
    const before = filesOf();
    expect((await insecure(...flags)).exitCode).toBe(code);
    expect(filesOf()).toEqual(before);
  });

  test('a machine that there is not', async () => {
    const { exitCode, err } = await cloister(['insecure', '--data', join(folder, 'absent'), '--revoke']);
    expect(exitCode).toBe(1);
    expect(err).toContain('NOT_FOUND: There is no simulated platform');
  });

  test('a machine whose state cannot be read', async () => {
    const path = join(machine, 'platform-state.json');
    const right = readFileSync(path, 'utf8');
    writeFileSync(path, '{}');
    expect((await insecure('--revoke')).err).toContain('its state cannot be read');
    writeFileSync(path, right);
    expect((await insecure()).exitCode).toBe(0);
  });
});
