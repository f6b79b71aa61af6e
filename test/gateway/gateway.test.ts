import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestSystem, type Answer, type TestSystem } from './support/system.js';

const codesOf = ({ body }: Answer) =>
  (body.errors ?? []).map(({ path, extensions }) => `${path?.join('.') ?? ''} ${String(extensions.code)}`);

const callerIn = ({ body }: Answer) => JSON.parse(String(body.data?.caller)) as Record<string, unknown>;

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem();
});
afterAll(() => system.close());

describe('a signed-in person', () => {
  test('gets attested values with the notice that the enclaves are simulated', async () => {
    const answer = await system.graphql('{ patient(id: 1) { id name score } }', { scopes: [] });
    expect(answer.body).toEqual({
      data: { patient: { id: '1', name: 'Ada Lovelace', score: 7 } },
      extensions: { attestation: { simulated: true, notice: expect.stringContaining('Simulated enclaves') } },
    });
    expect(answer.headers.get('cloister-notice')).toContain('Simulated enclaves');
  });

  test('gets no notice where nothing attested is in the answer', async () => {
    const answer = await system.graphql('{ about patient(id: 1) { since } }', { scopes: [] });
    expect(answer.body).toEqual({ data: { about: 'a hospital', patient: { since: '2020' } } });
    expect(answer.headers.get('cloister-notice')).toBeNull();
  });

  test('gets null and a coded error at the path of a field whose scope is missing, and everything beside it', async () => {
    const answer = await system.graphql('{ find { id phone since } about }', { scopes: ['other'] });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({
      find: [
        { id: '1', phone: null, since: '2020' },
        { id: '2', phone: null, since: '2021' },
      ],
      about: 'a hospital',
    });
    expect(codesOf(answer)).toEqual(['find.0.phone SCOPE_MISSING', 'find.1.phone SCOPE_MISSING']);
    expect(answer.text).not.toContain('555');
  });

  test('is told to the subgraphs as the gateway established it', async () => {
    const answer = await system.graphql('{ caller }', {
      scopes: ['a', 'b'],
      headers: { 'cloister-caller': 'forged' },
    });
    expect(callerIn(answer)).toEqual({
      kind: 'person',
      id: 'dr-a',
      roles: ['clinician'],
      scopes: ['a', 'b'],
      channel: 'local',
    });
  });

  test('may change things with the scope for it', async () => {
    const before = system.counted();
    const { body } = await system.graphql('mutation { count }', { scopes: ['count'] });
    expect(body).toEqual({ data: { count: before + 1 } });
  });
});

describe('who is not signed in', () => {
  test('gets what is public, and a coded error for the rest', async () => {
    const answer = await system.graphql('{ about patient(id: 1) { id } }');
    expect(answer.body.data).toEqual({ about: 'a hospital', patient: null });
    expect(codesOf(answer)).toEqual(['patient UNAUTHENTICATED']);
  });

  test('does not change anything: a refused mutation is not executed', async () => {
    const before = system.counted();
    const answer = await system.graphql('mutation { count }');
    expect(answer.body.data).toEqual({ count: null });
    expect(codesOf(answer)).toEqual(['count UNAUTHENTICATED']);
    expect(system.counted()).toBe(before);
  });

  test('may introspect, and is given no suggestions', async () => {
    const { body } = await system.graphql('{ __schema { queryType { name } } __type(name: "Patient") { name } }');
    expect(body).toEqual({ data: { __schema: { queryType: { name: 'Query' } }, __type: { name: 'Patient' } } });
    const wrong = '{ patientt(id: 1) { id } }';
    expect((await system.graphql(wrong)).text).not.toContain('Did you mean');
    expect((await system.graphql(wrong, { scopes: [] })).text).toContain('Did you mean');
  });
});

describe('a value that another subgraph requires', () => {
  test('goes there where that subgraph satisfies the policy of the value', async () => {
    const { body } = await system.graphql('{ studies { id finding } }', { scopes: [] });
    expect(body.data?.studies).toContainEqual({ id: 's1', finding: 'saw PIXELS' });
  });

  test('does not where it does not: the field is refused, and the value stays', async () => {
    const before = system.received.length;
    const answer = await system.graphql('{ patient(id: 1) { name risk score } }', { scopes: [] });
    expect(answer.body.data).toEqual({ patient: { name: 'Ada Lovelace', risk: null, score: 7 } });
    expect(answer.body.errors).toEqual([
      {
        message: expect.stringContaining('Patient.name may not go to diagnosis under the policy patient-record'),
        path: ['patient', 'risk'],
        extensions: {
          code: 'POLICY_NOT_SATISFIED',
          kind: 'not-acceptable',
          policy: 'patient-record',
          party: 'diagnosis',
          failures: [{ claim: 'enclave', expected: 'gateway, patient', actual: 'diagnosis' }],
        },
      },
    ]);
    expect(JSON.stringify(system.received.slice(before))).not.toContain('Ada');
  });

  test('whose entity is not known there becomes an error at its path, not a silent null', async () => {
    const answer = await system.graphql('{ studies { id finding } }', { scopes: [] });
    expect(answer.body.data?.studies).toContainEqual({ id: 's2', finding: null });
    expect(codesOf(answer)).toEqual(['studies.1.finding UPSTREAM_FAILED']);
  });
});

describe('no spelling gets a value out', () => {
  const rows: [spelling: string, query: string, variables?: Record<string, unknown>][] = [
    ['an alias', '{ patient(id: 1) { id: phone } }'],
    ['an alias that is a property of every object', '{ patient(id: 1) { __proto__: phone constructor: phone } }'],
    ['a fragment', '{ patient(id: 1) { ...F } } fragment F on Patient { phone }'],
    ['an inline fragment of a union', '{ things { ... on Patient { phone } } }'],
    [
      '@include with a variable',
      'query ($yes: Boolean!) { patient(id: 1) { phone @include(if: $yes) } }',
      { yes: true },
    ],
    ['the other of two operations', 'query A { about } query B { patient(id: 1) { phone } }'],
    ['twice, once skipped', '{ patient(id: 1) { phone @skip(if: true) ... { phone } } }'],
  ];
  test.each(rows)('%s', async (_, query, variables = {}) => {
    const operationName = query.includes('query B') ? { operationName: 'B' } : {};
    const answer = await system.graphql(query, { scopes: [], variables, ...operationName });
    expect(answer.text).not.toContain('555');
    expect(codesOf(answer).join()).toContain('SCOPE_MISSING');
  });

  test('but hostile aliases of allowed fields are served as any other', async () => {
    const { text } = await system.graphql('{ patient(id: 1) { __proto__: since constructor: id } }', { scopes: [] });
    expect(text).toContain('{"patient":{"__proto__":"2020","constructor":"1"}}');
  });

  test('an attested argument does not go to a subgraph that may not have it', async () => {
    const before = system.received.length;
    const answer = await system.graphql('query ($n: String) { find(name: $n) { id } ask(question: $n) }', {
      variables: { n: 'Secret' },
    });
    // The same variable stands in both: its value is bound to what either place is bound to.
    expect(codesOf(answer)).toEqual(['find UNAUTHENTICATED', 'ask POLICY_NOT_SATISFIED']);
    expect(JSON.stringify(system.received.slice(before))).not.toContain('Secret');
  });

  test('an alias that is reserved is refused', async () => {
    const answer = await system.graphql('{ cloister__typename: about }');
    expect(answer.status).toBe(400);
    expect(codesOf(answer)).toEqual([' BAD_INPUT']);
  });
});

describe('an enclave', () => {
  test('calls over attested TLS with the scopes that callers.json gives it', async () => {
    const answer = await system.asEnclave('patient', '{ caller studies { finding } patient(id: 1) { name } }');
    const caller = callerIn(answer);
    expect(caller).toMatchObject({
      kind: 'enclave',
      id: 'patient',
      channel: 'attested',
      scopes: ['system/ImagingStudy.read', 'system/Interpretation.read'],
    });
    expect(typeof caller.attestationResult).toBe('string');
    expect(answer.body.data?.patient).toEqual({ name: 'Ada Lovelace' });
  });

  test('does not get values of a policy that it does not satisfy', async () => {
    const answer = await system.asEnclave('diagnosis', '{ patient(id: 1) { id name } studies { pixels } }');
    expect(answer.body.data?.patient).toEqual({ id: '1', name: null });
    expect(answer.body.data?.studies).toEqual([{ pixels: 'PIXELS' }, { pixels: 'MORE' }]);
    expect(codesOf(answer)).toEqual(['patient.name POLICY_NOT_SATISFIED']);
    expect(answer.text).not.toContain('Ada');
  });
});

describe('what a subgraph says when it fails', () => {
  test('does not reach the caller', async () => {
    const answer = await system.graphql('{ about broken }');
    expect(answer.body.data).toEqual({ about: 'a hospital', broken: null });
    expect(codesOf(answer)).toEqual(['broken INTERNAL']);
    expect(answer.text).not.toMatch(/SELECT|Ada|stack|response/);
  });

  test('nor do the values of wrong variables', async () => {
    const query = 'query ($id: ID!) { patient(id: $id) { id } }';
    const answer = await system.graphql(query, { scopes: [], variables: { id: { secret: 'Ada' } } });
    expect(answer.status).toBe(400);
    expect(codesOf(answer)).toEqual([' BAD_USER_INPUT']);
    expect(answer.text).not.toContain('Ada');
  });

  test('nor query plans, whatever header asks for them', async () => {
    const { text } = await system.graphql('{ about }', { headers: { 'apollo-query-plan-experimental': '1' } });
    expect(text).toBe('{"data":{"about":"a hospital"}}\n');
  });
});
