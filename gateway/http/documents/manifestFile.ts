import { readFile, stat } from 'node:fs/promises';
import { Refusal } from '../../../enclave/refusals.js';
import { nodeSchedule, type Schedule } from '../../../runtime/collateral/schedule.js';
import { parseManifest, type Manifest } from './manifest.js';

/** A manifest that follows its file. */
export interface ManifestFile {
  /** The last good one. */
  readonly current: () => Manifest;
  /** Looks at the file now. A manifest that is not good is reported, and the old one serves on. */
  refresh(): Promise<void>;
  stop(): void;
}

export interface ManifestFileOptions {
  readonly path: string;
  readonly pollMs: number;
  readonly schedule?: Schedule;
  readonly onReload?: (documents: number) => void;
  readonly onProblem?: (problem: Refusal) => void;
}

export const MAXIMUM_MANIFEST_BYTES = 32 * 1024 * 1024;

/** @throws Refusal CONFIGURATION_INVALID where there is no good manifest to begin with. */
export async function openManifestFile(options: ManifestFileOptions): Promise<ManifestFile> {
  const { path, pollMs, schedule = nodeSchedule } = options;
  let seen = await versionOf(path);
  let current = parseManifest(await read(path));
  let cancel: () => void = () => undefined;
  let stopped = false;

  async function refresh(): Promise<void> {
    try {
      const version = await versionOf(path);
      if (version === seen) return;
      seen = version;
      current = parseManifest(await read(path));
      options.onReload?.(new Set(current.texts.values()).size);
    } catch (thrown) {
      const cannotRead = new Refusal('CONFIGURATION_INVALID', 'The manifest of trusted documents cannot be read.', {
        cause: thrown,
      });
      options.onProblem?.(thrown instanceof Refusal ? thrown : cannotRead);
    }
  }

  function plan(): void {
    if (stopped) return;
    cancel = schedule(pollMs, () => void refresh().finally(plan));
  }

  plan();
  return {
    current: () => current,
    refresh,
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** Changes with every way in which a file is replaced: written over, renamed into place, or a link that points elsewhere. */
async function versionOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await fileAt(path);
  return `${mtimeMs} ${size} ${ino}`;
}

async function read(path: string): Promise<string> {
  const { size } = await fileAt(path);
  if (size > MAXIMUM_MANIFEST_BYTES) {
    const message = `The manifest of trusted documents has ${size} bytes; the limit is ${MAXIMUM_MANIFEST_BYTES}.`;
    throw new Refusal('CONFIGURATION_INVALID', message);
  }
  return readFile(path, 'utf8');
}

async function fileAt(path: string) {
  return stat(path).catch((cause: unknown) => {
    throw new Refusal('CONFIGURATION_INVALID', `There is no manifest of trusted documents at ${path}.`, { cause });
  });
}
