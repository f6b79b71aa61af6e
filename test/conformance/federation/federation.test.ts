import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestStandalone, type TestStandalone } from '../../support/standaloneGateway.js';
import { runCase } from './runCase.js';
import { startSubgraphServer, type SubgraphServer } from './subgraphServer.js';
import { suites } from './suites.js';

/** Every case against the compiled executor, through the gateway for any supergraph, over HTTP on both sides. */

let subgraphs: SubgraphServer;
beforeAll(async () => {
  subgraphs = await startSubgraphServer(suites);
});
afterAll(() => subgraphs.close());

describe.each(suites.map((suite) => [suite.id, suite] as const))('%s', (_id, suite) => {
  let gateway: TestStandalone;
  beforeAll(async () => {
    gateway = await startTestStandalone(subgraphs.supergraphOf(suite));
  });
  afterAll(() => gateway.close());

  test.each(suite.cases.map((entry) => [entry.name, entry] as const))('%s', async (_name, entry) => {
    expect(await runCase(entry, (body) => gateway.ask(body), subgraphs)).toEqual([]);
  });
});

test('there are enough cases, and none has the name of another', () => {
  const names = suites.flatMap(({ cases, id }) => cases.map(({ name }) => `${id}: ${name}`));
  expect(names.length).toBeGreaterThanOrEqual(440);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(suites.map(({ id }) => id)).size).toBe(suites.length);
});
