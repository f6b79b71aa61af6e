import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PlannerChoice } from '../../../../gateway/execution/compiled/choosePlanner.js';
import { startFederation } from '../../../support/federation.js';
import { generateOperation } from './generateOperation.js';
import { clinicWorld } from './clinicWorld.js';
import { shopWorld } from './shopWorld.js';
import { askMonolith } from './world.js';

const values = {
  id: ['p1', 'p2', 'p3', 'd1', 'd3', 'w2', 'v1', 'none'],
  sku: ['K1', 'K3', 'none'],
  serial: ['S1', 'S2', 'none'],
};

/** Of each world and planner; thousands were run while this was written. */
const RUNS = Number(process.env.DIFFERENTIAL_RUNS ?? 80);

describe.each([clinicWorld(), shopWorld()])('generated operations on the graph $name', (world) => {
  it.each<PlannerChoice>(['auto', 'apollo'])('get what one server would answer, planned by %s', async (planner) => {
    const federation = startFederation(world.subgraphs, { planner, subgraphErrors: 'passed-on' });
    const { schema } = federation.executor;
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (g) => {
        const kind = schema.getMutationType() && g(fc.nat, { max: 9 }) === 0 ? 'mutation' : 'query';
        const { query, variables } = generateOperation(g, schema, { values, kind });
        const expected = await askMonolith(world, schema, query, variables);
        const answer = await federation.ask(query, { variables });
        const shown = { query, variables: JSON.stringify(variables) };
        expect({ ...shown, data: answer.data, failed: answer.errors !== undefined }).toEqual({
          ...shown,
          data: JSON.parse(JSON.stringify(expected.data)) as unknown,
          failed: expected.errors !== undefined,
        });
      }),
      { numRuns: RUNS },
    );
  });
});
