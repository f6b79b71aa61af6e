import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkout } from '../support/shared.js';
import { startSystem, type RunningTestSystem } from './support/system.js';

const film = join(checkout, 'subgraphs/patient/demo/pneumonia-4.png');
let system: RunningTestSystem;

beforeAll(async () => {
  system = await startSystem({ root: checkout, flags: ['--no-demo-data'] });
}, 120_000);
afterAll(async () => {
  await system.stop();
}, 30_000);

describe('cloister diagnose', () => {
  test('verifies, sends the film, and prints finding, model, report and a verified receipt', async () => {
    const { exitCode, out, err } = await cloister(['diagnose', film]);
    expect(exitCode).toBe(0);
    for (const line of [
      /^Finding +FINDING/m,
      /^Probability +0\.\d{3} \(threshold/m,
      /^Model +pneumonia/m,
      /^Receipt +verified/m,
      /^Attestation +SIMULATED/m,
    ])
      expect(out).toMatch(line);
    expect(err).toContain('Verifying the gateway …');
  });

  test('prints one JSON object and nothing else with --json, and its receipt verifies without the system', async () => {
    const { out } = await cloister(['diagnose', film, '--json']);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(answer).toMatchObject({
      finding: 'FINDING',
      receiptVerified: true,
      simulated: true,
      reportId: expect.any(String),
      receipt: expect.any(String),
    });

    const kept = mkdtempSync(join(tmpdir(), 'cloister-kept-'));
    writeFileSync(join(kept, 'answer.json'), out);
    cpSync(system.files.trust, join(kept, 'trust.json'));
    cpSync(system.files.attestationServiceCertificate, join(kept, 'issuer.crt'));
    const offline = [
      '--trust-file',
      join(kept, 'trust.json'),
      '--certificate',
      join(kept, 'issuer.crt'),
      '--image',
      film,
    ];
    const verified = await cloister(['verify-receipt', join(kept, 'answer.json'), ...offline]);
    expect(verified).toMatchObject({ exitCode: 0, out: expect.stringContaining('The receipt is verified.') });
  });

  test('says what an account may not do', async () => {
    expect(await cloister(['diagnose', film, '--user', 'clerk'])).toMatchObject({
      exitCode: 1,
      out: '',
      err: expect.stringContaining('SCOPE_MISSING'),
    });
  });

  test('refuses a wrong password', async () => {
    expect(await cloister(['diagnose', film], { CLOISTER_PASSWORD: 'wrong' })).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('UNAUTHENTICATED'),
    });
  });

  test('refuses a film that is cut short', async () => {
    const cut = join(mkdtempSync(join(tmpdir(), 'cloister-cut-')), 'cut.png');
    writeFileSync(cut, readFileSync(film).subarray(0, 5000));
    expect(await cloister(['diagnose', cut])).toMatchObject({
      exitCode: 1,
      out: '',
      err: expect.stringMatching(/IMAGE_UN(READABLE|SUPPORTED)/),
    });
  });

  test('sends nothing to a gateway that is not the pinned one', async () => {
    const trust = JSON.parse(readFileSync(system.files.trust, 'utf8')) as { referenceValues: Record<string, unknown> };
    trust.referenceValues.gateway = [{ measurement: '00'.repeat(32) }];
    const other = join(mkdtempSync(join(tmpdir(), 'cloister-trust-')), 'trust.json');
    writeFileSync(other, JSON.stringify(trust));
    const { exitCode, err } = await cloister(['diagnose', film, '--trust-file', other]);
    expect(exitCode).toBe(4);
    expect(err).toContain('POLICY_NOT_SATISFIED');
    expect(err).toContain('measurement: expected');
    expect(err).not.toContain('Sending');
  });
});

test('cloister verify could not tell where the attestation service does not answer', async () => {
  const flags = [
    '--gateway',
    system.addresses.gateway,
    '--attestation-service',
    'http://localhost:9',
    '--trust-file',
    system.files.trust,
  ];
  const { exitCode, out } = await cloister(['verify', ...flags]);
  expect(exitCode).toBe(3);
  expect(out).toContain('COULD NOT TELL');
});

function cloister(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ exitCode: number; out: string; err: string }> {
  const program = join(checkout, 'cli/cloister.mjs');
  const { PATH } = process.env;
  const all =
    args.includes('--gateway') || args.includes('--certificate') ? args : [...args, '--data', system.files.folder];
  return new Promise((settle) => {
    const child = execFile(process.execPath, [program, ...all], { env: { PATH, ...env } }, (_error, out, err) =>
      settle({ exitCode: child.exitCode ?? -1, out, err }),
    );
  });
}
