import { readFileSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { toRefusal } from '../../enclave/refusals.js';
import type { Log } from '../log.js';
import type { BundleEntry } from './bundle.js';
import { readBundle, writeBundle } from './bundle.js';
import { MAXIMUM_BUNDLE_BYTES } from './bundleFile.js';

/** What a cache held, kept in a file over a restart: a bundle, so that it can be looked at and carried elsewhere. */
export interface CacheFile {
  /** What was saved; nothing where there is no file, or none that can be read. */
  load(): readonly BundleEntry[];
  /** Saves soon. Of several in a row the last one counts. */
  save(entries: readonly BundleEntry[]): void;
  /** Waits for what is being saved. */
  close(): Promise<void>;
}

export function cacheFile(path: string, log: Pick<Log, 'warn'>): CacheFile {
  let next: readonly BundleEntry[] | undefined;
  let saving: Promise<void> | undefined;

  async function saveAll(): Promise<void> {
    while (next) {
      const entries = next;
      next = undefined;
      try {
        // Whole or not at all: a process may end at any moment.
        await writeFile(`${path}.new`, writeBundle(entries), { mode: 0o600 });
        await rename(`${path}.new`, path);
      } catch (error) {
        log.warn({ error }, 'The collateral cache could not be saved.');
      }
    }
    saving = undefined;
  }

  return {
    load() {
      try {
        const found = statSync(path, { throwIfNoEntry: false });
        if (!found) return [];
        if (found.size > MAXIMUM_BUNDLE_BYTES) throw new RangeError(`more than ${MAXIMUM_BUNDLE_BYTES} bytes`);
        return readBundle(readFileSync(path, 'utf8'));
      } catch (thrown) {
        log.warn({ reason: toRefusal(thrown).message }, 'The saved collateral cannot be read; it is fetched anew.');
        return [];
      }
    },
    save(entries) {
      next = entries;
      saving ??= saveAll();
    },
    async close() {
      await saving;
    },
  };
}
