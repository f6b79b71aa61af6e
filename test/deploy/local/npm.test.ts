import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkout } from '../../support/shared.js';

const program = join(checkout, 'deploy/local/npm.mjs');
const run = (...args: string[]) =>
  spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env.PATH } });

test('a Node that is too old is refused in one sentence, before anything is installed', () => {
  const pretend = 'data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "18.20.0" } })';
  const { status, stderr } = run('--import', pretend, program, 'start');
  expect(status).toBe(2);
  expect(stderr).toBe(
    'Cloister needs Node.js 20.19 or later; this is 18.20.0. Install a newer one from https://nodejs.org and try again.\n',
  );
});

test('a task that there is not is refused with those that there are', () => {
  const { status, stderr } = run(program, 'deploy');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^There is no task "deploy"\. There are: start, .*bench\.\n$/);
});
