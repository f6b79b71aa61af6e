import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../runtime/log.js';
import { openJournal } from '../../../subgraphs/attestation/journal.js';
import { refusalOf } from '../../support/refusals.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloister-journal-'));
  path = join(folder, 'deep', 'entries.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Entry {
  readonly n: number;
}
const read = (value: unknown): Entry | undefined =>
  typeof (value as Entry | undefined)?.n === 'number' ? (value as Entry) : undefined;

/** A journal of the last `keep` entries. */
async function open(keep = 1000, rewriteAt?: number) {
  const kept: Entry[] = [];
  const journal = await openJournal<Entry>({
    path,
    read,
    wanted: () => kept,
    log: silentLog,
    ...(rewriteAt !== undefined && { rewriteAt }),
  });
  kept.push(...journal.entries);
  const add = (n: number) => {
    kept.push({ n });
    kept.splice(0, kept.length - keep);
    return journal.append({ n });
  };
  return { journal, add };
}
const numbers = async (): Promise<number[]> => {
  const { journal } = await open();
  await journal.close();
  return journal.entries.map(({ n }) => n);
};

describe('a journal', () => {
  test('has after a restart what was appended, in its order, in a file for its owner alone', async () => {
    const { journal, add } = await open();
    expect(journal.entries).toEqual([]);
    await Promise.all([add(1), add(2), add(3)]);
    await journal.close();
    expect(await numbers()).toEqual([1, 2, 3]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700);
  });

  test('has an entry on disk when appending has ended', async () => {
    const { journal, add } = await open();
    await add(7);
    expect(readFileSync(path, 'utf8')).toBe('{"n":7}\n');
    await journal.close();
  });

  test('loses only the entry that a crash cut off, and goes on behind it', async () => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(path, '{"n":1}\n{"n":2}\n{"n":');
    const { journal, add } = await open();
    await add(3);
    await journal.close();
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  test('passes over lines that it cannot read', async () => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(path, '{"n":1}\nno JSON\n{"m":1}\nnull\n{"n":2}\n');
    expect(await numbers()).toEqual([1, 2]);
  });

  test('does not grow beyond what is wanted', async () => {
    const { journal, add } = await open(3, 200);
    for (let n = 1; n <= 500; n++) await add(n);
    await journal.close();
    expect(statSync(path).size).toBeLessThan(500);
    expect((await numbers()).slice(-3)).toEqual([498, 499, 500]);
  });

  test('says that it cannot be written, and has everything once it can', async () => {
    const { journal, add } = await open(1000, 0);
    mkdirSync(`${path}.partial`);
    await add(1);
    await add(2);
    expect(journal.problem()).toContain('would not survive');
    rmSync(`${path}.partial`, { recursive: true });
    await add(3);
    expect(journal.problem()).toBeUndefined();
    await journal.close();
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  test('is refused where there is no file to be had, or a file of another size', async () => {
    writeFileSync(join(folder, 'deep'), '');
    expect(await refusalOf(() => open())).toBe('CONFIGURATION_INVALID');
    rmSync(join(folder, 'deep'));
    mkdirSync(path, { recursive: true });
    expect(await refusalOf(() => open())).toBe('CONFIGURATION_INVALID');
  });

  test('reads what another process of the same program left', async () => {
    mkdirSync(join(folder, 'deep'));
    appendFileSync(path, '{"n":1}\n');
    chmodSync(path, 0o600);
    appendFileSync(path, '{"n":2}\n');
    expect(await numbers()).toEqual([1, 2]);
  });
});
