import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from './shared.js';

/** Builds the portal from the sources as they are now, into a folder of its own that the caller deletes. */
export async function buildPortal(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cloister-site-'));
  const vite = join(checkout, 'node_modules/vite/bin/vite.js');
  const args = [
    vite,
    'build',
    '--config',
    'web/vite.config.ts',
    '--outDir',
    folder,
    '--emptyOutDir',
    '--logLevel',
    'error',
  ];
  await promisify(execFile)(process.execPath, args, { cwd: checkout });
  return folder;
}
