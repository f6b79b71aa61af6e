import { resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { install } from './install.mjs';
import { StepFailed, attached, root, step, tool } from './step.mjs';

/** What can follow `npm run`; each gets the arguments that come after it. */
export const tasks = {
  async start(args) {
    await install();
    await build();
    process.argv = [process.execPath, resolve(root, 'dist/deploy/local/index.js'), ...args];
    await import(pathToFileURL(process.argv[1]).href);
  },

  async build() {
    await install();
    await build();
  },

  async test(args) {
    await install();
    await build();
    await test(args);
  },

  async check(args) {
    await install();
    await build();
    console.log('Checking.');
    await Promise.all([types(), form()]);
    await test(args);
  },

  async bench(args) {
    await install();
    await build();
    await step('compile the benchmarks', tool('typescript/bin/tsc', '-p', 'test/bench/tsconfig.json'));
    process.exitCode = await attached([process.execPath, 'dist/test/bench/index.js', ...args]);
  },
};

async function types() {
  await step('types', tool('typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'));
  await step('types of the tests', tool('typescript/bin/tsc', '-p', 'test/tsconfig.json'));
  await step('types of the portal', tool('typescript/bin/tsc', '-p', 'web/tsconfig.json'));
}

async function form() {
  await step('format', tool('prettier/bin/prettier.cjs', '--check', '.', '--log-level', 'warn'));
  await step('arrows between folders', depcruise());
  await step('lint', tool('eslint/bin/eslint.js', '.', '--cache', '--cache-location', 'dist/.eslintcache'));
}

/** Unit tests, then end-to-end tests; with arguments, one run of jest with those. The last line is jest's own. */
async function test(args) {
  if (args.length > 0) return jest(args);
  console.log('Unit tests, then end-to-end tests that start the whole system. One file: npm test -- PATH');
  await jest(['--selectProjects', 'unit']);
  console.log('\nEnd-to-end tests.');
  await jest(['--selectProjects', 'e2e', '--runInBand']);
}

async function jest(args) {
  const code = await attached(tool('jest/bin/jest.js', ...args), {
    NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
  });
  if (code !== 0) {
    process.exitCode = code;
    throw new StepFailed('');
  }
}

function depcruise() {
  const folders = ['enclave', 'runtime', 'gateway', 'subgraphs', 'schema', 'deploy', 'cli', 'web'];
  return tool('dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.mjs', ...folders);
}
