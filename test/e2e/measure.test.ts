import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MEASURED } from '../../runtime/measuredFiles.js';
import { checkout } from '../support/shared.js';

const run = promisify(execFile);
let temporary = '';

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'cloister-measure-'));
});
afterAll(() => rm(temporary, { recursive: true }));

/** What a commit of this checkout would hold of what is compiled or measured: not tests, nor the portal but its server. */
async function filesOfCheckout(): Promise<string[]> {
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    maxBuffer: 16 * 1024 * 1024,
  });
  const files = stdout.split('\0').filter((file) => file !== '' && !/^(test|web\/(?!server))\//.test(file));
  return [...new Set(files)].filter((file) => existsSync(join(checkout, file)));
}

/** In the order of the list, which is the order in which folders then list them on some file systems. */
async function copy(files: readonly string[], from: string, to: string): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await cp(join(from, file), join(to, file));
  }
  await symlink(join(checkout, 'node_modules'), join(to, 'node_modules'));
}

/** Compiles as deploy/local/npm/build.mjs does; the rest of the build makes nothing that is measured. */
async function compileAndMeasure(root: string, env: Record<string, string>): Promise<string> {
  const node = (...args: string[]) =>
    run(process.execPath, args, { cwd: root, env: { PATH: process.env.PATH, ...env } });
  await node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json');
  return (await node('cli/cloister.mjs', 'measure')).stdout;
}

test('two builds of one commit, in different places, measure every enclave to the same', async () => {
  const [here, there] = [join(temporary, 'a'), join(temporary, 'elsewhere/with a longer name')];
  const files = await filesOfCheckout();
  await copy(files, checkout, here);
  await copy(files.toReversed(), here, there);
  const [first, second] = await Promise.all([
    compileAndMeasure(here, { TZ: 'UTC', LC_ALL: 'C' }),
    compileAndMeasure(there, { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', HOME: there }),
  ]);
  expect(second).toBe(first);
  const names = Object.keys(MEASURED);
  expect(first.trim().split('\n')).toHaveLength(names.length);
  for (const name of names) expect(first).toMatch(new RegExp(`^${name} +[0-9a-f]{64}$`, 'm'));
}, 120_000);
