import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { Refusal } from '../../../enclave/refusals.js';
import { errorsEverywhere, parseAnswer, withMissingEntities } from '../../../gateway/execution/subgraphAnswer.js';

const answer = (body: unknown, status = 200) => parseAnswer(JSON.stringify(body), status, 'lab');

describe('an error of a subgraph', () => {
  test('keeps its code, message and path where the code is one of ours', () => {
    const error = {
      message: 'There is no such study.',
      path: ['study'],
      extensions: { code: 'NOT_FOUND', secret: 'Ada' },
    };
    expect(answer({ data: { study: null }, errors: [error] }).errors).toEqual([
      { message: 'There is no such study.', path: ['study'], extensions: { code: 'NOT_FOUND', kind: 'caller' } },
    ]);
  });

  test('says only that the subgraph failed where it is not, whatever it carries', () => {
    const error = {
      message: 'duplicate key (name)=(Ada)',
      path: ['study', { a: 1 }, 0],
      locations: [{ line: 1, column: 1 }],
      extensions: { code: 'SQL', response: { body: 'Ada' }, stacktrace: ['at Ada'] },
    };
    expect(answer({ data: null, errors: [error] }).errors).toEqual([
      {
        message: 'The subgraph lab failed.',
        path: ['study', 0],
        extensions: { code: 'UPSTREAM_FAILED', kind: 'fault' },
      },
    ]);
  });

  test.each([[null], ['text'], [1], [[]]])('survives that it is %p', (error) => {
    expect(answer({ data: null, errors: [error] }).errors?.[0]?.extensions?.code).toBe('UPSTREAM_FAILED');
  });

  test('has a bounded message and comes in a bounded number', () => {
    const error = { message: 'x'.repeat(10_000), extensions: { code: 'BAD_INPUT' } };
    const { errors = [] } = answer({ data: null, errors: Array.from({ length: 5000 }, () => error) });
    expect(errors).toHaveLength(100);
    expect(errors[0]?.message).toHaveLength(300);
  });
});

describe('an answer that is none is refused, without its text:', () => {
  const rows: [what: string, text: string][] = [
    ['HTML', '<h1>Ada</h1>'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[{"data":{}}]'],
    ['no data and no errors', '{}'],
    ['no data and an empty list of errors', '{"errors":[]}'],
    ['data that is no object', '{"data":"Ada"}'],
  ];
  test.each(rows)('%s', (_, text) => {
    expect(() => parseAnswer(text, 500, 'lab')).toThrow(
      /^The subgraph lab answered 500 without (JSON|a GraphQL response)\.$/,
    );
  });

  test('a refusal keeps its code', () => {
    expect(() => answer({ error: { code: 'BUSY', message: 'Later.' } }, 503)).toThrow(new Refusal('BUSY', 'Later.'));
  });
});

describe('what a fetch leaves empty becomes errors at their paths', () => {
  const entities = parse(
    'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on P { __typename a b: c } } }',
  );

  test('for an entity that the subgraph does not know', () => {
    const { errors } = withMissingEntities({ data: { _entities: [{ a: 1 }, null] } }, entities, 'lab');
    expect(errors?.map(({ path }) => path)).toEqual([
      ['_entities', 1, 'a'],
      ['_entities', 1, 'b'],
    ]);
  });

  test('and not again where the subgraph said why', () => {
    const said = { message: 'm', path: ['_entities', 0], extensions: { code: 'NOT_FOUND' } };
    expect(withMissingEntities({ data: { _entities: [null] }, errors: [said] }, entities, 'lab').errors).toEqual([
      said,
    ]);
  });

  test('for every field of a fetch that failed as a whole, within a bound', () => {
    const refusal = new Refusal('PEER_UNREACHABLE', 'No answer.');
    const root = errorsEverywhere(refusal, parse('{ a b: c }'), undefined, 'lab');
    expect(root.map(({ path }) => path)).toEqual([['a'], ['b']]);
    expect(root[0]?.extensions).toEqual({ code: 'PEER_UNREACHABLE', kind: 'could-not-tell', party: 'lab' });
    const many = errorsEverywhere(
      refusal,
      entities,
      { representations: Array.from({ length: 500 }, () => ({})) },
      'lab',
    );
    expect(many).toHaveLength(100);
  });
});
