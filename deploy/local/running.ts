import { existsSync, rmSync } from 'node:fs';
import { Refusal } from '../../enclave/refusals.js';
import type { Addresses, DataFiles } from './addresses.js';
import { readIfPresent, writePrivately } from './dataFolder.js';
import { lockHolder } from './lock.js';
import type { Ports } from './listeners.js';

/** What a running system writes down so that commands find it. */
export interface RunningSystem {
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly addresses: Addresses;
  readonly ports: Ports;
}

export function announceRunning(files: DataFiles, system: RunningSystem): () => void {
  writePrivately(files.running, `${JSON.stringify(system, null, 2)}\n`);
  return () => rmSync(files.running, { force: true });
}

/**
 * The system that runs on a data folder.
 * @throws Refusal PEER_UNREACHABLE where none does, with what to do.
 */
export function findRunning(files: DataFiles): RunningSystem {
  if (!existsSync(files.folder)) throw notRunning(`There is no data folder ${files.folder}.`);
  const text = readIfPresent(files.running);
  if (text === undefined || lockHolder(files.folder) === undefined)
    throw notRunning(`No system runs on ${files.folder}.`);
  try {
    return JSON.parse(text) as RunningSystem;
  } catch (cause) {
    throw new Refusal('CONFIGURATION_INVALID', `${files.running} is damaged; restart the system.`, { cause });
  }
}

function notRunning(why: string): Refusal {
  return new Refusal('PEER_UNREACHABLE', `${why} Start it with npm start, or name another with --data.`);
}
