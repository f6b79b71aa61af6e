import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Refusal } from '../../../../enclave/refusals.js';
import { documentId, parseManifest } from '../../../../gateway/http/documents/manifest.js';
import {
  MAXIMUM_MANIFEST_BYTES,
  openManifestFile,
  type ManifestFile,
} from '../../../../gateway/http/documents/manifestFile.js';
import { registerOperations } from '../../../../gateway/http/documents/register.js';
import { manualTime } from '../../../support/manualSchedule.js';

let folder: string;
let opened: ManifestFile | undefined;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'cloister-documents-'))));
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => opened?.stop());

const path = () => join(folder, 'manifest.json');

async function open(documents: Record<string, string>) {
  await writeFile(path(), JSON.stringify(documents));
  const time = manualTime(0);
  const reloads: number[] = [];
  const problems: Refusal[] = [];
  opened = await openManifestFile({
    path: path(),
    pollMs: 1000,
    schedule: time.schedule,
    onReload: (count) => reloads.push(count),
    onProblem: (problem) => problems.push(problem),
  });
  return { file: opened, time, reloads, problems };
}

describe('a manifest follows its file', () => {
  test('when it is written over and when another is moved into its place', async () => {
    const { file, reloads, problems } = await open({ x: 'query A { a }' });
    await file.refresh();
    expect(reloads).toEqual([]);
    await writeFile(path(), JSON.stringify({ x: 'query A { a }', y: 'query B { b }' }));
    await file.refresh();
    await writeFile(`${path()}.new`, JSON.stringify({ z: 'query C { c }' }));
    await rename(`${path()}.new`, path());
    await file.refresh();
    expect([reloads, problems]).toEqual([[2, 1], []]);
    expect([...file.current().texts.keys()]).toEqual(['z', documentId('query C { c }')]);
  });

  test('by itself, every so often, until it is stopped', async () => {
    const { file, time, reloads } = await open({ x: 'query A { a }' });
    await writeFile(path(), JSON.stringify({ yy: 'query B { b }' }));
    expect(time.planned()).toBe(1);
    time.advance(1000);
    while (reloads.length === 0 || time.planned() === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(file.current().has('query B { b }')).toBe(true);
    file.stop();
    expect(time.planned()).toBe(0);
  });
});

describe('the old manifest serves on', () => {
  test.each<[what: string, damage: () => Promise<void>]>([
    ['where the new one is no JSON', () => writeFile(path(), '{"broken')],
    ['where the new one lies about an identifier', () => writeFile(path(), `{"${'0'.repeat(64)}":"query B { b }"}`)],
    ['where the new one is too large', () => truncate(path(), MAXIMUM_MANIFEST_BYTES + 1)],
    ['where there is none any more', () => rm(path())],
  ])('%s, and the problem is told', async (_what, damage) => {
    const { file, reloads, problems } = await open({ x: 'query A { a }' });
    await damage();
    await file.refresh();
    expect(file.current().has('query A { a }')).toBe(true);
    expect(problems.map(({ code }) => code)).toEqual(['CONFIGURATION_INVALID']);
    expect(reloads).toEqual([]);
  });
});

test('nothing begins without a good manifest', async () => {
  const missing = openManifestFile({ path: join(folder, 'nowhere.json'), pollMs: 1000 });
  await expect(missing).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
});

test('the build of a client registers what its module exports', async () => {
  const module = join(folder, 'operations.mjs');
  await writeFile(module, `export const A = { name: 'A', text: 'query A { a }' }; export const other = 1;`);
  const manifest = join(folder, 'registered.json');
  expect(await registerOperations(module, manifest)).toBe(1);
  const { readFile } = await import('node:fs/promises');
  expect(parseManifest(await readFile(manifest, 'utf8')).has('query A { a }')).toBe(true);
});
