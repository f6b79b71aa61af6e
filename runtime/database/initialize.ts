import { execFile } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

/** Segments of 1 MB instead of 16: an empty cluster is 30 MB instead of 39. */
const INITDB = ['--wal-segsize=1'];

/**
 * Makes an empty database cluster at `folder` (PostgreSQL's initdb), all or nothing: a start that is cut short leaves
 * no half-made cluster behind. initdb runs in a process of its own, because it needs 800 MB that would never be given
 * back; it takes 5 to 10 seconds, once. A `seed`, a folder made by an earlier call, is copied instead (half a second).
 */
export async function initializeCluster(folder: string, seed?: string): Promise<void> {
  const draft = `${folder}.initializing`;
  rmSync(draft, { recursive: true, force: true });
  if (seed !== undefined && existsSync(seed)) await cp(seed, draft, { recursive: true });
  else await initdb(draft);
  chmodSync(draft, 0o700);
  renameSync(draft, folder);
}

async function initdb(folder: string): Promise<void> {
  const pglite = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const script = `require(process.argv[1]).PGlite.create(process.argv[2], ${JSON.stringify({ initDbStartParams: INITDB })})
    .then((db) => db.close())`;
  await promisify(execFile)(process.execPath, ['-e', script, pglite, folder], { env: {} });
}
