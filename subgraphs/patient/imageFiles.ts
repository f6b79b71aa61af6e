import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isId, notFound } from './input.js';
import type { Sealer } from './sealer.js';

/**
 * Images, sealed, one file each: a column of 64 MB would pass through the database's memory several times. A file is
 * written whole before the row that names it is committed, so a row never lacks its file; what a cut-short upload left
 * behind is swept at the next start.
 */
export interface ImageFiles {
  write(studyId: string, kind: ImageKind, bytes: Uint8Array): Promise<void>;
  /** @throws Refusal NOT_FOUND, SEALED_VALUE_INVALID */
  read(studyId: string, kind: ImageKind): Promise<Uint8Array>;
  remove(studyId: string): Promise<void>;
  /** Removes what belongs to none of the studies. `existing` says which of these identifiers are studies'. */
  sweep(existing: (studyIds: string[]) => Promise<ReadonlySet<string>>): Promise<void>;
}

/** The file as it was sent, or the picture of it that people look at. */
export type ImageKind = 'original' | 'rendition';

const KINDS: readonly ImageKind[] = ['original', 'rendition'];

export function openImageFiles(folder: string, sealer: Sealer): ImageFiles {
  const pathOf = (studyId: string, kind: ImageKind) => join(folder, `${studyId}.${kind}`);
  const placeOf = (studyId: string, kind: ImageKind) => ({ table: 'image_file', row: studyId, column: kind });
  const remove = async (studyId: string) => {
    await Promise.all(KINDS.map(async (kind) => await rm(pathOf(studyId, kind), { force: true })));
  };
  return {
    write: async (studyId, kind, bytes) => {
      await mkdir(folder, { recursive: true });
      await writeWhole(pathOf(studyId, kind), sealer.seal(placeOf(studyId, kind), bytes));
    },
    read: async (studyId, kind) => {
      const record = await readFile(pathOf(studyId, kind)).catch((error: unknown) => {
        throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? notFound('image') : error;
      });
      return sealer.open(placeOf(studyId, kind), record);
    },
    remove,
    sweep: async (existing) => {
      await mkdir(folder, { recursive: true });
      const names = await readdir(folder);
      await Promise.all(
        names
          .filter((name) => name.endsWith('.draft'))
          .map(async (name) => await rm(join(folder, name), { force: true })),
      );
      const ids = [...new Set(names.map((name) => name.slice(0, name.indexOf('.'))).filter(isId))];
      const kept = await existing(ids);
      await Promise.all(ids.filter((id) => !kept.has(id)).map(remove));
    },
  };
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.draft`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
