import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { lockFolder } from '../../../runtime/database/lock.js';

const scratch = mkdtempSync(join(tmpdir(), 'cloister-lock-'));
const folder = join(scratch, 'data');
const lockFile = `${folder}.lock`;
beforeEach(() => rmSync(lockFile, { force: true }));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the lock of a folder', () => {
  test('lies beside the folder, names the process, and goes when it is released', () => {
    const lock = lockFolder(folder);
    expect(JSON.parse(readFileSync(lockFile, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(scratch)).toEqual(['data.lock']);
    lock.release();
    expect(existsSync(lockFile)).toBe(false);
  });

  test('is never taken from a living process', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
    writeFileSync(lockFile, JSON.stringify({ pid: other.pid, startedTicks: null }));
    expect(() => lockFolder(folder)).toThrow(`another instance (pid ${other.pid ?? 0}) uses ${folder}`);
    expect(JSON.parse(readFileSync(lockFile, 'utf8'))).toMatchObject({ pid: other.pid });
    other.kill('SIGKILL');
    await once(other, 'exit');
  });

  test('is taken from a process that has died', async () => {
    const other = spawn(process.execPath, ['-e', '0']);
    await once(other, 'exit');
    writeFileSync(lockFile, JSON.stringify({ pid: other.pid, startedTicks: null }));
    lockFolder(folder).release();
    expect(existsSync(lockFile)).toBe(false);
  });

  (existsSync('/proc/self/stat') ? test : test.skip)(
    'is taken from a process whose pid another process got after a reboot',
    () => {
      writeFileSync(lockFile, JSON.stringify({ pid: process.ppid, startedTicks: '1' }));
      lockFolder(folder).release();
    },
  );

  test.each(['', '{', '{"pid":"1"}', '{"pid":-1}', 'null'])('is not taken where it cannot be read: %j', (content) => {
    writeFileSync(lockFile, content);
    expect(() => lockFolder(folder)).toThrow(`The lock file ${lockFile} cannot be read`);
    expect(readFileSync(lockFile, 'utf8')).toBe(content);
  });

  test('is held once, also within one process', () => {
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow('another instance');
    lock.release();
  });
});
