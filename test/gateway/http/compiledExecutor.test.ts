import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { Refusal } from '../../../enclave/refusals.js';
import { createCompiledExecutor } from '../../../gateway/execution/compiled/executor.js';
import { serve, type Served } from './support/served.js';

/** The layer on the executor that it was made for: the same promises hold. */

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@cost"])
  type Query { patient(id: ID!): Patient @cost(weight: 5) late: String }
  type Patient @key(fields: "id") { id: ID! name: String born: Int }
`;

let served: Served;
beforeAll(async () => {
  const typeDefs = parse(SDL);
  const { supergraphSdl } = composeServices([{ name: 'patient', url: 'http://localhost:1', typeDefs }]);
  if (supergraphSdl === undefined) throw new Error('The subgraph does not compose.');
  const executor = createCompiledExecutor({
    supergraphSdl,
    transport: {
      fetch: (_subgraph, body) => {
        if (body.includes('late')) throw new Refusal('TIMEOUT', 'The subgraph patient did not answer in time.');
        return Promise.resolve({ status: 200, body: { data: { patient: { id: '1', name: 'Ada', born: 1815 } } } });
      },
    },
  });
  const demand = { mode: 'enforce', maximumCost: 9, defaultListSize: 10, actualEvery: 1 } as const;
  served = await serve({ executor, supergraph: supergraphSdl, handler: { demand, mayReadCost: () => true } });
});
afterAll(() => served.close());

const ask = (body: Record<string, unknown>) => served.post(body, { accept: 'application/graphql-response+json' });

describe('the compiled executor', () => {
  test('answers, and its text is sent as it is', async () => {
    const query = 'query ($id: ID!) { patient(id: $id) { name } }';
    const answer = await ask({ query, variables: { id: '1' } });
    expect([answer.status, await answer.text()]).toEqual([200, '{"data":{"patient":{"name":"Ada"}}}']);
    expect(answer.headers.get('cloister-cost')).toBe('estimated=5, actual=5');
  });

  test('says what is wrong with a document, without a right name', async () => {
    const answer = await ask({ query: '{ patient(id: 1) { nam } }' });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { errors: [{ message: 'Cannot query field "nam" on type "Patient".', extensions: { code: 'BAD_INPUT' } }] },
    ]);
  });

  test('says which variable is wrong, and not what it was', async () => {
    const query = 'query ($id: ID!) { patient(id: $id) { name } }';
    const answer = await ask({ query, variables: { id: { name: 'Ada Lovelace' } } });
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      errors: [{ message: 'Variable "$id" has an invalid value.', extensions: { code: 'BAD_INPUT' } }],
    });
    expect(text).not.toContain('Ada');
  });

  test('keeps the code of what stood in the way', async () => {
    expect(await (await ask({ query: '{ late }' })).json()).toMatchObject({
      data: { late: null },
      errors: [{ extensions: { code: 'TIMEOUT' } }],
    });
  });

  test('is not asked for what is too dear or too much', async () => {
    const dear = await ask({ query: '{ a: patient(id: 1) { name } b: patient(id: 2) { name } }' });
    expect([dear.status, await dear.json()]).toMatchObject([
      400,
      { errors: [{ message: 'The operation is estimated to cost 10; the limit is 9.' }] },
    ]);
  });
});
