import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { VectorFolder } from './vectorFolder.js';

// Keys live as long as this process: a folder's vectors are made anew together, and nobody can add one under the same root.
const FOLDERS: Readonly<Record<string, () => Promise<VectorFolder>>> = {
  dcap: async () => (await import('./writeVector.js')).makeDcapVectors(),
  'sev-snp': async () => (await import('./writeSnpVector.js')).makeSnpVectors(),
  'azure-hcl': async () => (await import('./writeHclVector.js')).makeHclVectors(),
  tokens: async () => (await import('./writeTokenVector.js')).makeTokenVectors(),
};

const names = process.argv.slice(2);
if (names.length === 0 || !names.every((name) => Object.hasOwn(FOLDERS, name))) {
  console.error(`Usage: generate.ts ${Object.keys(FOLDERS).join('|')} …`);
  process.exitCode = 2;
} else {
  for (const name of names) await generate(name);
}

async function generate(name: string): Promise<void> {
  const made = await FOLDERS[name]?.();
  if (!made) return;
  const folder = join(dirname(fileURLToPath(import.meta.url)), name);
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder)) rmSync(join(folder, old));
  for (const [file, pem] of Object.entries(made.roots)) writeFileSync(join(folder, file), pem);
  for (const vector of made.vectors) {
    writeFileSync(join(folder, `${vector.id}.json`), `${JSON.stringify(vector, undefined, 1)}\n`, { flag: 'wx' });
  }
  console.log(`${made.vectors.length} vectors written to ${folder}`);
}
