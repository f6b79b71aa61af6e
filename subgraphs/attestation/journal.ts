import { mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Refusal } from '../../enclave/refusals.js';
import type { Log } from '../../runtime/log.js';

/**
 * Entries that survive a restart: a file to which lines of JSON are added. Nobody protects it against whoever runs the
 * machine: it is for what may be read and must not be lost, not for secrets, and not for what others rely on unseen.
 */
export interface Journal<T> {
  /** What was there at the start, oldest first. */
  readonly entries: readonly T[];
  /**
   * Resolves once the entry is on disk, or once it is known that it cannot be; then `problem` says so. Never rejects: what
   * was found out is told also where it cannot be written down.
   */
  append(entry: T): Promise<void>;
  /** Why the newest entries would not survive a restart; undefined where they would. */
  problem(): string | undefined;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface JournalOptions<T> {
  readonly path: string;
  /** An entry as it was written; undefined where it is none. */
  readonly read: (value: unknown) => T | undefined;
  /**
   * The entries that are still wanted, oldest first, with the one that is just being appended. From time to time the file
   * is written anew with them alone.
   */
  readonly wanted: () => Iterable<T>;
  readonly log: Log;
  /** Bytes from which on the file is written anew. */
  readonly rewriteAt?: number;
}

const REWRITE_AT = 1_048_576;
/** More than all that a subgraph keeps; whatever is larger is another file. */
const MAXIMUM_BYTES = 256 * 1_048_576;

/** @throws Refusal CONFIGURATION_INVALID where the file cannot be read or made. */
export async function openJournal<T>(options: JournalOptions<T>): Promise<Journal<T>> {
  const { path } = options;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const entries = readEntries(path, options);
    return fileJournal(path, await open(path, 'a', 0o600), entries, options);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('CONFIGURATION_INVALID', `The file ${path} cannot be used.`, { cause });
  }
}

function fileJournal<T>(
  path: string,
  opened: FileHandle,
  entries: readonly T[],
  options: JournalOptions<T>,
): Journal<T> {
  const { rewriteAt: least = REWRITE_AT, wanted, log } = options;
  let file = opened;
  let bytes = statSync(path).size;
  let rewriteAt = least;
  let problem: string | undefined;
  let work: Promise<void> = Promise.resolve();

  /** After a failure the file may lack entries, or end in half a line: only writing it anew mends that. */
  async function write(line: string): Promise<void> {
    if (problem !== undefined || bytes > rewriteAt) return rewrite();
    await file.appendFile(line);
    await file.datasync();
    bytes += Buffer.byteLength(line);
  }

  /** Beside its place and then into it: a crash leaves the old or the new one. */
  async function rewrite(): Promise<void> {
    const text = [...wanted()].map(lineOf).join('');
    const partial = `${path}.partial`;
    const anew = await open(partial, 'w', 0o600);
    try {
      await anew.writeFile(text);
      await anew.datasync();
    } finally {
      await anew.close();
    }
    await rename(partial, path);
    const former = file;
    file = await open(path, 'a', 0o600);
    await former.close();
    bytes = Buffer.byteLength(text);
    rewriteAt = Math.max(least, 2 * bytes);
  }

  async function attempt(line: string): Promise<void> {
    try {
      await write(line);
      problem = undefined;
    } catch (thrown) {
      problem = `${path} cannot be written: what was found since would not survive a restart.`;
      log.error({ file: path, error: thrown }, 'The journal cannot be written.');
    }
  }

  return {
    entries,
    append: (entry) => (work = work.then(() => attempt(lineOf(entry)))),
    problem: () => problem,
    close: async () => {
      await work;
      await file.close();
    },
  };
}

function lineOf(entry: unknown): string {
  return `${JSON.stringify(entry)}\n`;
}

/** A last line without its end was cut off by a crash: it goes. Other lines that cannot be read are passed over, and said. */
function readEntries<T>(path: string, { read, log }: JournalOptions<T>): T[] {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return [];
  if (size > MAXIMUM_BYTES)
    throw new Refusal('CONFIGURATION_INVALID', `${path} has ${size} bytes; at most ${MAXIMUM_BYTES} are read.`);
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf('\n') + 1;
  if (end < bytes.length) truncateSync(path, end);
  const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
  const entries = lines.flatMap((line) => {
    const entry = read(parse(line));
    return entry === undefined ? [] : [entry];
  });
  const unreadable = lines.length - entries.length;
  if (unreadable > 0) log.warn({ file: path, count: unreadable }, 'Lines of the journal cannot be read.');
  return entries;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
