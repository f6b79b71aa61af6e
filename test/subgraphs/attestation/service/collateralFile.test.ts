import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createInsecurePlatform, refreshCollateral } from '../../../../enclave/platforms/insecure/createPlatform.js';
import { collateralFile, collateralProblems } from '../../../../subgraphs/attestation/service/collateralFile.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const DAY = 86_400_000;
const platform = createInsecurePlatform({ now: NOW });

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'collateral-'));
  path = join(folder, 'collateral.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('a collateral file', () => {
  test('is read again once it has been renewed', () => {
    const later = refreshCollateral(platform, NOW + 20 * DAY);
    writeFileSync(path, platform['collateral.json']);
    const collateral = collateralFile(path);
    const first = collateral();
    expect(collateral()).toBe(first);
    writeFileSync(path, later['collateral.json']);
    utimesSync(path, new Date(NOW), new Date(NOW + DAY));
    expect(collateral().tcb_info).not.toBe(first.tcb_info);
  });

  test('that is absent is collateral that could not be had', () => {
    expect(collateralFile(path)).toThrow(expect.objectContaining({ code: 'COLLATERAL_UNAVAILABLE' }));
  });

  test('keeps the service from being ready while it is absent, broken or expired', () => {
    const collateral = collateralFile(path);
    expect(collateralProblems(collateral, NOW)).toEqual(['There is no collateral file.']);
    writeFileSync(path, '{}');
    expect(collateralProblems(collateral, NOW)).toEqual([expect.stringMatching(/^The collateral lacks root_ca_crl/)]);
    writeFileSync(path, platform['collateral.json']);
    expect(collateralProblems(collateral, NOW)).toEqual([]);
    expect(collateralProblems(collateral, NOW + 31 * DAY)).toEqual(['the collateral has expired']);
  });
});
