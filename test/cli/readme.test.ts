import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkout } from '../support/shared.js';
import { cloister } from './commandLine.js';

const readme = readFileSync(join(checkout, 'README.md'), 'utf8');
/** The commands of the shell blocks, without their comments. */
const commands = [...readme.matchAll(/^npx cloister (.*?)\s*(?:#.*)?$/gm)].map(([, words = '']) => words.split(/\s+/));

describe('the command lines of the README', () => {
  test('are found', () => {
    expect(commands.length).toBeGreaterThan(5);
  });

  test.each(commands.map((words) => [words.join(' '), words] as const))('%s is one that there is', async (_, words) => {
    const [name = ''] = words;
    const { exitCode, out } = await cloister([name, '--help']);
    expect(exitCode).toBe(0);
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(out).toContain(flag);
  });

  test('explain says what the code means', async () => {
    const { exitCode, out } = await cloister(['explain', 'EVIDENCE_REVOKED']);
    expect({ exitCode, known: out.includes('revoked') }).toEqual({ exitCode: 0, known: true });
  });

  test('vectors agrees with all that are committed', async () => {
    const { exitCode, out } = await cloister(['vectors', join(checkout, 'test/vectors')]);
    expect(out).toMatch(/^\d+ passed, 0 failed\n$/);
    expect(exitCode).toBe(0);
  });
});
