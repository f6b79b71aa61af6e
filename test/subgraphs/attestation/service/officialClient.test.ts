import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createInsecurePlatform } from '../../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../../enclave/platforms/insecure/platform.js';
import { Refusal } from '../../../../enclave/refusals.js';
import type { Authorization } from '../../../../subgraphs/attestation/service/authorize.js';
import type { InstanceMode } from '../../../../subgraphs/attestation/service/policies.js';
import { createPolicies } from '../../../../subgraphs/attestation/service/policies.js';
import { DEFAULT_POLICIES } from '../../../../enclave/policyLanguage/defaultPolicies.js';
import { memoryPolicyStore } from '../../../../subgraphs/attestation/service/policyStore.js';
import type { RunningAttestationService } from '../../../support/attestationService.js';
import { startAttestationService } from '../../../support/attestationService.js';
import type { TrialSigner } from '../../../support/policySigner.js';
import { trialSigner } from '../../../support/policySigner.js';
import { checkout } from '../../../support/shared.js';
import { localhostCertificate } from '../../../support/tlsCertificate.js';

/** The official client takes no clock. */
const now = Date.now;
const ISSUER = 'https://attestation.test';
const TOKEN = 'contributor';
const POLICY = 'version= 1.0; authorizationrules{=> permit();}; issuancerules{};';
const runtimeData = Buffer.from(JSON.stringify({ keys: [], purpose: 'conformance' }));

const authorization: Authorization = {
  challenge: 'Bearer authorization_uri="https://identity.test", resource="https://attest.azure.net"',
  authorize: (header) =>
    header === `Bearer ${TOKEN}`
      ? Promise.resolve()
      : Promise.reject(new Refusal('UNAUTHENTICATED', 'The access token is another.')),
};

const platform = createInsecurePlatform({ now: now() });
const tls = localhostCertificate(now());
let folder: string;
let quote: Buffer;
let signer: TrialSigner;
let other: TrialSigner;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'official-client-'));
  writeFileSync(join(folder, 'ca.pem'), tls.cert);
  const reportData = Buffer.concat([createHash('sha256').update(runtimeData).digest(), Buffer.alloc(32)]);
  const evidence = await insecurePlatform({ files: platform, measurement: 'ab'.repeat(32) }).evidence(reportData);
  quote = Buffer.from(evidence.kind === 'SevSnpVm' ? evidence.report : evidence.quote);
  signer = trialSigner(now(), { name: 'signer' });
  other = trialSigner(now(), { name: 'other', type: 'ec' });
});

afterAll(() => rmSync(folder, { recursive: true }));

function start(mode: InstanceMode): Promise<RunningAttestationService> {
  const policies = createPolicies({ mode, store: memoryPolicyStore(), signers: [signer.certificate], now });
  return startAttestationService({ issuer: ISSUER, platform, tls, policies, authorization, now, randomBytes });
}

interface Step {
  readonly method: string;
  readonly args: readonly unknown[];
}
interface Answered {
  readonly value?: Record<string, unknown> | string | unknown[];
  readonly claims?: Record<string, unknown>;
  readonly error?: string;
  readonly code?: string;
  readonly status?: number;
}

const step = (method: string, ...args: unknown[]): Step => ({ method, args });
const bytes = (value: Uint8Array) => ({ bytes: Buffer.from(value).toString('base64') });

/** Asks a service of this mode with the official client, one call after the other. */
async function ask(mode: InstanceMode, steps: readonly Step[], token = TOKEN): Promise<Answered[]> {
  const service = await start(mode);
  try {
    const url = `https://localhost:${new URL(service.url).port}`;
    const child = spawn(process.execPath, ['test/subgraphs/attestation/service/officialClient.mjs'], {
      cwd: checkout,
      env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end(JSON.stringify({ url, token, steps }));
    const [output, trouble] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (output === '') throw new Error(trouble);
    return JSON.parse(output) as Answered[];
  } finally {
    await service.close();
  }
}

describe('the official client of Azure Attestation', () => {
  test('attests an SGX enclave and an Open Enclave report, and finds the results valid', async () => {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(1, 0);
    header.writeUInt32LE(2, 4);
    header.writeBigUInt64LE(BigInt(quote.length), 8);
    const validationOptions = {
      validateToken: true,
      validateIssuer: true,
      expectedIssuer: ISSUER,
      validateExpirationTime: true,
      validateNotBeforeTime: true,
      timeValidationSlack: 2,
    };
    const answers = await ask('shared', [
      step('attestSgxEnclave', bytes(quote), { runTimeJson: bytes(runtimeData), validationOptions }),
      step('attestSgxEnclave', bytes(quote), { runTimeData: bytes(runtimeData), validationOptions }),
      step('attestOpenEnclave', bytes(Buffer.concat([header, quote])), { validationOptions }),
      step('attestSgxEnclave', bytes(quote), {
        validationOptions: { ...validationOptions, expectedIssuer: 'https://other.test' },
      }),
    ]);
    expect(answers[0]?.value).toMatchObject({
      issuer: ISSUER,
      mrEnclave: 'ab'.repeat(32),
      isDebuggable: false,
      version: '1.0',
      runTimeClaims: { keys: [], purpose: 'conformance' },
    });
    expect(answers[1]?.claims).toHaveProperty('x-ms-sgx-ehd', runtimeData.toString('base64url'));
    expect(answers[2]?.value).toMatchObject({ mrEnclave: 'ab'.repeat(32) });
    expect(answers[3]?.error).toContain('expected issuer: https://other.test');
  });

  test('tries a draft policy, and reads what is wrong with evidence or policy', async () => {
    const draft = (policy: string) =>
      step('attestSgxEnclave', bytes(quote), { draftPolicyForAttestation: policy, runTimeData: bytes(runtimeData) });
    const [permitted, denied, syntax, evidence] = await ask('shared', [
      draft(POLICY),
      draft('version= 1.0; authorizationrules{=> deny();}; issuancerules{};'),
      draft('nonsense'),
      step('attestSgxEnclave', bytes(quote.subarray(0, 400))),
    ]);
    expect(permitted?.claims).toMatchObject({ 'x-ms-policy': {}, iss: ISSUER });
    expect(denied).toMatchObject({ code: 'PolicyEvaluationError', status: 400 });
    expect(syntax).toMatchObject({ code: 'PolicyParsingError', status: 400 });
    expect(evidence).toMatchObject({ code: 'InvalidQuote', status: 400 });
  });

  test('finds keys and metadata', async () => {
    const [signers, metadata] = await ask('shared', [step('getAttestationSigners'), step('getOpenIdMetadata')]);
    expect(signers?.value).toHaveLength(1);
    expect(metadata?.value).toMatchObject({ issuer: ISSUER });
  });

  test('reads the policy of a shared instance and cannot change it', async () => {
    const [read, changed] = await ask('shared', [
      step('getPolicy', 'SgxEnclave'),
      step('setPolicy', 'SgxEnclave', POLICY),
    ]);
    expect(read?.value).toBe(DEFAULT_POLICIES.SgxEnclave);
    expect(changed).toMatchObject({ code: 'InvalidOperation', status: 400 });
  });

  test('sets, reads and resets policies, signed and unsigned', async () => {
    const signing = { privateKey: signer.keyPem, certificate: signer.certificatePem };
    const answers = await ask('aad', [
      step('setPolicy', 'SgxEnclave', POLICY),
      step('getPolicy', 'SgxEnclave'),
      step('setPolicy', 'OpenEnclave', POLICY, signing),
      step('getPolicy', 'OpenEnclave'),
      step('resetPolicy', 'SgxEnclave'),
      step('getPolicy', 'SgxEnclave'),
    ]);
    expect(answers.map(({ error }) => error)).toEqual(Array(6).fill(undefined));
    expect(answers[0]?.value).toMatchObject({ policyResolution: 'Updated' });
    expect(answers[1]?.value).toBe(POLICY);
    expect(answers[2]?.value).toMatchObject({
      policyResolution: 'Updated',
      policySigner: { certificates: [expect.stringContaining('BEGIN CERTIFICATE')] },
    });
    expect(answers[3]?.value).toBe(POLICY);
    expect(answers[4]?.value).toMatchObject({ policyResolution: 'Removed' });
    expect(answers[5]?.value).toBe(DEFAULT_POLICIES.SgxEnclave);
  });

  test('manages the signers of an isolated instance, and policies with their signatures alone', async () => {
    const byFirst = [signer.keyPem, signer.certificatePem];
    const answers = await ask('isolated', [
      step('getPolicyManagementCertificates'),
      step('addPolicyManagementCertificate', other.certificatePem, ...byFirst),
      step('getPolicyManagementCertificates'),
      step('setPolicy', 'SgxEnclave', POLICY, { privateKey: other.keyPem, certificate: other.certificatePem }),
      step('setPolicy', 'SgxEnclave', POLICY),
      step('resetPolicy', 'SgxEnclave', { privateKey: signer.keyPem, certificate: signer.certificatePem }),
      step('removePolicyManagementCertificate', other.certificatePem, ...byFirst),
      step('removePolicyManagementCertificate', signer.certificatePem, ...byFirst),
    ]);
    const summary = answers.map(({ value, error, code }) =>
      error === undefined ? (Array.isArray(value) ? value.length : value) : code,
    );
    expect(summary).toEqual([
      1,
      expect.objectContaining({ certificateResolution: 'IsPresent' }),
      2,
      expect.objectContaining({ policyResolution: 'Updated' }),
      'InvalidOperation',
      expect.objectContaining({ policyResolution: 'Removed' }),
      expect.objectContaining({ certificateResolution: 'IsAbsent' }),
      'InvalidOperation',
    ]);
  });

  test('is told where to get a token when it has another', async () => {
    const [read] = await ask('aad', [step('getPolicy', 'SgxEnclave')], 'stranger');
    expect(read).toMatchObject({ code: 'Unauthorized', status: 401 });
  });
});
