import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  changeInsecurePlatform,
  prepareInsecurePlatform,
  stateOfInsecurePlatform,
} from '../../../deploy/local/insecurePlatform.js';
import { SOUND } from '../../../enclave/platforms/insecure/platformState.js';
import { refusalOf } from '../../support/refusals.js';

const NOW = Date.UTC(2026, 0, 15);
const DAY = 86_400_000;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloister-machine-'));
  prepareInsecurePlatform(folder, NOW);
});

const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');

describe('the simulated machine of a data folder', () => {
  test('is made sound, for its owner’s eyes', () => {
    expect(stateOfInsecurePlatform(folder)).toEqual(SOUND);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  });

  test('keeps its keys and what was set when its collateral is renewed', () => {
    const key = textOf('pck-key.pem');
    changeInsecurePlatform(folder, { status: 'OutOfDate', advisoryIds: ['A'] }, NOW);
    changeInsecurePlatform(folder, { pckRevoked: true }, NOW);
    prepareInsecurePlatform(folder, NOW + DAY);
    expect(stateOfInsecurePlatform(folder)).toEqual({
      ...SOUND,
      status: 'OutOfDate',
      advisoryIds: ['A'],
      pckRevoked: true,
    });
    expect(textOf('pck-key.pem')).toBe(key);
    expect(changeInsecurePlatform(folder, undefined, NOW)).toEqual(SOUND);
  });

  test('from before machines had a state is sound', () => {
    rmSync(join(folder, 'platform-state.json'));
    prepareInsecurePlatform(folder, NOW + DAY);
    expect(stateOfInsecurePlatform(folder)).toEqual(SOUND);
  });

  test.each([
    ['its state', 'platform-state.json'],
    ['its keys', 'authority-keys.json'],
  ])('is refused where %s cannot be read, and nothing is overwritten', async (_, name) => {
    writeFileSync(join(folder, name), 'damaged');
    const collateral = textOf('collateral.json');
    expect(await refusalOf(() => changeInsecurePlatform(folder, { pckRevoked: true }, NOW))).toBe(
      'CONFIGURATION_INVALID',
    );
    expect(textOf('collateral.json')).toBe(collateral);
  });
});
