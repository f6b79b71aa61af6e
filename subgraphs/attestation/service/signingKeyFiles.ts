import { readFileSync, statSync } from 'node:fs';
import { Refusal } from '../../../enclave/refusals.js';
import type { SigningKey } from './signingKey.js';
import { readSigningKey } from './signingKey.js';

export interface SigningKeyFiles {
  /** PEM, PKCS #8. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
}

/**
 * The key in two files that somebody else renews.
 *
 * @returns a function that answers the key when it has not been read yet or the files have changed, and else undefined. It
 *   throws CONFIGURATION_INVALID where they do not belong together, as while only one of them is new; then it reads again.
 */
export function signingKeyFiles(files: SigningKeyFiles): () => SigningKey | undefined {
  let known: string | undefined;
  return () => {
    const version = [files.key, files.certificate].map(versionOf).join(' ');
    if (version === known) return undefined;
    const key = readSigningKey({ key: read(files.key), certificate: read(files.certificate) });
    known = version;
    return key;
  };
}

function versionOf(path: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): Refusal {
  return new Refusal('CONFIGURATION_INVALID', `${path} cannot be read.`, { cause });
}
