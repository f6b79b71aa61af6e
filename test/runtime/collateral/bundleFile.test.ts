import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createInsecurePlatform, refreshCollateral } from '../../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../../enclave/verification/dcap/collateral.js';
import { writeBundle } from '../../../runtime/collateral/bundle.js';
import { bundleFile, MAXIMUM_BUNDLE_BYTES } from '../../../runtime/collateral/bundleFile.js';
import { dcapRequestOf } from '../../../runtime/collateral/examine.js';
import { refusalOf } from '../../support/refusals.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const DAY = 86_400_000;
const platform = createInsecurePlatform({ now: NOW });
const first = readCollateral(platform['collateral.json']);
const later = readCollateral(refreshCollateral(platform, NOW + 5 * DAY)['collateral.json']);
const request = dcapRequestOf(first);
const signal = new AbortController().signal;

let folder: string;
let path: string;
/** Replaced as a whole, as whoever renews such a file should. */
const put = (text: string) => {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'collateral-'));
  path = join(folder, 'collateral.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a collateral file', () => {
  test('answers what it holds, and lists it', async () => {
    put(JSON.stringify(first));
    const source = bundleFile(path);
    expect(source.known?.()).toEqual([request]);
    expect(await source.dcap?.(request, signal)).toEqual(first);
    expect(await source.dcap?.({ ...request, ca: 'platform' }, signal)).toBeUndefined();
    expect(await source.sevSnp?.({ kind: 'sev-snp', product: 'Milan', endorsement: 'vcek' }, signal)).toBeUndefined();
    expect(source.trouble?.()).toBeUndefined();
  });

  test('is read again once it has changed', async () => {
    put(JSON.stringify(first));
    const source = bundleFile(path);
    const version = source.version?.();
    expect(source.version?.()).toBe(version);
    put(writeBundle([{ request, collateral: later }]));
    expect(source.version?.()).not.toBe(version);
    expect(await source.dcap?.(request, signal)).toEqual(later);
  });

  test('that is absent is trouble until it is there', async () => {
    const source = bundleFile(path);
    expect(source.trouble?.()).toEqual({
      answers: false,
      reason: 'There is no readable collateral file collateral.json.',
    });
    expect(await refusalOf(() => source.dcap?.(request, signal))).toBe('COLLATERAL_UNAVAILABLE');
    put(JSON.stringify(first));
    expect(source.trouble?.()).toBeUndefined();
    expect(await source.dcap?.(request, signal)).toEqual(first);
  });

  test.each([
    ['broken', () => put('{'), /^The file collateral.json is no collateral: The bundle is not JSON/],
    ['gone', () => rmSync(path), /^There is no readable collateral file/],
    ['something else', () => put('{"keys":[]}'), /no cloister-collateral-bundle/],
  ] as const)('that is %s meanwhile is trouble, and answers what it held before', async (_, change, reason) => {
    put(JSON.stringify(first));
    const source = bundleFile(path);
    await source.dcap?.(request, signal);
    change();
    expect(await source.dcap?.(request, signal)).toEqual(first);
    expect(source.trouble?.()).toEqual({ answers: true, reason: expect.stringMatching(reason) });
    expect(source.trouble?.()?.reason).toMatch(/What it held before is still in use\.$/);
  });

  test.each([
    ['broken', '{', 'COLLATERAL_INVALID'],
    ['a page', '<html></html>', 'COLLATERAL_INVALID'],
  ])('that is %s from the beginning is refused', async (_, text, code) => {
    put(text);
    const source = bundleFile(path);
    expect(source.trouble?.()?.answers).toBe(false);
    expect(await refusalOf(() => source.dcap?.(request, signal))).toBe(code);
  });

  test('that is too long is not read', async () => {
    put('');
    truncateSync(path, MAXIMUM_BUNDLE_BYTES + 1);
    expect(await refusalOf(() => bundleFile(path).dcap?.(request, signal))).toBe('COLLATERAL_INVALID');
  });
});
