import { afterEach, describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import type { CostReport } from '../../../gateway/http/demand/demandControl.js';
import { documentId, parseManifest } from '../../../gateway/http/documents/manifest.js';
import { OwnDocuments } from '../../../gateway/http/documents/ownDocuments.js';
import { createAdmission } from '../../../gateway/http/rates/admission.js';
import { createCallerRates } from '../../../gateway/http/rates/callerRates.js';
import { nodeSchedule } from '../../../runtime/collateral/schedule.js';
import { graphqlJsExecutor } from '../../support/graphqlJsExecutor.js';
import { CLINIC_SDL, clinicRoot, refusalOf, serve, type Served, type ServedOptions } from './support/served.js';

let served: Served;
const start = async (options: ServedOptions = {}) => (served = await serve(options));
afterEach(() => served.close());

const GRAPHQL_TYPE = 'application/graphql-response+json';
const get = (search: Record<string, string>, headers: Record<string, string> = { 'apollo-require-preflight': '1' }) =>
  fetch(`${served.url}?${new URLSearchParams(search).toString()}`, { headers });

describe('an operation is answered', () => {
  test('with the text of the executor, byte for byte', async () => {
    const text = '{ "data": {"about":"räksmörgås 🏥"} }';
    const inner = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    const executor = {
      ...inner,
      execute: async (...given: Parameters<typeof inner.execute>) => ({ ...(await inner.execute(...given)), text }),
    };
    await start({ executor });
    const answer = await served.post({ query: '{ about }' });
    expect(answer.headers.get('content-length')).toBe(`${Buffer.byteLength(text)}`);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answer.text()).toBe(text);
  });

  test('with variables, and the operation that is named', async () => {
    await start();
    const query = 'query A { about } query B($name: String) { hello(name: $name) }';
    const answer = await served.post({ query, operationName: 'B', variables: { name: 'Ada' }, extensions: null });
    expect(await answer.json()).toEqual({ data: { hello: 'hello Ada' } });
  });

  test('over GET, with a header that says that it was meant', async () => {
    await start();
    const answer = await get({ query: 'query ($name: String) { hello(name: $name) }', variables: '{"name":"Ada"}' });
    expect([answer.status, await answer.json()]).toEqual([200, { data: { hello: 'hello Ada' } }]);
  });

  test('with 200 where a part of it failed', async () => {
    await start();
    const answer = await served.post({ query: '{ about broken }' }, { accept: GRAPHQL_TYPE });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ data: null, errors: [{ path: ['broken'] }] });
  });

  test('for no cache and without an ETag', async () => {
    await start();
    for (const answer of [await served.post({ query: '{ about }' }), await get({ query: '{ about }' })]) {
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('etag')).toBeNull();
    }
  });

  test('with the context of who asks', async () => {
    const executor = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    await start({ executor });
    await served.post({ query: '{ about }' }, { 'x-caller': 'ada' });
    expect(executor.last?.context).toEqual({ identity: 'ada' });
  });

  test('by what was prepared before, however often it is asked', async () => {
    const executor = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    await start({ executor });
    for (let count = 0; count < 3; count += 1) await served.post({ query: '{ about }' });
    await served.post({ query: 'query A { about }', operationName: 'A' });
    expect(executor.counts).toEqual({ prepared: 2, executed: 4 });
  });

  test('with headers that belong to the answer', async () => {
    await start({ handler: { headersFor: () => ({ 'cloister-notice': 'Simulated.' }) } });
    expect((await served.post({ query: '{ about }' })).headers.get('cloister-notice')).toBe('Simulated.');
    expect((await served.post({ query: '{ nothing }' })).headers.get('cloister-notice')).toBeNull();
  });

  test('with names that objects have by nature', async () => {
    await start();
    const query = '{ __proto__: about constructor: about }';
    expect(await (await served.post({ query })).text()).toBe(
      '{"data":{"__proto__":"a clinic","constructor":"a clinic"}}',
    );
  });
});

describe('what is wrong with an operation', () => {
  test.each<[what: string, body: Record<string, unknown>, code: string, status: number]>([
    ['a syntax error', { query: '{' }, 'BAD_INPUT', 400],
    ['a field that there is not', { query: '{ nothing }' }, 'BAD_INPUT', 400],
    ['an operation that there is not', { query: 'query A { about }', operationName: 'B' }, 'BAD_INPUT', 400],
    ['a variable that is missing', { query: 'query ($id: ID!) { patient(id: $id) { id } }' }, 'BAD_INPUT', 400],
    [
      'a variable of a wrong type',
      { query: 'query ($n: String) { hello(name: $n) }', variables: { n: 1 } },
      'BAD_INPUT',
      400,
    ],
    [
      'too much at once',
      { query: `{ ${'patient(id: 1) { mother { '.repeat(1)}${'mother { '.repeat(12)} id ${'} '.repeat(14)} }` },
      'OPERATION_TOO_COMPLEX',
      400,
    ],
    ['a subscription', { query: 'subscription { ticks }' }, 'BAD_INPUT', 400],
    ['an identifier that there is not', { documentId: 'nothing' }, 'NOT_FOUND', 404],
  ])('%s is said with a code, as both media types want it', async (_what, body, code, status) => {
    await start();
    expect(await refusalOf(await served.post(body, { accept: 'application/json' }))).toEqual([200, code]);
    const answer = await served.post(body, { accept: GRAPHQL_TYPE });
    expect(answer.headers.get('content-type')).toBe(`${GRAPHQL_TYPE}; charset=utf-8`);
    expect(await refusalOf(answer)).toEqual([status, code]);
  });

  test('is not quoted back, and suggests nothing', async () => {
    await start();
    const wrongVariable = await served.post({
      query: 'query ($n: String) { hello(name: $n) }',
      variables: { n: ['Ada Lovelace'] },
    });
    expect(await wrongVariable.text()).not.toContain('Ada');
    expect(await (await served.post({ query: '{ abou }' })).text()).not.toMatch(/did you mean/i);
  });
});

describe('a request that is no GraphQL request is refused', () => {
  const json = { 'content-type': 'application/json' };
  const body = '{"query":"{ about }"}';

  test.each<[what: string, init: RequestInit, status: number]>([
    ['with an Accept of other types', { method: 'POST', headers: { ...json, accept: 'text/html' }, body }, 406],
    ['with a body of another type', { method: 'POST', headers: { 'content-type': 'text/plain' }, body }, 415],
    ['with a form', { method: 'POST', body: new URLSearchParams({ query: '{ about }' }) }, 415],
    ['with a form with files', { method: 'POST', body: new FormData() }, 415],
    ['with a compressed body', { method: 'POST', headers: { ...json, 'content-encoding': 'gzip' }, body }, 415],
    ['with PUT', { method: 'PUT', headers: json, body }, 405],
    ['with DELETE', { method: 'DELETE' }, 405],
    [
      'with a body that is too large',
      { method: 'POST', headers: json, body: `{"query":"${' '.repeat(100_000)}"}` },
      413,
    ],
    ['with several operations', { method: 'POST', headers: json, body: `[${body},${body}]` }, 400],
  ])('%s', async (_what, init, status) => {
    await start();
    const answer = await fetch(served.url, init);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { kind: 'caller' } }] });
  });

  test('with the methods that are taken', async () => {
    await start();
    expect((await fetch(served.url, { method: 'PATCH' })).headers.get('allow')).toBe('GET, POST');
  });
});

describe('over GET', () => {
  test('nothing is answered that a page of another origin can cause', async () => {
    await start();
    expect(await refusalOf(await get({ query: '{ about }' }, {}))).toEqual([400, 'BAD_INPUT']);
    expect(await refusalOf(await get({ query: '{ about }' }, { origin: 'https://evil.test' }))).toEqual([
      400,
      'BAD_INPUT',
    ]);
  });

  test('nothing is changed', async () => {
    const executor = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    await start({ executor });
    const answer = await get({ query: 'mutation { rename(id: 1, name: "x") { id } }' });
    expect(answer.headers.get('allow')).toBe('POST');
    expect(await refusalOf(answer)).toEqual([405, 'OPERATION_NOT_ALLOWED']);
    const both = { query: 'query A { about } mutation B { rename(id: 1, name: "x") { id } }', operationName: 'B' };
    expect((await get(both)).status).toBe(405);
    expect(executor.counts.executed).toBe(0);
  });
});

describe('who asks', () => {
  test('is refused with the status of the refusal in both media types', async () => {
    const askerOf = () => {
      throw new Refusal('UNAUTHENTICATED', 'The access token is not valid.');
    };
    await start({ edge: { askerOf } });
    for (const accept of ['application/json', GRAPHQL_TYPE]) {
      const answer = await served.post({ query: '{ about }' }, { accept });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      expect(answer.headers.get('content-type')).toContain(accept);
      expect(await refusalOf(answer)).toEqual([401, 'UNAUTHENTICATED']);
    }
  });

  test('is not asked for a request that is none', async () => {
    let asked = 0;
    await start({ edge: { askerOf: () => ({ identity: undefined, context: (asked += 1) }) } });
    await fetch(served.url, { method: 'PUT' });
    await get({ query: '{ about }' }, {});
    expect(asked).toBe(0);
  });
});

describe('introspection', () => {
  const query = '{ ...F } fragment F on Query { __schema { queryType { name } } }';

  test.each([
    ['everybody', undefined, true],
    ['authenticated', undefined, false],
    ['authenticated', 'ada', true],
    ['nobody', 'ada', false],
  ] as const)('open to %s, asked by %s', async (introspection, caller, isOpen) => {
    await start({ handler: { introspection } });
    const answer = await served.post(
      { query },
      { accept: GRAPHQL_TYPE, ...(caller === undefined ? {} : { 'x-caller': caller }) },
    );
    if (isOpen) expect(answer.status).toBe(200);
    else expect(await refusalOf(answer)).toEqual([400, 'OPERATION_NOT_ALLOWED']);
  });

  test('is never in the way of __typename', async () => {
    await start({ handler: { introspection: 'nobody' } });
    expect(await (await served.post({ query: '{ __typename }' })).json()).toEqual({ data: { __typename: 'Query' } });
  });
});

describe('trusted documents', () => {
  const trusted = () => parseManifest(JSON.stringify({ about: 'query About { about }' }));

  test('are asked for by their identifier, over POST and GET', async () => {
    await start({ handler: { documents: { mode: 'enforce', trusted } } });
    const expected = { data: { about: 'a clinic' } };
    expect(await (await served.post({ documentId: 'about' })).json()).toEqual(expected);
    expect(await (await get({ documentId: 'about' })).json()).toEqual(expected);
    const persistedQuery = { version: 1, sha256Hash: documentId('query About { about }') };
    expect(await (await served.post({ extensions: { persistedQuery } })).json()).toEqual(expected);
  });

  test('are all that is executed in the mode enforce', async () => {
    const executor = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    await start({ executor, handler: { documents: { mode: 'enforce', trusted } } });
    const answer = await served.post({ query: '{ about }' }, { accept: GRAPHQL_TYPE });
    expect(await refusalOf(answer)).toEqual([400, 'OPERATION_NOT_ALLOWED']);
    expect(executor.counts).toEqual({ prepared: 0, executed: 0 });
  });

  test('of one caller’s own making are nobody else’s', async () => {
    await start({ handler: { documents: { mode: 'off', own: new OwnDocuments() } } });
    const query = '{ about }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: documentId(query) } };
    await served.post({ query, extensions }, { 'x-caller': 'ada' });
    expect((await served.post({ extensions }, { 'x-caller': 'ada' })).status).toBe(200);
    const other = await served.post({ extensions }, { 'x-caller': 'grace' });
    expect(await other.json()).toMatchObject({ errors: [{ message: 'PersistedQueryNotFound' }] });
  });
});

const COSTLY = `
  schema @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize"]) { query: Query mutation: Mutation }
  ${CLINIC_SDL.replace(
    'patients(ids: [ID!]): [Patient!]',
    'patients(ids: [ID!]): [Patient!] @listSize(assumedSize: 20)',
  ).replace('about: String!', 'about: String! @cost(weight: 3)')}
`;

describe('demand', () => {
  const expensive = '{ about patients { id } }';
  const demand = { mode: 'enforce', maximumCost: 22, defaultListSize: 10, actualEvery: 1 } as const;

  test('above the limit is refused before anything is executed', async () => {
    const reports: CostReport[] = [];
    const executor = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    await start({ executor, supergraph: COSTLY, handler: { demand, onCost: (report) => reports.push(report) } });
    const answer = await served.post({ query: expensive }, { accept: GRAPHQL_TYPE });
    expect(await answer.json()).toMatchObject({
      errors: [
        {
          message: 'The operation is estimated to cost 23; the limit is 22.',
          extensions: { code: 'OPERATION_TOO_COMPLEX' },
        },
      ],
    });
    expect(executor.counts.executed).toBe(0);
    expect(reports).toEqual([{ operationName: undefined, estimated: 23, actual: undefined, outcome: 'refused' }]);
  });

  test('is only measured in the mode measure, and told with what it really was', async () => {
    const reports: CostReport[] = [];
    const mode = { ...demand, mode: 'measure' } as const;
    await start({ supergraph: COSTLY, handler: { demand: mode, onCost: (report) => reports.push(report) } });
    await served.post({ query: `query A ${expensive}`, operationName: 'A' });
    await served.post({ query: '{ patients { id } }' });
    expect(reports).toEqual([
      { operationName: 'A', estimated: 23, actual: 5, outcome: 'exceeded' },
      { operationName: undefined, estimated: 20, actual: 2, outcome: 'within' },
    ]);
  });

  test('is not looked at in the mode off', async () => {
    const reports: CostReport[] = [];
    const off = { ...demand, mode: 'off' } as const;
    await start({ supergraph: COSTLY, handler: { demand: off, onCost: (report) => reports.push(report) } });
    expect((await served.post({ query: expensive })).status).toBe(200);
    expect(reports).toEqual([]);
  });

  test('is counted of every so many-th answer only', async () => {
    const reports: CostReport[] = [];
    const sampled = { ...demand, actualEvery: 3 };
    await start({ supergraph: COSTLY, handler: { demand: sampled, onCost: (report) => reports.push(report) } });
    for (let count = 0; count < 6; count += 1) await served.post({ query: '{ about }' });
    expect(reports.map(({ actual }) => actual)).toEqual([undefined, undefined, 3, undefined, undefined, 3]);
  });

  test('is shown in a header to who may see it, and to nobody else', async () => {
    const mayReadCost = ({ identity }: { identity: string | undefined }) => identity === 'operator';
    await start({ supergraph: COSTLY, handler: { demand, mayReadCost } });
    const answer = await served.post({ query: '{ patients { id } }' }, { 'x-caller': 'operator' });
    expect(answer.headers.get('cloister-cost')).toBe('estimated=20, actual=2');
    expect((await served.post({ query: '{ about }' })).headers.get('cloister-cost')).toBeNull();
  });

  test('uses up what a caller may ask for in a time, less what was not used', async () => {
    const rates = createCallerRates({ costs: { capacity: 40, perSecond: 1 }, callers: 10, now: () => 0 });
    await start({ supergraph: COSTLY, handler: { demand, rates } });
    const ask = (caller: string) => served.post({ query: '{ patients { id } }' }, { 'x-caller': caller });
    // Each is estimated to cost 20, and costs 2.
    for (let count = 0; count < 11; count += 1) expect((await ask('ada')).status).toBe(200);
    const answer = await ask('ada');
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await refusalOf(answer)).toEqual([429, 'RATE_LIMITED']);
    expect((await ask('grace')).status).toBe(200);
  });
});

describe('rates', () => {
  test('of one caller are used up without those of another', async () => {
    const rates = createCallerRates({ requests: { capacity: 2, perSecond: 0.1 }, callers: 10, now: () => 0 });
    await start({ handler: { rates } });
    const ask = (caller: string) => served.post({ query: '{ about }' }, { 'x-caller': caller });
    expect([(await ask('ada')).status, (await ask('ada')).status]).toEqual([200, 200]);
    const answer = await ask('ada');
    expect(answer.headers.get('retry-after')).toBe('10');
    expect(await refusalOf(answer)).toEqual([429, 'RATE_LIMITED']);
    expect((await ask('grace')).status).toBe(200);
  });

  test('of callers without a name are counted by where they come from, and no name is a way around', async () => {
    const rates = createCallerRates({ requests: { capacity: 1, perSecond: 0.1 }, callers: 10, now: () => 0 });
    const askerOf = ({ headers }: { headers: Record<string, string | string[] | undefined> }) => ({
      identity: undefined,
      origin: String(headers['x-from']),
      context: undefined,
    });
    await start({ handler: { rates }, edge: { askerOf } });
    const ask = async (from: string) => (await served.post({ query: '{ about }' }, { 'x-from': from })).status;
    expect([await ask('10.0.0.1'), await ask('10.0.0.1'), await ask('10.0.0.2')]).toEqual([200, 429, 200]);
  });
});

describe('load', () => {
  const admission = (more = {}) =>
    createAdmission({
      concurrent: 1,
      concurrentPerCaller: 1,
      queued: 1,
      queuedPerCaller: 1,
      waitMs: 5000,
      schedule: nodeSchedule,
      ...more,
    });

  test('beyond what may wait is shed with 503, and the rest is served', async () => {
    const gate = admission();
    await start({ handler: { admission: gate } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => served.post({ query: '{ slow }' })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 503, 503, 503, 503]);
    const shed = answers.find(({ status }) => status === 503);
    expect(shed?.headers.get('retry-after')).toBe('1');
    expect(shed && (await refusalOf(shed))).toEqual([503, 'BUSY']);
    expect([gate.inside, gate.waiting]).toEqual([0, 0]);
  });

  test('that waited too long is shed', async () => {
    await start({ handler: { admission: admission({ waitMs: 20 }) } });
    const [first, second] = await Promise.all([served.post({ query: '{ slow }' }), served.post({ query: '{ slow }' })]);
    expect([first.status, second.status].sort()).toEqual([200, 503]);
  });

  test('leaves its place also where it was refused', async () => {
    const gate = admission();
    await start({ handler: { admission: gate } });
    for (const query of ['{', '{ nothing }', '{ about }']) await served.post({ query });
    expect(gate.inside).toBe(0);
  });
});

describe('an operation that takes too long', () => {
  test('is answered with TIMEOUT, and the executor is told', async () => {
    const inner = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    await start({ executor: inner, handler: { timeoutMs: 20 } });
    const answer = await served.post({ query: '{ slow }' });
    expect(await refusalOf(answer)).toEqual([504, 'TIMEOUT']);
    expect(inner.last?.signal?.aborted).toBe(true);
  });
});

describe('errors of an answer', () => {
  test('are bounded, also where the executor does not bound them', async () => {
    await start({ handler: { maximumErrors: 3 }, limits: { aliases: 50 } });
    const query = `{ about ${Array.from({ length: 10 }, (_, index) => `p${index}: patient(id: 1) { id ...F }`).join(' ')} }
      fragment F on Patient { id }`;
    expect(await (await served.post({ query })).json()).not.toHaveProperty('errors');
    const executor = graphqlJsExecutor('type Query { n: Int }', { n: 'no number' });
    await served.close();
    await start({ executor, handler: { maximumErrors: 3 } });
    const broken = await served.post({ query: '{ a: n b: n c: n d: n e: n }' });
    const answer = (await broken.json()) as { errors: unknown[]; data: Record<string, unknown> };
    expect(answer.errors).toHaveLength(3);
    expect(Object.keys(answer.data)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('that nobody expected are hidden and reported', async () => {
    const hidden: unknown[] = [];
    const inner = graphqlJsExecutor(CLINIC_SDL, clinicRoot);
    const executor = { ...inner, execute: () => Promise.reject(new Error('password=secret')) };
    await start({ executor, handler: { onFailure: (thrown) => hidden.push(thrown) } });
    const answer = await served.post({ query: '{ about }' });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe(
      '{"errors":[{"message":"An unexpected error occurred.","extensions":{"code":"INTERNAL","kind":"fault"}}]}',
    );
    expect(hidden).toHaveLength(1);
  });
});
