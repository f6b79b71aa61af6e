import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { Refusal } from '../../enclave/refusals.js';
import { DatabaseError, type Db, type Queryable, type Value } from './db.js';
import { initializeCluster } from './initialize.js';
import { lockFolder } from './lock.js';

/** The major version of PostgreSQL inside PGlite: a cluster of another one cannot be opened. */
const POSTGRES_VERSION = '18';
/** Object identifier of the type `bytea` in PostgreSQL's catalogue. */
const BYTEA = 17;

/**
 * PGlite's defaults take 160 MB for shared buffers and up to 1 GB for the write-ahead log. These keep the process at
 * about 130 MB; the folder's pages are in the operating system's cache anyway.
 */
const MEMORY_PARAMETERS = [
  'shared_buffers=8MB',
  'wal_buffers=1MB',
  'min_wal_size=32MB',
  'max_wal_size=64MB',
  'maintenance_work_mem=16MB',
];

export interface FolderDatabase {
  /** Made where it does not exist. A lock file `<folder>.lock` lies beside it while it is open. */
  readonly folder: string;
  /** A cluster to copy where `folder` does not exist, instead of running initdb. */
  readonly seed?: string;
}

/**
 * Opens PostgreSQL (PGlite) on a folder. What is committed survives the end of the process, also by SIGKILL; it may not
 * survive a loss of power, because PGlite does not reach through to fsync.
 *
 * @throws Refusal CONFIGURATION_INVALID where another instance has the folder open or where it is damaged.
 */
export async function openFolderDatabase({ folder, seed }: FolderDatabase): Promise<Db> {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder);
  try {
    if (isAbsentOrEmpty(folder)) await initializeCluster(folder, seed);
    requireVersion(folder);
    const pglite = await start(folder, { dataDir: folder });
    return databaseOf(pglite, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Opens PostgreSQL (PGlite) in memory, from a cluster dump (a tar file). For tests: nothing is kept. */
export async function openMemoryDatabase(seed: Blob): Promise<Db> {
  return databaseOf(await start('memory', { dataDir: 'memory://', loadDataDir: seed }), () => undefined);
}

function isAbsentOrEmpty(folder: string): boolean {
  if (!existsSync(folder)) return true;
  if (readdirSync(folder).length > 0) return false;
  rmdirSync(folder);
  return true;
}

/** Without this file PGlite would run initdb over whatever else the folder holds. */
function requireVersion(folder: string): void {
  const file = join(folder, 'PG_VERSION');
  const version = existsSync(file) ? readFileSync(file, 'latin1').trim() : 'none';
  if (version === POSTGRES_VERSION) return;
  throw new Refusal(
    'CONFIGURATION_INVALID',
    `The folder ${folder} is not a database of PostgreSQL ${POSTGRES_VERSION} (PG_VERSION: ${/^\d{1,3}$/.test(version) ? version : 'none'}); restore it from a backup, or give another folder.`,
  );
}

async function start(name: string, options: PGliteOptions): Promise<PGlite> {
  // V8's optimizing compiler spends more on PostgreSQL than it gains in a process that serves one clinic: without it a
  // start takes a third of the processor time, the first statements a fifth, later ones a quarter more, and the process
  // 60 MB less.
  setFlagsFromString('--liftoff-only');
  try {
    const pglite = await PGlite.create({
      ...options,
      startParams: [...PGlite.defaultStartParams, ...MEMORY_PARAMETERS.flatMap((parameter) => ['-c', parameter])],
      // PGlite's own conversions of bytes take a third of a second for a megabyte.
      serializers: {
        [BYTEA]: (bytes: Uint8Array) =>
          `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`,
      },
      parsers: { [BYTEA]: (hex: string) => new Uint8Array(Buffer.from(hex.slice(2), 'hex')) },
    });
    await pglite.query('select 1');
    return pglite;
  } catch (error) {
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `The database in ${name} is damaged and cannot be opened; restore it from a backup.`,
      { cause: error },
    );
  }
}

function databaseOf(pglite: PGlite, closed: () => void): Db {
  return {
    exclusive: true,
    ...queryable(pglite),
    transaction: async (work) => await pglite.transaction(async (transaction) => await work(queryable(transaction))),
    close: async () => {
      if (!pglite.closed) await pglite.close();
      closed();
    },
  };
}

function queryable(connection: Pick<PGlite, 'query'>): Queryable {
  return {
    query: async <Row extends object>(text: string, values: readonly Value[] = []) => {
      try {
        return (await connection.query<Row>(text, [...values])).rows;
      } catch (error) {
        throw withoutValues(error);
      }
    },
  };
}

function withoutValues(error: unknown): unknown {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (typeof code !== 'string') return error;
  return new DatabaseError(code, typeof constraint === 'string' ? constraint : undefined);
}
