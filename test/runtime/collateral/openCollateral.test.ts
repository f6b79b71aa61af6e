import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createInsecurePlatform } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { dcapRequestOf } from '../../../runtime/collateral/examine.js';
import { openCollateral } from '../../../runtime/collateral/openCollateral.js';
import { collateralSettings } from '../../../runtime/collateral/settings.js';
import { parseConfig } from '../../../runtime/config.js';
import { silentLog } from '../../../runtime/log.js';
import { makeInsecureChip } from '../../support/insecureChip.js';
import { startKeyDistributionService } from '../../support/keyDistributionService.js';
import { startProvisioningService } from '../../support/provisioningService.js';
import { refusalOf } from '../../support/refusals.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const platform = createInsecurePlatform({ now: NOW });
const collateral = readCollateral(platform['collateral.json']);
const request = dcapRequestOf(collateral);
const sevSnp = { kind: 'sev-snp', product: 'Milan', endorsement: 'vcek' } as const;
const closing: (() => Promise<void>)[] = [];
let folder: string;

beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'collateral-'))));
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(folder, { recursive: true });
});

async function open(env: Record<string, string>) {
  const config = parseConfig(collateralSettings, env);
  const cache = await openCollateral({ config, now: () => NOW, random: () => 0.5, log: silentLog });
  closing.unshift(() => cache.close());
  return cache;
}

describe('the collateral of a process', () => {
  test('comes from the file that the insecure platform writes, before anybody asks', async () => {
    const path = join(folder, 'collateral.json');
    writeFileSync(path, platform['collateral.json']);
    const cache = await open({ CLOISTER_COLLATERAL_SOURCES: `file=${path}` });
    expect([cache.notReady(), cache.warnings()]).toEqual([[], []]);
    expect(await cache.get(request)).toEqual(collateral);
  });

  test('that is not there lets the process start, and keeps it from being ready', async () => {
    const cache = await open({ CLOISTER_COLLATERAL_SOURCES: `file=${join(folder, 'absent.json')}` });
    expect(cache.notReady()).toEqual(['There is no readable collateral file absent.json.']);
    const none = await open({ CLOISTER_COLLATERAL_SOURCES: 'none' });
    expect(none.notReady()).toEqual(['No collateral source is configured.']);
    expect(await refusalOf(() => none.get(request))).toBe('COLLATERAL_UNAVAILABLE');
  });

  test('comes from the services of both vendors', async () => {
    const chip = makeInsecureChip({ product: 'Milan', thisUpdate: NOW, nextUpdate: NOW + 86_400_000 });
    const pcs = await startProvisioningService({ flavour: 'pcs', collateral: () => [collateral] });
    const kds = await startKeyDistributionService(() => ({ product: 'Milan', vcek: chip }));
    closing.push(
      () => pcs.close(),
      () => kds.close(),
    );
    const key = join(folder, 'key');
    writeFileSync(key, 'secret\n');
    const cache = await open({
      CLOISTER_COLLATERAL_SOURCES: `pcs=${pcs.url},kds=${kds.url}`,
      CLOISTER_PCS_ROOT_CRL_URL: `${pcs.url}/sgx/certification/v4/rootcacrl`,
      CLOISTER_PCS_SUBSCRIPTION_KEY: key,
    });
    expect(await cache.get(request)).toEqual(collateral);
    expect((await cache.get(sevSnp)).chain).toBe(chip.chain);
    expect(cache.notReady()).toEqual([]);
  });

  test('survives a restart while its source is down', async () => {
    const pccs = await startProvisioningService({ flavour: 'pccs', collateral: () => [collateral] });
    const env = {
      CLOISTER_COLLATERAL_SOURCES: `pccs=${pccs.url}`,
      CLOISTER_COLLATERAL_CACHE: join(folder, 'cache.json'),
    };
    const before = await open(env);
    await before.get(request);
    await before.close();
    await pccs.close();
    const after = await open(env);
    expect(await after.get(request)).toEqual(collateral);
    expect(after.notReady()).toEqual([]);
  });

  test.each([
    ['a source in the open', { CLOISTER_COLLATERAL_SOURCES: 'pccs=http://10.0.0.1' }, /pccs|10\.0\.0\.1/],
    [
      'a key file that is not there',
      { CLOISTER_COLLATERAL_SOURCES: 'pcs', CLOISTER_PCS_SUBSCRIPTION_KEY: 'absent' },
      /absent/,
    ],
    [
      'an authority file that is not there',
      { CLOISTER_COLLATERAL_SOURCES: 'pccs=https://x', CLOISTER_COLLATERAL_CA: 'absent' },
      /absent/,
    ],
  ])('is not opened with %s', async (_, env, message) => {
    await expect(open(env as Record<string, string>)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringMatching(message),
    });
  });
});
