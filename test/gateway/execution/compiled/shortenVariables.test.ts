import { describe, expect, test } from '@jest/globals';
import type { EntityFetch, PlannedFetch } from '../../../../gateway/execution/compiled/plan.js';
import { shortenVariables } from '../../../../gateway/execution/compiled/shortenVariables.js';

describe('variables of representations', () => {
  test('get one letter, in the text and in the plan', () => {
    const fetch = shortened({
      operation:
        'query($__batch_reps_0:[_Any!]!$__batch_reps_1:[_Any!]!){_e0:_entities(representations:$__batch_reps_0){...on A{x}}_e1:_entities(representations:$__batch_reps_1){...on B{y}}}',
      entities: [entity('_e0', '__batch_reps_0'), entity('_e1', '__batch_reps_1')],
    });
    expect(fetch.operation).toBe(
      'query($a:[_Any!]!$b:[_Any!]!){_e0:_entities(representations:$a){...on A{x}}_e1:_entities(representations:$b){...on B{y}}}',
    );
    expect(fetch.entities.map(({ variable }) => variable)).toEqual(['a', 'b']);
  });

  test('never take the name of a variable of the caller', () => {
    const fetch = shortened({
      operation:
        'query($representations:[_Any!]!$a:Int){_entities(representations:$representations){...on A{x(a:$a)}}}',
      variables: ['a'],
      entities: [entity('_entities', 'representations')],
    });
    expect(fetch.operation).toBe('query($b:[_Any!]!$a:Int){_entities(representations:$b){...on A{x(a:$a)}}}');
  });

  test('stay where context values go along', () => {
    const operation =
      'query($representations:[_Any!]!$c:Int){_entities(representations:$representations){...on A{x(c:$c)}}}';
    const contexts = [{ variable: 'c', up: 1, path: [] }];
    const fetch = shortened({ operation, entities: [{ ...entity('_entities', 'representations'), contexts }] });
    expect(fetch.operation).toBe(operation);
  });

  test('are not looked for inside strings', () => {
    const fetch = shortened({
      operation:
        'query($representations:[_Any!]!){_entities(representations:$representations){...on A{x(text:"$representations")}}}',
      entities: [entity('_entities', 'representations')],
    });
    expect(fetch.operation).toBe(
      'query($a:[_Any!]!){_entities(representations:$a){...on A{x(text:"$representations")}}}',
    );
  });

  test('a root fetch stays as it is', () => {
    const operation = 'query($representations:Int){x(first:$representations)}';
    expect(shortened({ operation, variables: ['representations'], entities: [] }).operation).toBe(operation);
  });
});

function shortened(fetch: Pick<PlannedFetch, 'entities' | 'operation'> & Partial<PlannedFetch>): PlannedFetch {
  const node: PlannedFetch = {
    kind: 'Fetch',
    subgraph: 'subgraph',
    operationKind: 'query',
    variables: [],
    path: [],
    outputRewrites: [],
    ...fetch,
  };
  const { node: short } = shortenVariables({ node, subscription: undefined });
  if (short?.kind !== 'Fetch') throw new Error('a fetch became something else');
  return short;
}

function entity(alias: string, variable: string): EntityFetch {
  return { alias, variable, paths: [], requires: [], inputRewrites: [], outputRewrites: [], contexts: [] };
}
