import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lastLines, openLogFile } from '../../../deploy/local/logFile.js';

const folder = mkdtempSync(join(tmpdir(), 'cloister-log-'));

describe('a log file', () => {
  test('is moved aside at its bound, so that two files hold at most twice as much', () => {
    const path = join(folder, 'bounded.log');
    const log = openLogFile(path, 100);
    for (let line = 0; line < 50; line++) log.write(Buffer.from(`line ${line}\n`));
    log.close();
    expect(statSync(path).size).toBeLessThanOrEqual(100);
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(100);
    expect(readFileSync(path, 'utf8')).toContain('line 49');
    expect(existsSync(`${path}.2`)).toBe(false);
  });

  test('goes on where it ended, and takes nothing after it was closed', () => {
    const path = join(folder, 'kept.log');
    writeFileSync(path, 'before\n');
    const log = openLogFile(path);
    log.write(Buffer.from('after\n'));
    log.close();
    log.write(Buffer.from('lost\n'));
    expect(readFileSync(path, 'utf8')).toBe('before\nafter\n');
  });

  test('shows its last lines as a person reads them', () => {
    const path = join(folder, 'readable.log');
    writeFileSync(
      path,
      '{"level":"info","message":"Ready."}\n{"level":"error","message":"Did not start.","error":{"code":"NOT_FOUND"}}\nplain\n',
    );
    expect(lastLines(path, 2)).toEqual(['Did not start.', 'plain']);
    expect(lastLines(join(folder, 'absent.log'), 3)).toEqual([]);
  });
});
