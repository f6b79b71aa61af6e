import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { checkout } from '../support/shared.js';
import { cloister, type Outcome } from './commandLine.js';

const folder = mkdtempSync(join(tmpdir(), 'cloister-schema-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

function file(text: string): string {
  files += 1;
  const path = join(folder, `${files}.graphql`);
  writeFileSync(path, text);
  return path;
}

const check = (before: string, after: string, ...flags: string[]): Promise<Outcome> =>
  cloister(['schema', 'check', file(before), file(after), ...flags]);

const before = 'type Query { a: Int b: Int c(x: Int): Int }';
const after = 'type Query { a: Int c(x: Int = 1): Int d: Int }';

describe('schema check', () => {
  test('names what breaks, what is dangerous and what is safe, and exits with 1', async () => {
    expect(await check(before, after)).toEqual({
      exitCode: 1,
      err: '',
      out: [
        'BREAKING   Query.b was removed.',
        'dangerous  Query.c(x:) has a default now: 1.',
        'safe       Query.d was added.',
        '1 breaking, 1 dangerous, 1 safe.',
        '',
      ].join('\n'),
    });
  });

  test('exits with 0 where nothing breaks', async () => {
    expect(await check(before, `${before} type New { x: Int }`)).toEqual({
      exitCode: 0,
      err: '',
      out: 'safe       New was added.\n0 breaking, 0 dangerous, 1 safe.\n',
    });
    expect((await check(before, before)).out).toBe('No change.\n');
  });

  test('answers in JSON', async () => {
    const { exitCode, out } = await check(before, after, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toEqual({
      breaking: [{ type: 'FIELD_REMOVED', description: 'Query.b was removed.' }],
      dangerous: [{ type: 'ARG_DEFAULT_ADDED', description: 'Query.c(x:) has a default now: 1.' }],
      safe: [{ type: 'FIELD_ADDED', description: 'Query.d was added.' }],
    });
  });

  test('finds no change in the committed supergraph', async () => {
    const path = join(checkout, 'schema/supergraph.graphql');
    expect((await cloister(['schema', 'check', path, path])).out).toBe('No change.\n');
  });

  test('prints each change on one line, whatever a description holds', async () => {
    const changed = 'type Query { a: Int @deprecated(reason: """x\n\u001b[31m y""") }';
    const { out } = await check('type Query { a: Int }', changed);
    expect(out.split('\n')).toHaveLength(3);
    expect(out).not.toContain('\u001b');
  });

  const rows: [why: string, text: string, message: RegExp][] = [
    ['that is no SDL', 'type Query {', /BAD_INPUT: .*\.graphql:1:13: Syntax Error/],
    ['that names a type that is not there', 'type Query { a: Nowhere }', /BAD_INPUT: .*: Unknown type: "Nowhere"/],
    ['without a root of queries', 'type A { a: Int }', /BAD_INPUT: .*: Query root type must be provided/],
    ['with an empty type', 'type Query { a: A } type A', /BAD_INPUT: .*: Type A must define one or more fields/],
  ];
  test.each(rows)('refuses a file %s, and says where', async (_why, text, message) => {
    const { err, exitCode, out } = await check(before, text);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toMatch(message);
  });

  test('refuses a file that is not there', async () => {
    const { err, exitCode } = await cloister(['schema', 'check', file(before), join(folder, 'nowhere')]);
    expect(exitCode).toBe(1);
    expect(err).toContain('NOT_FOUND');
  });

  test.each([
    [[]],
    [['check']],
    [['check', 'one']],
    [['check', '-', '-']],
    [['download', 'one']],
    [['nothing', 'a', 'b']],
  ])('says how it is used for %j', async (words) => {
    expect((await cloister(['schema', ...words])).exitCode).toBe(2);
  });
});

describe('schema download', () => {
  test('says so where no system runs', async () => {
    const { err, exitCode, out } = await cloister(['schema', 'download', '--data', folder]);
    expect({ exitCode, out }).toEqual({ exitCode: 3, out: '' });
    expect(err).toContain('PEER_UNREACHABLE');
  });
});
