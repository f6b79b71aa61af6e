import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { root, step, tool } from './step.mjs';

const code = ['enclave', 'runtime', 'gateway', 'subgraphs', 'schema', 'deploy', 'cli', 'web/server'];
const portal = ['web', 'enclave', 'schema'];
const always = ['package-lock.json', 'tsconfig.json'];

/**
 * Each step: what it reads, what must be there afterwards, and the command. A step runs when what it reads has changed
 * since it last succeeded. The two columns run side by side; within a column a step waits for the one above it.
 */
const columns = [
  [
    {
      name: 'compile',
      reads: code,
      endings: ['.ts', '.json'],
      writes: 'dist/deploy/local/index.js',
      command: tool('typescript/bin/tsc', '-p', 'tsconfig.json'),
      after: removeOrphans,
    },
    {
      name: 'check the composed schema',
      reads: ['schema'],
      endings: ['.graphql', '.ts'],
      writes: 'dist/schema/compose.js',
      command: [process.execPath, 'dist/schema/compose.js', '--check'],
    },
    {
      name: 'make an empty database',
      reads: ['runtime/database', 'deploy/local'],
      endings: ['initialize.ts', 'databaseSeed.ts'],
      writes: 'dist/database-seed/PG_VERSION',
      command: [process.execPath, 'dist/deploy/local/databaseSeed.js'],
    },
  ],
  [
    {
      name: 'build the portal',
      reads: portal,
      endings: ['.ts', '.tsx', '.css', '.html', '.json', '.svg', '.graphql'],
      writes: 'dist/web/portal/index.html',
      command: tool('vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'),
    },
    {
      name: 'build GraphiQL',
      reads: ['web/graphiql'],
      endings: ['.ts', '.tsx', '.css', '.html'],
      writes: 'dist/web/graphiql/index.html',
      command: tool('vite/bin/vite.js', 'build', '--config', 'web/graphiql/vite.config.ts', '--logLevel', 'warn'),
    },
    {
      name: 'build the verifier for browsers',
      reads: ['web/verifier', 'enclave'],
      endings: ['.ts'],
      writes: 'dist/web/verifier/verifier.js',
      command: tool('vite/bin/vite.js', 'build', '--config', 'web/verifier/vite.config.ts', '--logLevel', 'warn'),
    },
  ],
];

const stampFile = resolve(root, 'dist/.build-stamp');

/** Builds what changed since it was last built. */
export async function build() {
  const stamp = await readStamp();
  const digestOf = digester();
  const due = await Promise.all(columns.map((column) => dueSteps(column, stamp, digestOf)));
  if (due.every((column) => column.length === 0)) return;
  console.log(`Building ${due.flat().length} of ${columns.flat().length} parts.`);
  const outcomes = await Promise.allSettled(due.map((column) => runColumn(column, stamp)));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function dueSteps(column, stamp, digestOf) {
  const due = [];
  for (const part of column) {
    const digest = await digestOf(part);
    if (stamp[part.name] !== digest || !existsSync(resolve(root, part.writes))) due.push({ ...part, digest });
  }
  return due;
}

async function runColumn(parts, stamp) {
  for (const part of parts) {
    await step(part.name, part.command);
    await part.after?.();
    stamp[part.name] = part.digest;
    await mkdir(resolve(root, 'dist'), { recursive: true });
    await writeFile(stampFile, JSON.stringify(stamp, null, 2));
  }
}

/**
 * Removes compiled files whose source is gone. Enclaves are measured over what lies in dist/, so a file left over there
 * would give this checkout another measurement than a fresh one.
 */
async function removeOrphans() {
  for (const folder of code)
    for (const path of await filesUnder(resolve(root, 'dist', folder), ['.js', '.js.map'])) {
      const source = resolve(root, relative(resolve(root, 'dist'), path)).replace(/\.js(\.map)?$/, '.ts');
      if (!existsSync(source) && !existsSync(`${source}x`)) await rm(path);
    }
}

async function readStamp() {
  try {
    return JSON.parse(await readFile(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

/** A digest over the content of what a step reads, and of its own command. Each file is read once for all steps. */
function digester() {
  const files = new Map();
  const fileDigest = (path) => {
    let digest = files.get(path);
    if (digest === undefined) {
      digest = readFile(path).then((bytes) => createHash('sha256').update(bytes).digest('hex'));
      files.set(path, digest);
    }
    return digest;
  };
  return async ({ reads, endings, command }) => {
    const found = (await Promise.all(reads.map((folder) => filesUnder(resolve(root, folder), endings)))).flat();
    const paths = [...new Set([...found, ...always.map((path) => resolve(root, path))])].sort();
    const hash = createHash('sha256').update(JSON.stringify(command.slice(1).map((word) => word.replace(root, ''))));
    for (const path of paths) hash.update(`${path.slice(root.length)}\0${await fileDigest(path)}\n`);
    return hash.digest('hex');
  };
}

async function filesUnder(folder, endings) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
