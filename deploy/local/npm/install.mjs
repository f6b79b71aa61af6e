import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import { root, step } from './step.mjs';

/** Installs the packages that package-lock.json names, unless they are there already. */
export async function install() {
  const difference = await differenceToLock();
  if (difference === undefined) return;
  console.log(`Installing packages (${difference}). The first time takes a minute or two.`);
  await step('npm ci', npm('ci', '--no-audit', '--no-fund'), { note: 'about 1 GB in node_modules' });
}

/** What is missing or of another version, in words; undefined where node_modules is what the lock file asks for. */
async function differenceToLock() {
  const wanted = await packagesOf('package-lock.json');
  const present = await packagesOf('node_modules/.package-lock.json');
  if (wanted === undefined) throw new Error('package-lock.json is missing: this is not a complete checkout.');
  if (present === undefined) return 'none are installed';
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const installed = present[path];
    // Optional packages are those of other platforms.
    if (installed === undefined && !entry.optional && !entry.devOptional) return `${path} is missing`;
    if (installed !== undefined && installed.version !== entry.version)
      return `${path} is ${installed.version}, not ${entry.version}`;
  }
  return undefined;
}

async function packagesOf(path) {
  try {
    return JSON.parse(await readFile(resolve(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** npm itself: the one that runs us, or the one on the PATH. */
function npm(...args) {
  const self = process.env.npm_execpath;
  return self === undefined ? ['npm', ...args] : [process.execPath, self, ...args];
}
