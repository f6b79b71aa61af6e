import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCompiledExecutor } from '../../../gateway/execution/compiled/executor.js';
import type { SubgraphTransport } from '../../../gateway/execution/compiled/transport.js';
import { composeRetail } from './retail/compose.js';
import { QUERIES, type BenchQuery } from './retail/queries.js';
import { serveRetail, type RunningRetail } from './retail/serve.js';
import { SUBGRAPHS } from './retail/subgraphs.js';

let retail: RunningRetail;
let supergraphSdl: string;

beforeAll(async () => {
  retail = await serveRetail();
  supergraphSdl = composeRetail(retail.urls);
});

afterAll(() => retail.close());

describe('the queries of the gateway bench', () => {
  test('the deep one takes at most 8 calls and 2.1 KB to answer about 87 KB from all subgraphs', async () => {
    const { asked, text, traffic } = await ask('deep', 'hive');
    expect(traffic.calls).toBeLessThanOrEqual(8);
    expect(traffic.bytesSent).toBeLessThanOrEqual(2100);
    expect(text.length).toBeGreaterThan(85_000);
    expect(text.length).toBeLessThan(89_000);
    expect([...asked].sort()).toEqual([...SUBGRAPHS]);
  });

  test('the small one takes 4 calls to answer about 500 bytes', async () => {
    const { text, traffic } = await ask('small', 'hive');
    expect(traffic.calls).toBe(4);
    expect(text.length).toBeLessThan(600);
  });

  test.each(QUERIES.map(({ name }) => name))('the %s one has the same answer by both planners', async (name) => {
    const [hive, apollo] = [await ask(name, 'hive'), await ask(name, 'apollo')];
    expect(JSON.parse(apollo.text)).toEqual(JSON.parse(hive.text));
    expect(JSON.parse(hive.text)).not.toHaveProperty('errors');
  });

  test('answers that are remembered are those that were computed', async () => {
    const [first, again] = [await ask('deep', 'hive'), await ask('deep', 'hive')];
    expect(again).toEqual(first);
  });
});

async function ask(name: BenchQuery['name'], planner: 'apollo' | 'hive') {
  const asked = new Set<string>();
  const transport: SubgraphTransport = {
    async fetch(subgraph, body) {
      asked.add(subgraph);
      const url = retail.urls[subgraph as keyof typeof retail.urls];
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      return { status: answer.status, body: await answer.json() };
    },
  };
  const executor = createCompiledExecutor({ supergraphSdl, planner, transport });
  const { operationName, query } = JSON.parse(QUERIES.find((each) => each.name === name)?.body ?? '{}') as {
    readonly query: string;
    readonly operationName: string;
  };
  retail.takeTraffic();
  const answer = await executor.execute(executor.prepare(query, operationName), { variables: {}, context: undefined });
  return { asked, text: answer.text, traffic: retail.takeTraffic() };
}
