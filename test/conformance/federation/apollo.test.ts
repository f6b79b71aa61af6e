import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startApollo } from './apolloGateway.js';
import { apolloDifferences } from './apolloDifferences.js';
import { runCase } from './runCase.js';
import { startSubgraphServer, type SubgraphServer } from './subgraphServer.js';
import { suites } from './suites.js';

/** The suites against plain Apollo: a case that fails nowhere else is a case to look at, and what Apollo mends shows here. */

let subgraphs: SubgraphServer;
beforeAll(async () => {
  subgraphs = await startSubgraphServer(suites);
});
afterAll(() => subgraphs.close());

test.each(suites.map((suite) => [suite.id, suite] as const))(
  'plain Apollo differs in %s only where it is known to',
  async (id, suite) => {
    const known = apolloDifferences.filter((difference) => difference.suite === id);
    const starting = startApollo(subgraphs.supergraphOf(suite));
    if (known.some(({ cases }) => cases === undefined)) {
      await expect(starting).rejects.toThrow();
      return;
    }
    const apollo = await starting;
    const failed: string[] = [];
    for (const entry of suite.cases) {
      if ((await runCase(entry, apollo.ask, subgraphs)).length > 0) failed.push(entry.name);
    }
    await apollo.close();
    expect(failed.sort()).toEqual(known.flatMap(({ cases }) => cases ?? []).sort());
  },
);
