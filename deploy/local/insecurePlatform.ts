import { join } from 'node:path';
import {
  createInsecurePlatform,
  refreshCollateral,
  setPlatformState,
  type InsecurePlatformFiles,
} from '../../enclave/platforms/insecure/createPlatform.js';
import {
  readPlatformState,
  SOUND,
  writePlatformState,
  type PlatformState,
} from '../../enclave/platforms/insecure/platformState.js';
import { Refusal } from '../../enclave/refusals.js';
import { readIfPresent, writePrivately } from './dataFolder.js';

/** The simulated machine: its keys and its state stay, its collateral is renewed. `now` is milliseconds since 1970. */
export function prepareInsecurePlatform(folder: string, now: number): void {
  const files = readFiles(folder);
  if (!files) writeFiles(folder, createInsecurePlatform({ now }));
  else
    writeFiles(
      folder,
      reading(folder, 'keys', () => refreshCollateral(files, now)),
    );
}

/**
 * What the vendor says about the simulated machine from now on; a running attestation service takes it up at once.
 * @param change replaces parts of the state; absent, everything is as in a new machine.
 * @throws Refusal NOT_FOUND where the folder holds no simulated machine yet.
 */
export function changeInsecurePlatform(
  folder: string,
  change: Partial<PlatformState> | undefined,
  now: number,
): PlatformState {
  const before = stateOfInsecurePlatform(folder);
  const state = change ? { ...before, ...change } : SOUND;
  const files = existing(folder);
  writeFiles(
    folder,
    reading(folder, 'keys', () => setPlatformState(files, state, now)),
  );
  return state;
}

/** @throws Refusal NOT_FOUND where the folder holds no simulated machine yet. */
export function stateOfInsecurePlatform(folder: string): PlatformState {
  return stateIn(folder, existing(folder));
}

const NAMES = ['root.pem', 'pck-chain.pem', 'pck-key.pem', 'authority-keys.json', 'collateral.json'] as const;
const STATE = 'platform-state.json';

/** Undefined where there is nothing of it. A folder from before machines had a state holds a sound one. */
function readFiles(folder: string): InsecurePlatformFiles | undefined {
  const present = NAMES.map((name) => [name, readIfPresent(join(folder, name))] as const);
  const missing = present.filter(([, content]) => content === undefined).map(([name]) => name);
  if (missing.length === NAMES.length) return undefined;
  if (missing.length > 0) throw damaged(folder, `${missing.join(', ')} is missing`);
  const state = readIfPresent(join(folder, STATE)) ?? writePlatformState(SOUND);
  const files = { ...Object.fromEntries(present), [STATE]: state } as unknown as InsecurePlatformFiles;
  stateIn(folder, files);
  return files;
}

function stateIn(folder: string, files: InsecurePlatformFiles): PlatformState {
  return reading(folder, 'state', () => readPlatformState(files[STATE]));
}

function existing(folder: string): InsecurePlatformFiles {
  const files = readFiles(folder);
  if (!files) throw new Refusal('NOT_FOUND', `There is no simulated platform in ${folder}; npm start makes one.`);
  return files;
}

/** The collateral comes last: whoever rereads it finds everything else in place. */
function writeFiles(folder: string, files: InsecurePlatformFiles): void {
  for (const name of [STATE, ...NAMES] as const) writePrivately(join(folder, name), files[name]);
}

function reading<T>(folder: string, what: 'keys' | 'state', read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damaged(folder, `its ${what} cannot be read`, cause);
  }
}

function damaged(folder: string, why: string, cause?: unknown): Refusal {
  return new Refusal(
    'CONFIGURATION_INVALID',
    `The simulated platform in ${folder} is damaged: ${why}. Delete that folder to have another made; no record depends on it.`,
    { cause },
  );
}
