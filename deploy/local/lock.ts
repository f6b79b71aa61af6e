import { closeSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../enclave/refusals.js';

/** What the lock file says about its holder. */
export interface Holder {
  readonly pid: number;
  /** When the holder's process started, as the operating system counts; null where it does not say. Tells a reused pid. */
  readonly processStart: string | null;
}

/**
 * Takes the data folder for this process: two systems on one folder would destroy the records. The lock of a process that
 * no longer lives is taken over; that of a living one never.
 * @returns a function that gives the folder back.
 * @throws Refusal CONFLICT that names the living process.
 */
export function takeLock(folder: string, pid = process.pid): () => void {
  const path = join(folder, 'lock');
  const self: Holder = { pid, processStart: processStart(pid) };
  for (let attempt = 0; attempt < 3; attempt++) {
    if (createExclusively(path, JSON.stringify(self))) return () => release(path, self);
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder)) throw inUse(folder, holder);
    removeStale(folder, path, pid);
  }
  throw new Refusal(
    'CONFLICT',
    `The data folder ${folder} could not be taken: other processes take it at the same time.`,
  );
}

/** The living process that holds the folder, if there is one. */
export function lockHolder(folder: string): Holder | undefined {
  const holder = readHolder(join(folder, 'lock'));
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

function inUse(folder: string, { pid }: Holder): Refusal {
  return new Refusal(
    'CONFLICT',
    `Cloister already runs on the data folder ${folder} (process ${pid}); stop it (Ctrl-C there, or kill ${pid}), or choose another folder with --data and other ports with --port.`,
  );
}

/** Moves the lock aside before looking at it again: another process may have taken it over a moment ago. */
function removeStale(folder: string, path: string, pid: number): void {
  const aside = `${path}.${pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder)) {
    renameSync(aside, path);
    throw inUse(folder, holder);
  }
  removeIfPresent(aside);
}

function createExclusively(path: string, content: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, content);
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, processStart } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0
      ? { pid, processStart: processStart ?? null }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, processStart: recorded }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // A process that has ended and that its parent has not asked about (Z) holds nothing any more.
  if (processStatus(pid)?.[0] === 'Z') return false;
  const now = processStart(pid);
  return recorded === null || now === null || recorded === now;
}

function processStart(pid: number): string | null {
  return processStatus(pid)?.[19] ?? null;
}

/**
 * Fields of /proc/PID/stat (proc(5)) from the third, the state, on; the 22nd is when the process started. The name before
 * them is in parentheses and may hold anything. Undefined on systems without it.
 */
function processStatus(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function release(path: string, self: Holder): void {
  if (readHolder(path)?.pid === self.pid) removeIfPresent(path);
}

function removeIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
