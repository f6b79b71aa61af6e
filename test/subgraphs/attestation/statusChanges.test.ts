import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type AttestationSubgraphWorld, startAttestationSubgraphWorld } from '../../support/attestationSubgraph.js';
import { measurementOf } from '../../support/issuer.js';
import { checkout } from '../../support/shared.js';

let world: AttestationSubgraphWorld;
beforeEach(async () => {
  world = await startAttestationSubgraphWorld();
});
afterEach(() => world.close());

interface Change {
  readonly id: string;
  readonly enclave: string;
  readonly at: number;
  readonly from: unknown;
  readonly to: unknown;
}
interface Page {
  readonly edges: readonly { cursor: string; node: Change }[];
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
  readonly missed: boolean;
}

const CHANGES = `query ($after: ID, $first: Int) {
  enclaveStatusChanges(after: $after, first: $first) {
    edges { cursor node { id enclave at from { outcome code } to { outcome code tcbStatus failures { claim actual } } } }
    pageInfo { endCursor hasNextPage }
    missed
  }
}`;
const changes = async (variables: Record<string, unknown> = {}) =>
  (await world.ask(CHANGES, variables, [])).data?.enclaveStatusChanges as Page;
const look = async () =>
  (
    await world.ask(`{
      enclave(name: "patient") {
        reachable since lastSeen status { outcome code tcbStatus }
        attestationResult { tcbStatus advisoryIds } lastAttestationResult { id measurement restored }
        statusChanges { from { outcome } to { outcome code } at }
      }
    }`)
  ).data?.enclave as Record<string, unknown>;
const later = (ms = 60_000) => (world.time += ms);

describe('a change of an enclave’s status', () => {
  test('is seen after the vendor calls its machine out of date, and again when it is mended', async () => {
    await look();
    const begin = await changes();
    expect(begin.edges.map(({ node }) => [node.enclave, node.from])).toEqual([['patient', null]]);

    later();
    world.setPlatform({ status: 'OutOfDate', advisoryIds: ['INSECURE-SA-00007'] });
    await world.restartPatient();
    expect(await look()).toMatchObject({
      reachable: true,
      since: world.time / 1000,
      status: { outcome: 'NOT_ACCEPTABLE', code: 'POLICY_NOT_SATISFIED', tcbStatus: 'OutOfDate' },
      attestationResult: { tcbStatus: 'OutOfDate', advisoryIds: ['INSECURE-SA-00007'] },
    });
    const news = await changes({ after: begin.pageInfo.endCursor });
    expect(news.edges.map(({ node: { id: _, ...node } }) => node)).toEqual([
      {
        enclave: 'patient',
        at: world.time / 1000,
        from: { outcome: 'ACCEPTED', code: null },
        to: {
          outcome: 'NOT_ACCEPTABLE',
          code: 'POLICY_NOT_SATISFIED',
          tcbStatus: 'OutOfDate',
          failures: [{ claim: 'tcbStatus', actual: 'OutOfDate' }],
        },
      },
    ]);

    later();
    world.setPlatform({});
    await world.restartPatient();
    await look();
    const end = await changes({ after: news.pageInfo.endCursor });
    expect(end.edges.map(({ node }) => node.to)).toMatchObject([{ outcome: 'ACCEPTED', tcbStatus: 'UpToDate' }]);
    expect(await changes({ after: end.pageInfo.endCursor })).toEqual({
      edges: [],
      pageInfo: { endCursor: end.pageInfo.endCursor, hasNextPage: false },
      missed: false,
    });
  });

  test('is seen when the enclave goes away, and what it was is still told', async () => {
    await look();
    const seen = world.time / 1000;
    later();
    await world.stopPatient();
    expect(await look()).toMatchObject({
      reachable: false,
      since: seen + 60,
      lastSeen: seen,
      status: { outcome: 'COULD_NOT_TELL', code: 'PEER_UNREACHABLE' },
      attestationResult: null,
      lastAttestationResult: { measurement: measurementOf('patient') },
      statusChanges: [{ from: { outcome: 'ACCEPTED' }, to: { code: 'PEER_UNREACHABLE' } }, { from: null }],
    });
  });

  test('is none where nothing passes but time', async () => {
    await look();
    for (let hour = 1; hour < 4; hour++) {
      later(3_600_000);
      await look();
    }
    expect((await changes()).edges).toHaveLength(1);
  });

  test('is told once over a restart, and a cursor stays good', async () => {
    await look();
    later();
    await world.stopPatient();
    await look();
    const { edges, pageInfo } = await changes();
    expect(edges).toHaveLength(2);

    await world.restart();
    expect((await changes()).edges).toEqual(edges);
    later();
    expect(await look()).toMatchObject({ lastAttestationResult: { restored: true } });
    expect((await changes({ after: pageInfo.endCursor })).edges).toEqual([]);
    await world.restartPatient();
    later();
    await look();
    expect((await changes({ after: pageInfo.endCursor })).edges.map(({ node }) => node.to)).toMatchObject([
      { outcome: 'ACCEPTED' },
    ]);
  });

  test('is found in the background, although nobody looks', async () => {
    await world.restart({ probeSeconds: 1 });
    let page = await changes();
    for (let tries = 0; page.edges.length < 2 && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      page = await changes();
    }
    expect(page.edges.map(({ node }) => node.enclave).sort()).toEqual(['inference', 'patient']);
  });
});

describe('a page of changes', () => {
  test('has as many as were asked for, and says whether more follow', async () => {
    await world.ask('{ enclaves { name } }');
    const first = await changes({ first: 1 });
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = await changes({ first: 1, after: first.pageInfo.endCursor });
    expect(second.pageInfo.hasNextPage).toBe(false);
    expect(Number(second.edges[0]?.cursor)).toBeGreaterThan(Number(first.edges[0]?.cursor));
  });

  test('says that changes were missed where the cursor is of a history that was lost', async () => {
    await look();
    expect((await changes({ after: '17' })).missed).toBe(true);
    expect((await changes({ after: '999999999999999' })).missed).toBe(true);
  });

  test.each([
    [{ first: 0 }, 'BAD_INPUT'],
    [{ first: 101 }, 'BAD_INPUT'],
    [{ after: '-1' }, 'BAD_INPUT'],
    [{ after: 'constructor' }, 'BAD_INPUT'],
    [{ after: '9'.repeat(400) }, 'BAD_INPUT'],
  ])('is refused for %j', async (variables, code) => {
    expect((await world.ask(CHANGES, variables)).errors?.[0]?.extensions.code).toBe(code);
  });
});

test('the examples of the README run', async () => {
  const readme = readFileSync(join(checkout, 'subgraphs/attestation/README.md'), 'utf8');
  const examples = [...readme.matchAll(/```graphql\n([^]*?)```/g)].map(([, text]) => text ?? '');
  expect(examples).toHaveLength(3);
  for (const example of examples) {
    const { data, errors } = await world.ask(example, {}, []);
    expect(errors).toBeUndefined();
    expect(data).not.toBeNull();
  }
});
