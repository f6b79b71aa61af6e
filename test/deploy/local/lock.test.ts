import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { lockHolder, takeLock } from '../../../deploy/local/lock.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloister-lock-'));
});

describe('the lock of a data folder', () => {
  test('is held by one process until that gives it back', () => {
    const release = takeLock(folder);
    expect(lockHolder(folder)?.pid).toBe(process.pid);
    release();
    expect(lockHolder(folder)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is refused in one sentence that names the living process and the ways out', () => {
    takeLock(folder);
    expect(() => takeLock(folder)).toThrow(
      new RegExp(`already runs on the data folder .*\\(process ${process.pid}\\).*--data.*--port`),
    );
  });

  test('is taken over from a process that no longer lives', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: child.pid, processStart: '1' }));
    const release = takeLock(folder);
    expect(lockHolder(folder)?.pid).toBe(process.pid);
    release();
  });

  test('is taken over when its number has gone to another process', () => {
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, processStart: '1' }));
    // Only where the system tells when a process started can the two be told apart.
    if (existsSync('/proc/self/stat')) expect(() => takeLock(folder)).not.toThrow();
    else expect(() => takeLock(folder)).toThrow('already runs');
  });

  test.each(['', '{', '{"pid":"1"}', '{"pid":-1}', 'null'])('is taken over when the file holds %j', (content) => {
    writeFileSync(join(folder, 'lock'), content);
    expect(() => takeLock(folder)).not.toThrow();
    expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  });

  test('is not given back by a process that no longer holds it', () => {
    const release = takeLock(folder);
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.ppid, processStart: null }));
    release();
    expect(existsSync(join(folder, 'lock'))).toBe(true);
  });
});
