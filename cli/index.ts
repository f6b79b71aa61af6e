import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from './main.js';
import { createTerminal } from './terminal.js';

process.exitCode = await main({
  args: process.argv.slice(2),
  env: process.env,
  terminal: createTerminal({ out: process.stdout, err: process.stderr }),
  // dist/cli/index.js
  root: resolve(dirname(fileURLToPath(import.meta.url)), '../..'),
});
