import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from '@jest/globals';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Where the data that is not committed lies: beside the checkout, or where CLOISTER_SHARED says. */
export function sharedPath(path: string): string {
  return resolve(process.env.CLOISTER_SHARED ?? resolve(root, '../shared'), path);
}

/** Runs the suite where `path` is present. Missing data fails under CI=true and is said aloud elsewhere. */
export function describeWithShared(name: string, path: string, suite: () => void): void {
  if (existsSync(sharedPath(path))) describe(name, suite);
  else if (process.env.CI === 'true') {
    test(`${name}: needs ${path}`, () => {
      throw new Error(`Missing test data: ${sharedPath(path)}. Set CLOISTER_SHARED to the folder that holds it.`);
    });
  } else {
    // The suite itself is not even collected: it may read its data at once.
    test.skip(`${name} (skipped: ${path} is not beside this checkout; see CONTRIBUTING.md)`, () => undefined);
  }
}

/** The root of this checkout. */
export const checkout = root;
