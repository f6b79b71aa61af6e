#!/usr/bin/env node
// `npx cloister`: the compiled command line, or a sentence on how to get it.
import { existsSync } from 'node:fs';
import process from 'node:process';

const compiled = new URL('../dist/cli/index.js', import.meta.url);
if (existsSync(compiled)) await import(compiled.href);
else {
  console.error('cloister is not built yet. In the checkout, run: npm run build');
  process.exitCode = 2;
}
