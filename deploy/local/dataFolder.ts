import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../enclave/refusals.js';
import { dataFiles, type DataFiles } from './addresses.js';

/** Changes when what lies in the folder can no longer be read by the version before. */
const FORMAT = 'cloister-data 1\n';
const FORMAT_FILE = 'format';

/**
 * Opens the data folder, and makes it where it is absent or empty.
 * @throws Refusal CONFIGURATION_INVALID where it is something else, so that nothing of somebody's gets overwritten.
 */
export function openDataFolder(folder: string): DataFiles {
  const files = dataFiles(folder);
  const entries = listOrMake(folder);
  const format = join(folder, FORMAT_FILE);
  if (entries.length === 0) writePrivately(format, FORMAT);
  else if (readIfPresent(format) !== FORMAT)
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `${folder} holds ${entries.length} files and is not a data folder of this version of Cloister; choose another folder with --data, or delete it to begin anew.`,
    );
  for (const path of [files.keys, files.logs, files.insecurePlatform])
    mkdirSync(path, { recursive: true, mode: 0o700 });
  return files;
}

/** Writes a file that only its owner can read, whole or not at all. */
export function writePrivately(path: string, content: string | Uint8Array): void {
  const partial = `${path}.partial`;
  writeFileSync(partial, content, { mode: 0o600 });
  renameSync(partial, path);
}

export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The value in a file, made and stored the first time.
 * @param parse throws where the file does not hold what it should.
 * @throws Refusal CONFIGURATION_INVALID that names the file and what becomes of its data when it is deleted.
 */
export function readOrMake<T>(
  path: string,
  made: { readonly make: () => string; readonly parse: (text: string) => T; readonly ifDeleted: string },
): T {
  let text = readIfPresent(path);
  if (text === undefined) {
    text = made.make();
    writePrivately(path, text);
  }
  try {
    return made.parse(text);
  } catch (cause) {
    throw new Refusal('CONFIGURATION_INVALID', `${path} is damaged. ${made.ifDeleted}`, { cause });
  }
}

function listOrMake(folder: string): string[] {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return readdirSync(folder);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new Refusal(
      'CONFIGURATION_INVALID',
      `The data folder ${folder} cannot be used (${code}); choose another with --data.`,
      { cause },
    );
  }
}
