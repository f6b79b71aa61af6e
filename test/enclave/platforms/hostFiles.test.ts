import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeHostFiles, systemCodeOf } from '../../../enclave/platforms/hostFiles.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cloister-files-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

describe('files of the machine', () => {
  test('are read to their end, whatever size they state', async () => {
    // The kernel states 0 bytes.
    expect(Buffer.from(await nodeHostFiles.read('/proc/self/stat', 4096)).length).toBeGreaterThan(0);
    await writeFile(at('long'), Buffer.alloc(50_000, 7));
    expect(await nodeHostFiles.read(at('long'), 50_000)).toEqual(Buffer.alloc(50_000, 7));
  });

  test('are not read beyond the limit, also where they have no end', async () => {
    await expect(nodeHostFiles.read(at('long'), 49_999)).rejects.toThrow('more than 49999 bytes');
    await expect(nodeHostFiles.read('/dev/zero', 100_000)).rejects.toThrow('more than 100000 bytes');
  });

  test('are written from their beginning, and neither created nor cut', async () => {
    await writeFile(at('device'), 'abcdef');
    await nodeHostFiles.write(at('device'), Buffer.from('xyz'));
    expect(await readFile(at('device'), 'utf8')).toBe('xyzdef');
    await expect(nodeHostFiles.write(at('absent'), Buffer.from('x'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('refuse what they cannot take, and say so', async () => {
    await expect(nodeHostFiles.write('/dev/full', Buffer.from('x'))).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  test('are replaced whole, readable by their owner alone', async () => {
    await nodeHostFiles.replace(at('request'), Buffer.from('first, and long'));
    await nodeHostFiles.replace(at('request'), Buffer.from('second'));
    expect(await readFile(at('request'), 'utf8')).toBe('second');
    expect((await stat(at('request'))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('are folders that are made and removed once', async () => {
    await nodeHostFiles.makeFolder(at('folder'));
    await expect(nodeHostFiles.makeFolder(at('folder'))).rejects.toMatchObject({ code: 'EEXIST' });
    await nodeHostFiles.removeFolder(at('folder'));
    await expect(nodeHostFiles.removeFolder(at('folder'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('may be links', async () => {
    await writeFile(at('target'), 'x');
    await symlink(at('target'), at('link'));
    expect(Buffer.from(await nodeHostFiles.read(at('link'), 10)).toString()).toBe('x');
  });
});

test('the system’s name of an error is told, and nothing else', async () => {
  const thrown = await nodeHostFiles.read(at('absent'), 1).catch((error: unknown) => error);
  expect(systemCodeOf(thrown)).toBe('ENOENT');
  for (const other of [new RangeError('x'), undefined, null, 'ENOENT', { code: 7 }]) {
    expect(systemCodeOf(other)).toBeUndefined();
  }
});
