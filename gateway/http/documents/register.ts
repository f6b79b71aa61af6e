import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { operationsOf, writeManifest } from './writeManifest.js';

/**
 * Writes the operations that a built module of a client exports into a manifest: part of the client's build.
 *
 * @param modulePath a JavaScript module, for instance the built `web/api/operations.js`.
 * @returns how many there are.
 */
export async function registerOperations(modulePath: string, manifestPath: string): Promise<number> {
  const exported = (await import(pathToFileURL(resolve(modulePath)).href)) as Record<string, unknown>;
  const operations = operationsOf(exported);
  await writeFile(manifestPath, writeManifest(operations));
  return operations.length;
}
