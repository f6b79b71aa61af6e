import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { writeBundle } from '../../../runtime/collateral/bundle.js';
import { bundleFile } from '../../../runtime/collateral/bundleFile.js';
import { cacheFile } from '../../../runtime/collateral/cacheFile.js';
import type { CollateralSource } from '../../../runtime/collateral/source.js';
import { validateCollateral } from '../../../runtime/collateral/validateCollateral.js';
import { silentLog } from '../../../runtime/log.js';
import { refusalOf } from '../../support/refusals.js';
import {
  closing,
  collateralAt,
  DAY,
  first,
  LIFE,
  platform,
  QUESTIONS,
  request,
  START,
  trial,
  until,
} from './cacheTrial.js';

const removed = (folder: string) => rm(folder, { recursive: true });

describe('collateral from a file', () => {
  async function fileTrial() {
    const folder = mkdtempSync(join(tmpdir(), 'collateral-'));
    closing.push(() => removed(folder));
    const path = join(folder, 'collateral.json');
    const put = (text: string) => {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    };
    const { cache, time } = await trial({}, { source: bundleFile(path) });
    return { cache, time, path, put };
  }

  test('is used as soon as the file has changed', async () => {
    const { cache, put } = await fileTrial();
    put(JSON.stringify(first));
    expect(await cache.get(request)).toEqual(first);
    const revoked = { ...first, tcb_info: first.tcb_info.replaceAll('UpToDate', 'Revoked') };
    put(writeBundle([{ request, collateral: revoked }]));
    expect(await cache.get(request)).toEqual(revoked);
  });

  test('that appears later makes the process ready by itself', async () => {
    const { cache, put } = await fileTrial();
    await cache.warm();
    expect(cache.notReady()).toEqual(['There is no readable collateral file collateral.json.']);
    put(JSON.stringify(first));
    await until(() => cache.notReady().length === 0);
    expect(await cache.get(request)).toEqual(first);
  });

  test('that breaks stays in use, with a warning', async () => {
    const { cache, put } = await fileTrial();
    put(JSON.stringify(first));
    await cache.warm();
    put('{');
    expect(await cache.get(request)).toEqual(first);
    expect(cache.notReady()).toEqual([]);
    expect(cache.warnings()).toEqual([expect.stringMatching(/no collateral: .* still in use\.$/)]);
  });

  test('that expires keeps the process from being ready, though nobody asks', async () => {
    const { cache, put, time } = await fileTrial();
    put(JSON.stringify(first));
    await cache.warm();
    time.advance(LIFE + 1);
    await until(() => cache.notReady().some((reason) => reason.includes('expired at 2026-12-02')));
    put(JSON.stringify(collateralAt(time.now())));
    await until(() => cache.notReady().length === 0);
  });

  test('that is replaced while it is being asked in vain is asked again at once', async () => {
    const { cache, put, time } = await fileTrial();
    put(JSON.stringify(collateralAt(START - LIFE - DAY)));
    const asked = refusalOf(() => cache.get(request));
    // The old file was looked at when the question began.
    await Promise.resolve();
    put(JSON.stringify(first));
    cache.notReady();
    await asked;
    expect(time.now()).toBe(START);
    expect(await cache.get(request)).toEqual(first);
  });

  test('that has expired from the beginning does too', async () => {
    const { cache, put } = await fileTrial();
    put(JSON.stringify(collateralAt(START - LIFE - DAY)));
    await cache.warm();
    expect(cache.notReady()).toEqual([expect.stringMatching(/could not be had: .* expired at 2026-11-01/)]);
  });
});

describe('a cache that survives a restart', () => {
  function restartTrial(): string {
    const folder = mkdtempSync(join(tmpdir(), 'collateral-'));
    closing.push(() => removed(folder));
    return join(folder, 'cache.json');
  }
  const lost: CollateralSource = { name: 'lost', dcap: () => Promise.reject(new Error('should not be asked')) };

  test('answers what it held, and is renewed when that would have been', async () => {
    const path = restartTrial();
    const before = await trial({}, { file: cacheFile(path, silentLog) });
    await before.cache.get(request);
    await before.cache.close();
    const after = await trial({}, { file: cacheFile(path, silentLog) });
    after.time.advance(DAY - 1);
    expect(await after.cache.get(request)).toEqual(first);
    expect(after.service.requests).toEqual([]);
    after.time.advance(1_000);
    await until(() => after.service.requests.length === QUESTIONS);
  });

  test.each([
    ['nothing', () => undefined],
    ['garbage', () => '{'],
    [
      'another platform under this name',
      () => writeBundle([{ request: { ...request, fmspc: '00606a000000' }, collateral: first }]),
    ],
    ['what has expired', () => writeBundle([{ request, collateral: collateralAt(START - LIFE - DAY) }])],
  ])('begins anew where the file holds %s', async (_, content) => {
    const path = restartTrial();
    const text = content();
    if (text !== undefined) writeFileSync(path, text);
    const { cache, service } = await trial({}, { file: cacheFile(path, silentLog) });
    expect(await cache.get(request)).toEqual(first);
    expect(service.requests).toHaveLength(QUESTIONS);
  });

  test('takes nothing from its file that validation refuses', async () => {
    const path = restartTrial();
    const foreign = readCollateral(createInsecurePlatform({ now: START })['collateral.json']);
    writeFileSync(path, writeBundle([{ request, collateral: foreign }]));
    const trustRoots = [trustRoot({ name: 'insecure', simulated: true, pem: platform['root.pem'] })];
    const validate = validateCollateral({ trustRoots, primitives: nodePrimitives });
    const { cache } = await trial({}, { file: cacheFile(path, silentLog), validate });
    expect(await cache.get(request)).toEqual(first);
  });

  test('goes on where its file cannot be written', async () => {
    const { cache } = await trial({}, { file: cacheFile('/dev/null/cache.json', silentLog) });
    expect(await cache.get(request)).toEqual(first);
  });

  test('writes a bundle that is a source elsewhere', async () => {
    const path = restartTrial();
    const { cache } = await trial({}, { file: cacheFile(path, silentLog) });
    await cache.get(request);
    await cache.close();
    expect(readFileSync(path, 'utf8')).toContain('cloister-collateral-bundle');
    const elsewhere = await trial({}, { source: bundleFile(path) });
    expect(await elsewhere.cache.get(request)).toEqual(first);
    const nowhere = await trial({}, { source: lost, file: cacheFile(path, silentLog) });
    expect(await nowhere.cache.get(request)).toEqual(first);
  });
});
