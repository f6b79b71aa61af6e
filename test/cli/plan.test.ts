import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compose } from '../gateway/enforcement/support/composed.js';
import { cloister } from './commandLine.js';

const folder = mkdtempSync(join(tmpdir(), 'cloister-plan-'));
const fileOf = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const small = fileOf(
  'small.graphql',
  compose({
    a: 'type Query { t: T u: U about: String } type T @key(fields: "id") { id: ID! x: String @attested(policy: "p") } type U { y: Int @policy(policies: [["p1"]]) z: Int @authenticated }',
    b: 'type T @key(fields: "id") { id: ID! x: String @external made(note: String @attested(policy: "q")): String @requires(fields: "x") }',
  }),
);
const planOf = (query: string, ...flags: string[]) =>
  cloister(['plan', query, '--supergraph', small, '--planner', 'apollo', ...flags]);

describe('cloister plan', () => {
  test('shows what each subgraph is sent, over what, and what each field asks for', async () => {
    const { exitCode, out } = await planOf('query ($n: String) { t { made(note: $n) } }');
    expect(exitCode).toBe(0);
    expect(out).toContain('query to a\n');
    expect(out).toContain('query to b at t\n');
    expect(out).toMatch(/is sent {2}T \{ __typename (x id|id x) \}, \$n/);
    expect(out).toContain('over     a connection under p and q');
    expect(out).toContain('  T.made\n');
    expect(out).toContain('p: T.x from a to b');
    expect(out).toContain('q: T.made(note:) from the caller to b');
    expect(out).toContain('  p: gateway, a, b');
  });

  test('shows what is asked of the caller', async () => {
    const { out } = await planOf('{ t { x } u { y z } }');
    expect(out).toContain('p: T.x from a to the caller');
    expect(out).toContain('authorization p1');
    expect(out).toContain('a caller who is signed in');
  });

  test('says where everybody may ask, and where nothing is fetched', async () => {
    expect((await planOf('{ about }')).out).toContain('Everybody may ask for all of it.');
    expect((await planOf('{ __typename }')).out).toContain('Nothing has to be fetched.');
  });

  test('plans for the variables on which conditions depend', async () => {
    const source = 'query ($yes: Boolean!) { about t @include(if: $yes) { made } }';
    expect((await planOf(source, '--variables', '{"yes": true}')).out).toContain('to b');
  });

  test('takes a file, and one of several operations', async () => {
    const file = fileOf('query.graphql', 'query A { about } query B { t { id } }');
    expect((await planOf(file, '--operation', 'B')).out).toContain('t {');
  });

  test('prints one JSON object', async () => {
    const { out } = await planOf('{ t { made } }', '--json');
    expect(JSON.parse(out)).toMatchObject({
      plan: {
        kind: 'sequence',
        nodes: [
          { subgraph: 'a', policies: ['p'] },
          { subgraph: 'b', paths: ['t'], policies: ['p'] },
        ],
      },
      requirements: [
        {
          field: 'T.made',
          flows: [{ policy: 'p', coordinate: 'T.x', producers: ['a'], receivers: ['b'], caller: 'none' }],
        },
      ],
      policies: { p: ['gateway', 'a', 'b'] },
    });
  });

  test('reads the supergraph of this checkout unless it is told another', async () => {
    const { exitCode, out } = await cloister([
      'plan',
      '{ worklist { study { interpretation { observation { text } } } } }',
      '--planner',
      'apollo',
    ]);
    // Whatever the schema has become by then: either it is planned, or the message says what is not there.
    expect([0, 1]).toContain(exitCode);
    expect(out).not.toContain('undefined');
  });
});

describe('is refused:', () => {
  test.each([
    ['what is not valid', ['{ nobody }'], 1, 'BAD_INPUT'],
    ['what is no GraphQL', ['{ t { '], 1, 'BAD_INPUT'],
    ['a file that is not there', ['nowhere.graphql'], 1, 'NOT_FOUND'],
    ['variables that are no object', ['{ about }', '--variables', '[1]'], 2, 'JSON object'],
    ['variables that are no JSON', ['{ about }', '--variables', '{'], 2, 'JSON object'],
    [
      'variables of another type',
      ['query ($yes: Boolean!) { about @include(if: $yes) }', '--variables', '{"yes": 1}'],
      1,
      'BAD_INPUT',
    ],
    ['a planner that there is not', ['{ about }', '--planner', 'fast'], 2, '--planner'],
    ['no query', [], 2, 'Usage'],
  ])('%s', async (_, args, code, message) => {
    const { exitCode, out, err } = await cloister([
      'plan',
      ...args,
      ...(args.includes('--supergraph') ? [] : ['--supergraph', small]),
    ]);
    expect(exitCode).toBe(code);
    expect(out).toBe('');
    expect(err).toContain(message);
  });
});
