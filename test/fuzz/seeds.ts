import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A folder of this checkout. */
export const vectorsOf = (folder: string): string => join(root, folder);

/** A folder of vectors that are not committed: see CONTRIBUTING.md. */
export const sharedVectors = (folder: string): string =>
  resolve(process.env.CLOISTER_SHARED ?? resolve(root, '../shared'), 'vectors', folder);

export interface SeedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** None where the folder is not there: then there is less to begin with. */
export function filesIn(folder: string): SeedFile[] {
  try {
    return readdirSync(folder)
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
  } catch {
    return [];
  }
}
