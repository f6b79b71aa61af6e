import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AttestationResult } from '../../../enclave/results/attestationResult.js';
import { createResultVerifier } from '../../../enclave/results/resultVerifier.js';
import { silentLog } from '../../../runtime/log.js';
import type { ResultOrigin } from '../../../subgraphs/attestation/knownResult.js';
import type { ResultLimits, Results } from '../../../subgraphs/attestation/results.js';
import { openResults } from '../../../subgraphs/attestation/results.js';
import { createEnclaveKey, createTestIssuer, TEST_NOW } from '../../support/issuer.js';

const issuer = createTestIssuer();
const verify = createResultVerifier({ issuers: [issuer.trusted], getKeys: issuer.keys, now: () => TEST_NOW });
const resultOf = (id: string, change: Readonly<Record<string, unknown>> = {}): Promise<AttestationResult> =>
  verify(issuer.issue([createEnclaveKey('tls').jwk], { jti: id, ...change }));

let folder: string;
let path: string;
let seconds: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloister-results-'));
  path = join(folder, 'results.jsonl');
  seconds = TEST_NOW;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (limits?: ResultLimits): Promise<Results> =>
  openResults({ path, retentionDays: 2, now: () => seconds, log: silentLog, ...(limits && { limits }) });
const finding = (origin: ResultOrigin = 'PROBE', enclave: string | null = 'patient') => ({
  origin,
  enclave,
  verdicts: [],
});

describe('a result that was verified', () => {
  test('is found by its identifier, without its token, also after a restart', async () => {
    const results = await open();
    const result = await resultOf('one');
    await results.record(result, finding());
    expect(results.get('one')).toMatchObject({ id: 'one', verifiedAt: TEST_NOW, restored: false });
    await results.close();
    expect(readFileSync(path, 'utf8')).not.toContain(result.token.split('.')[2]);

    const again = await open();
    expect(again.get('one')).toMatchObject({ id: 'one', verifiedAt: TEST_NOW, restored: true });
    expect(again.get('one')).not.toHaveProperty('token');
    await again.close();
  });

  test('is no longer called restored once it was verified again', async () => {
    const result = await resultOf('one');
    const before = await open();
    await before.record(result, finding('PROBE', 'patient'));
    await before.close();
    const results = await open();
    seconds += 100;
    await results.record(result, finding('TOKEN', null));
    expect(results.get('one')).toMatchObject({ restored: false, origin: 'PROBE', verifiedAt: TEST_NOW + 100 });
    await results.close();
  });

  test('is kept for as long as is configured, and no longer', async () => {
    const results = await open();
    await results.record(await resultOf('one'), finding());
    seconds += 2 * 86_400 - 1;
    expect(results.get('one')).toBeDefined();
    expect(results.latestOf('patient')).toBeDefined();
    seconds += 1;
    expect(results.get('one')).toBeUndefined();
    expect(results.latestOf('patient')).toBeUndefined();
    await results.close();
  });

  test('of an enclave that was probed is not pushed out by what others bring', async () => {
    const results = await open({ entries: 3, characters: 1_000_000 });
    await results.record(await resultOf('own'), finding());
    for (let n = 0; n < 10; n++) await results.record(await resultOf(`token-${n}`), finding('TOKEN'));
    expect(results.get('own')).toBeDefined();
    expect(results.get('token-6')).toBeUndefined();
    expect(results.get('token-7')).toBeDefined();
    await results.close();
  });

  test('is kept within a bound of characters', async () => {
    const results = await open({ entries: 1000, characters: 12_000 });
    const padding = { 'x-padding': 'p'.repeat(4000) };
    for (let n = 0; n < 5; n++) await results.record(await resultOf(`r-${n}`, padding), finding('EVIDENCE'));
    expect([0, 1, 2, 3, 4].filter((n) => results.get(`r-${n}`) !== undefined)).toEqual([3, 4]);
    await results.close();
  });

  test('that somebody brought first becomes the enclave’s own once the enclave shows it', async () => {
    const results = await open();
    const result = await resultOf('one');
    await results.record(result, finding('TOKEN'));
    expect(results.latestOf('patient')).toBeUndefined();
    await results.record(result, finding('PROBE'));
    expect(results.get('one')?.origin).toBe('PROBE');
    expect(results.latestOf('patient')?.id).toBe('one');
    await results.record(result, finding('EVIDENCE'));
    expect(results.get('one')?.origin).toBe('PROBE');
    await results.close();
  });

  test('is not replaced by another issuer’s with the same identifier', async () => {
    const results = await open();
    const result = await resultOf('one');
    await results.record(result, finding());
    const other = { ...result, issuer: 'https://other.example', measurement: 'ee'.repeat(32) };
    expect(await results.record(other, finding())).toMatchObject({ issuer: 'https://other.example' });
    expect(results.get('one')?.issuer).toBe(issuer.trusted.issuer);
    await results.close();
  });

  test('is the newest of its enclave also after a restart', async () => {
    const results = await open();
    await results.record(await resultOf('old'), finding());
    await results.record(await resultOf('new'), finding());
    await results.record(await resultOf('other'), finding('PROBE', null));
    await results.close();
    const again = await open();
    expect(again.latestOf('patient')?.id).toBe('new');
    await again.close();
  });

  test('is not made up from lines that are none', async () => {
    const lines = ['{}', 'null', '[]', '{"id":"x"}', '{"id":7,"issuer":"i"}'];
    appendFileSync(path, `${lines.join('\n')}\n`);
    const results = await open();
    expect(results.get('x')).toBeUndefined();
    await results.close();
  });
});
