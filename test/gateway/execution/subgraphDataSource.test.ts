import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PartyVerdict } from '../../../gateway/enforcement/decide.js';
import { readRequirements } from '../../../gateway/enforcement/requirements.js';
import { createSubgraphDataSource } from '../../../gateway/execution/subgraphDataSource.js';
import { createSubgraphs, type Subgraphs } from '../../../gateway/execution/subgraphs.js';
import { person, wrongMeasurement } from '../support/clinic.js';
import { startTestSystem, type TestSystem } from '../support/system.js';

/**
 * The backstop alone: fetches that nobody decided on, as a planner with a fault would make them. The diagnosis service is
 * genuine and accepted as a component, and may have images but no patient record.
 */
let system: TestSystem;
let subgraphs: Subgraphs;
beforeAll(async () => {
  system = await startTestSystem({ diagnosis: 'counted' });
  const { trust } = system.attested;
  const identity = await system.attested.identity('gateway');
  subgraphs = createSubgraphs({ urls: system.subgraphUrls, identity, trust, now: Date.now });
});
afterAll(async () => {
  await subgraphs.close();
  await system.close();
});

const good: PartyVerdict = { accepted: true, simulated: true };
const query =
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Patient { score } } }';

/** Sends one fetch to the diagnosis service; answers the codes of its errors and the bytes that arrived. */
async function fetchWith(
  representation: object,
  own: PartyVerdict = good,
): Promise<{ codes: unknown[]; sent: boolean }> {
  const source = createSubgraphDataSource({
    name: 'diagnosis',
    subgraphs,
    requirements: readRequirements(system.supergraphSdl),
    policies: system.attested.trust.policies,
    ownVerdict: () => own,
    timeoutMs: 700,
  });
  const before = system.countedAtDiagnosis().bytes;
  const context = { caller: person, requestId: 'r', outcome: {} };
  const request = { query, variables: { representations: [representation] } };
  const { errors = [] } = await source.process({ kind: 'incoming operation', request, context } as never);
  return { codes: errors.map(({ extensions }) => extensions?.code), sent: system.countedAtDiagnosis().bytes > before };
}

describe('a fetch to the diagnosis service', () => {
  const rows: [what: string, representation: object, code: string, sent: boolean][] = [
    ['that carries nothing attested is sent', { __typename: 'Patient', id: '1' }, 'TIMEOUT', true],
    [
      'that carries pixels is sent, since it may have those',
      { __typename: 'Study', id: 's', pixels: 'P' },
      'TIMEOUT',
      true,
    ],
    ['that carries a name is not', { __typename: 'Patient', id: '1', name: 'Ada' }, 'POLICY_NOT_SATISFIED', false],
    ['that carries what cannot be told is not', { __typename: 'Patient', id: '1', unknown: 'Ada' }, 'INTERNAL', false],
  ];
  test.each(rows)('%s', async (_, representation, code, sent) => {
    expect(await fetchWith(representation)).toEqual({ codes: [code], sent });
  });

  test('is not sent by a gateway that does not satisfy the policy itself', async () => {
    const pixels = { __typename: 'Study', id: 's', pixels: 'P' };
    expect(await fetchWith(pixels, wrongMeasurement)).toEqual({ codes: ['POLICY_NOT_SATISFIED'], sent: false });
  });
});
