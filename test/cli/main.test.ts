import { existsSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { REFUSALS } from '../../enclave/refusals.js';
import { cloister } from './commandLine.js';

const folder = mkdtempSync(join(tmpdir(), 'cloister-cli-'));
const nothingRuns = ['--data', join(folder, 'absent')];
const fileOf = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('help', () => {
  test('lists every command and the exit codes', async () => {
    const { exitCode, out } = await cloister(['--help']);
    expect(exitCode).toBe(0);
    for (const command of [
      'start',
      'status',
      'diagnose FILE',
      'verify',
      'verify-receipt',
      'measure',
      'insecure',
      'explain',
    ])
      expect(out).toContain(`  ${command}`);
    expect(out).toContain('3 could not tell');
  });

  test.each(['status', 'diagnose', 'verify', 'verify-receipt', 'measure', 'insecure', 'explain'])(
    'of %s says how it is used',
    async (name) => {
      for (const args of [
        [name, '--help'],
        ['help', name],
      ]) {
        const { exitCode, out } = await cloister(args);
        expect(exitCode).toBe(0);
        expect(out).toMatch(new RegExp(`^Usage: cloister ${name}`));
      }
    },
  );

  test('is shown, with the code for wrong usage, where no command is given', async () => {
    expect(await cloister([])).toMatchObject({ exitCode: 2, out: expect.stringContaining('Usage:') });
  });

  test('the version is that of the package', async () => {
    expect((await cloister(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('wrong usage ends with 2 and one line on standard error', () => {
  test.each([
    ['a command that there is not', ['diagnos']],
    ['a flag that there is not', ['verify', '--fast']],
    ['a word too many', ['explain', 'NOT_FOUND', 'BUSY']],
    ['a file that is missing on the command line', ['diagnose']],
    ['a code that there is not', ['explain', 'E1234']],
    ['an enclave that there is not', ['measure', 'portal']],
    ['a timeout that is no number', ['diagnose', 'x.png', '--timeout', 'long']],
    ['a gateway without the trust file', ['verify', '--gateway', 'http://localhost:1']],
  ])('%s', async (_what, args) => {
    const { exitCode, out, err } = await cloister(args);
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('explain', () => {
  test.each(Object.keys(REFUSALS))('%s', async (code) => {
    const { exitCode, out } = await cloister(['explain', code.toLowerCase()]);
    expect(exitCode).toBe(0);
    expect(out).toContain('Meaning');
    expect(out).toContain('Action');
  });

  test('lists every code without one', async () => {
    const { out } = await cloister(['explain']);
    expect(out.trimEnd().split('\n')).toHaveLength(Object.keys(REFUSALS).length);
  });
});

describe('where no system runs', () => {
  test.each([['status'], ['verify']])('%s could not tell, and says how to start one', async (command) => {
    const { exitCode, err } = await cloister([command, ...nothingRuns]);
    expect(exitCode).toBe(3);
    expect(err).toContain('npm start');
  });
});

describe('diagnose refuses a file before it looks for a system', () => {
  test('that does not exist', async () => {
    expect(await cloister(['diagnose', join(folder, 'nowhere.png'), ...nothingRuns])).toMatchObject({
      exitCode: 1,
      out: '',
      err: expect.stringMatching(/^NOT_FOUND: .*does not exist\.\n {2}Meaning: .*\n {2}Action: /),
    });
  });

  test('that is a folder', async () => {
    expect((await cloister(['diagnose', folder, ...nothingRuns])).exitCode).toBe(1);
  });

  test('that is too large, without reading it', async () => {
    const path = fileOf('large.png', '');
    truncateSync(path, 65 * 1024 * 1024);
    const { exitCode, err } = await cloister(['diagnose', path, ...nothingRuns]);
    expect(exitCode).toBe(1);
    expect(err).toContain('TOO_LARGE');
    expect(err).toContain('67108864');
  });

  test.each([
    ['a text', 'hello'],
    ['nothing', ''],
    ['a name that lies', 'GIF89a'],
  ])('that holds %s', async (what, content) => {
    const { err } = await cloister(['diagnose', fileOf(`${what}.png`, content), ...nothingRuns]);
    expect(err).toContain('IMAGE_UNSUPPORTED');
  });

  test.each([
    ['PNG', Buffer.from('89504e470d0a1a0a00', 'hex')],
    ['JPEG', Buffer.from('ffd8ffe0', 'hex')],
    ['DICOM', Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])],
  ])('and takes a %s as far as the system', async (kind, content) => {
    const { exitCode, err } = await cloister(['diagnose', fileOf(`${kind}.bin`, content), ...nothingRuns]);
    expect(exitCode).toBe(3);
    expect(err).toContain('PEER_UNREACHABLE');
  });
});

test('the program that npx runs is there and says what it needs', () => {
  expect(existsSync(new URL('../../cli/cloister.mjs', import.meta.url))).toBe(true);
});
