import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestSystem, type DiagnosisState, type TestSystem } from './support/system.js';

const situations: [DiagnosisState, code: string][] = [
  ['wrong measurement', 'POLICY_NOT_SATISFIED'],
  ['unreachable', 'PEER_UNREACHABLE'],
];

describe.each(situations)('a subgraph with %s', (diagnosis, code) => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startTestSystem({ diagnosis });
  });
  afterAll(() => system.close());

  test('is sent nothing, and everything else is answered', async () => {
    const answer = await system.graphql('{ about studies { id rows finding } patient(id: 1) { name score } models }', {
      scopes: [],
    });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({
      about: 'a hospital',
      studies: [
        { id: 's1', rows: 2, finding: null },
        { id: 's2', rows: 3, finding: null },
      ],
      patient: { name: 'Ada Lovelace', score: null },
      models: null,
    });
    const { errors = [] } = answer.body;
    expect(errors.map(({ path }) => path?.join('.')).sort()).toEqual([
      'models',
      'patient.score',
      'studies.0.finding',
      'studies.1.finding',
    ]);
    for (const { extensions } of errors) expect(extensions).toMatchObject({ code, party: 'diagnosis' });
    expect(system.countedAtDiagnosis().bytes).toBe(0);
  });

  test('is asked again without waiting for ever', async () => {
    const startedAt = performance.now();
    await system.graphql('{ studies { finding } }', { scopes: [] });
    await system.graphql('{ studies { finding } }', { scopes: [] });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('the measurement alone decides whether a byte is sent', () => {
  const rows: ['counted' | 'wrong measurement', sent: boolean, code: string][] = [
    ['counted', true, 'TIMEOUT'],
    ['wrong measurement', false, 'POLICY_NOT_SATISFIED'],
  ];
  test.each(rows)('%s', async (diagnosis, sent, code) => {
    const system = await startTestSystem({ diagnosis, fetchTimeoutMs: 1000 });
    try {
      const { body } = await system.graphql('{ studies { finding } models }', { scopes: [] });
      expect(new Set(body.errors?.map(({ extensions }) => extensions.code))).toEqual(new Set([code]));
      const { connections, bytes } = system.countedAtDiagnosis();
      expect(connections).toBeGreaterThan(0);
      expect(bytes > 0).toBe(sent);
    } finally {
      await system.close();
    }
  });
});

test('the failed claims say what was expected and what came', async () => {
  const system = await startTestSystem({ diagnosis: 'wrong measurement' });
  try {
    const { body } = await system.graphql('{ studies { finding } }', { scopes: [] });
    const extensions = body.errors?.[0]?.extensions;
    expect(extensions?.failures).toContainEqual({
      claim: 'measurement',
      expected: expect.stringContaining('a reference value of'),
      actual: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(extensions?.policy).toBe('imaging');
  } finally {
    await system.close();
  }
});
