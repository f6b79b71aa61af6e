import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createInsecurePlatform } from '../../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../../enclave/platforms/insecure/platform.js';
import { attestedSigner } from '../../../../enclave/results/attestedSigner.js';
import { nodePrimitives } from '../../../../enclave/verification/nodePrimitives.js';
import { openFiledSigningKeys, openOwnSigningKeys } from '../../../../subgraphs/attestation/service/openSigningKeys.js';
import { createSigningKey, readSigningKey } from '../../../../subgraphs/attestation/service/signingKey.js';
import type { SigningKeys } from '../../../../subgraphs/attestation/service/signingKeys.js';
import { refusalOf } from '../../../support/refusals.js';

const START = Date.UTC(2026, 10, 2, 12);
const HOUR = 3_600_000;
const ISSUER = 'https://attestation.test';
const announceMs = 2 * HOUR;

let folder: string;
let clock: number;
const now = () => clock;
const published = (keys: SigningKeys) => keys.published().map(({ keyId }) => keyId);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signing-keys-'));
  clock = START;
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('keys in files of an operator', () => {
  const files = () => ({ key: join(folder, 'key.pem'), certificate: join(folder, 'certificate.pem') });
  const put = (part: 'key' | 'certificate' | 'both', pem = createSigningKey({ issuer: ISSUER, now: START })) => {
    if (part !== 'certificate') writeFileSync(files().key, pem.key);
    if (part !== 'key') writeFileSync(files().certificate, pem.certificate);
    return pem;
  };

  test('sign after they lay there for long enough to be known', async () => {
    const first = readSigningKey(put('both')).keyId;
    const { keys, look } = openFiledSigningKeys({ announceMs, now, files: files() });
    await look();
    expect(published(keys)).toEqual([first]);
    const second = readSigningKey(put('both')).keyId;
    await look();
    expect([keys.current().keyId, published(keys)]).toEqual([first, [first, second]]);
    clock += announceMs;
    await look();
    expect([keys.current().keyId, published(keys)]).toEqual([second, [second, first]]);
    clock += 9 * HOUR;
    expect(published(keys)).toEqual([second]);
  });

  test('are not used while only one of the two is new', async () => {
    const first = readSigningKey(put('both')).keyId;
    const { keys, look } = openFiledSigningKeys({ announceMs, now, files: files() });
    const next = put('key');
    expect(await refusalOf(look)).toBe('CONFIGURATION_INVALID');
    expect(published(keys)).toEqual([first]);
    put('certificate', next);
    await look();
    expect(published(keys)).toEqual([first, readSigningKey(next).keyId]);
  });

  test('must be there at the start', async () => {
    expect(await refusalOf(() => openFiledSigningKeys({ announceMs, now, files: files() }))).toBe(
      'CONFIGURATION_INVALID',
    );
  });
});

describe('keys that the process makes', () => {
  const platform = insecurePlatform({
    files: createInsecurePlatform({ now: START }),
    measurement: 'ab'.repeat(32),
  });
  const open = () =>
    openOwnSigningKeys({
      announceMs,
      now,
      issuer: ISSUER,
      everyMs: 24 * HOUR,
      path: join(folder, 'keys.json'),
      platform,
    });

  test('show the enclave in which they were made', async () => {
    const { keys } = await open();
    expect(attestedSigner(keys.current().certificate, nodePrimitives)).toMatchObject({
      holdsKey: true,
      keyId: keys.current().keyId,
      report: { mrEnclave: 'ab'.repeat(32) },
    });
  });

  test('outlive the process, also the next and the former ones', async () => {
    const before = await open();
    clock += 24 * HOUR;
    await before.look();
    clock += announceMs;
    await before.look();
    clock += 24 * HOUR - announceMs;
    await before.look();
    const ids = published(before.keys);
    // The former one of a day ago is gone; the next one is announced.
    expect(ids).toHaveLength(2);
    const after = await open();
    expect(published(after.keys)).toEqual(ids);
    expect(after.keys.current().keyId).toBe(before.keys.current().keyId);
  });

  test('are for their owner only to read', async () => {
    await open();
    expect(statSync(join(folder, 'keys.json')).mode & 0o777).toBe(0o600);
  });

  test('are not made anew where the file is damaged', async () => {
    await open();
    const path = join(folder, 'keys.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('BEGIN PRIVATE KEY', 'BEGIN PUBLIC KEY'));
    expect(await refusalOf(open)).toBe('CONFIGURATION_INVALID');
  });
});
