import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { Db } from '../../runtime/database/db.js';
import { initializeCluster } from '../../runtime/database/initialize.js';
import { openMemoryDatabase } from '../../runtime/database/pglite.js';

const cache = join(tmpdir(), 'cloister-test-clusters', 'pglite-0.5.14');

/** A folder with an empty cluster, made once a machine, so that tests need not run initdb each. */
export async function seedFolder(): Promise<string> {
  const folder = join(cache, 'cluster');
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const draft = join(cache, `cluster-${process.pid}`);
  await initializeCluster(draft);
  moveOnce(draft, folder);
  return folder;
}

/** A database in memory, for one test file. */
export async function memoryDatabase(): Promise<Db> {
  const file = join(cache, 'cluster.tar');
  if (!existsSync(file)) {
    const pglite = await PGlite.create('memory://');
    mkdirSync(cache, { recursive: true });
    const draft = join(cache, `cluster-${process.pid}.tar`);
    writeFileSync(draft, Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer()));
    await pglite.close();
    moveOnce(draft, file);
  }
  return await openMemoryDatabase(new Blob([readFileSync(file)]));
}

/** Another test process may have been faster; its cluster is as good as ours. */
function moveOnce(draft: string, target: string): void {
  try {
    renameSync(draft, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  }
}
