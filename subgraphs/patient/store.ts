import { join } from 'node:path';
import { Refusal } from '../../enclave/refusals.js';
import type { Db } from '../../runtime/database/db.js';
import { openFolderDatabase } from '../../runtime/database/pglite.js';
import { migrate } from '../../runtime/database/migrations.js';
import { type ImageFiles, openImageFiles } from './imageFiles.js';
import { MIGRATIONS } from './migrations.js';
import { createSealer, type Sealer } from './sealer.js';
import { selectExistingImagingStudyIds } from './storeImagingStudies.js';

/** What the files `store*.ts` and the domain work with. */
export interface Store {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly now: () => Date;
}

/** The store, and where the bytes of images are. */
export interface ImageStore extends Store {
  readonly images: ImageFiles;
}

export interface RecordOptions {
  /** Holds the database and the images. */
  readonly folder: string;
  /** An empty database to copy at the first start; empty: one is made. */
  readonly seed: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Milliseconds since 1970, for instance Date.now. */
  readonly now: () => number;
}

/** Opens the record of a folder. @throws Refusal CONFIGURATION_INVALID where it is in use, damaged, or sealed with another key. */
export async function openRecord({ folder, seed, key, now }: RecordOptions): Promise<ImageStore> {
  const sealer = createSealer(key);
  const db = await openFolderDatabase({ folder: join(folder, 'database'), ...(seed === '' ? {} : { seed }) });
  try {
    const store = await openStore({ db, sealer, now: () => new Date(now()) });
    const images = openImageFiles(join(folder, 'images'), sealer);
    await images.sweep(async (ids) => await selectExistingImagingStudyIds(db, ids));
    return { ...store, images };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** @throws Refusal CONFIGURATION_INVALID where the schema is not ours, or the key is not the one that sealed this store. */
export async function openStore(store: Store): Promise<Store> {
  await migrate(store.db, MIGRATIONS);
  await requireKey(store);
  return store;
}

async function requireKey({ db, sealer }: Store): Promise<void> {
  const place = { table: 'data_key', row: 'only', column: 'proof_sealed' };
  const [row] = await db.query<{ proof_sealed: Uint8Array }>('select proof_sealed from data_key');
  if (!row) {
    await db.query('insert into data_key (proof_sealed) values ($1)', [sealer.seal(place, new Uint8Array())]);
    return;
  }
  try {
    sealer.open(place, row.proof_sealed);
  } catch (cause) {
    throw new Refusal('CONFIGURATION_INVALID', 'The data key is not the one that this database was sealed with.', {
      cause,
    });
  }
}
