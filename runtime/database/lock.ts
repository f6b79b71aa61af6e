import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Refusal } from '../../enclave/refusals.js';

/**
 * A lock file beside the database folder. PGlite does not lock its folder, and a second instance corrupts it without a
 * word (electric-sql/pglite#1106), so the lock is ours. It is never taken from a living process. It protects against
 * processes of one machine (one pid namespace), not against two machines that share a file system.
 */
export interface FolderLock {
  release(): void;
}

/** A process: its pid, and where the system says it, when it started, because pids are used again after a reboot. */
interface Holder {
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat, clock ticks since boot; null where there is no /proc. */
  readonly startedTicks: string | null;
}

/**
 * Takes the lock at `path`. A lock whose process has died is replaced.
 *
 * @throws Refusal CONFIGURATION_INVALID naming the pid, where a living process holds it or where it cannot be told.
 */
export function lockFolder(folder: string, path = `${folder}.lock`): FolderLock {
  const mine = JSON.stringify({ pid: process.pid, startedTicks: startedTicks(process.pid) } satisfies Holder);
  // A lock appears with its content or not at all: written aside, then linked, which fails where the name exists.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    if (!link(draft, path)) {
      removeLockOfTheDead(folder, path);
      if (!link(draft, path)) throw heldBy(folder, path, readLock(path));
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    release: () => {
      if (readLock(path) === mine) rmSync(path, { force: true });
    },
  };
}

function removeLockOfTheDead(folder: string, path: string): void {
  const found = readLock(path);
  if (found === undefined) return;
  const holder = parseHolder(found);
  if (holder === undefined || isAlive(holder)) throw heldBy(folder, path, found);
  // Two processes may arrive here at once: moving is atomic, and whoever moved a fresh lock by mistake puts it back.
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  if (readLock(aside) !== found) link(aside, path);
  rmSync(aside, { force: true });
}

function heldBy(folder: string, path: string, content: string | undefined): Refusal {
  const holder = content === undefined ? undefined : parseHolder(content);
  return new Refusal(
    'CONFIGURATION_INVALID',
    holder === undefined
      ? `The lock file ${path} cannot be read; if no other instance uses ${folder}, delete it.`
      : `another instance (pid ${holder.pid}) uses ${folder}; stop it, or give this one another folder.`,
  );
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return !hasCode(error, 'ESRCH');
  }
  return holder.startedTicks === null || holder.startedTicks === startedTicks(holder.pid);
}

/** proc(5): the process name, in parentheses, may hold spaces and parentheses, so fields are counted after the last one. */
function startedTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function parseHolder(content: string): Holder | undefined {
  try {
    const { pid, startedTicks } = JSON.parse(content) as { pid?: unknown; startedTicks?: unknown };
    if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return undefined;
    return { pid, startedTicks: typeof startedTicks === 'string' ? startedTicks : null };
  } catch {
    return undefined;
  }
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
