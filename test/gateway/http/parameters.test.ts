import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from '../../../enclave/refusals.js';
import { HttpProblem } from '../../../gateway/http/httpProblem.js';
import type { HttpRequest } from '../../../gateway/http/httpMessage.js';
import { INPUT_LIMITS } from '../../../gateway/http/inputLimits.js';
import { readParameters } from '../../../gateway/http/parameters.js';

const post = (body: string | Uint8Array): HttpRequest => ({
  method: 'POST',
  search: '',
  header: (name) => (name === 'content-type' ? 'application/json' : undefined),
  body: () => Promise.resolve(typeof body === 'string' ? new TextEncoder().encode(body) : body),
  signal: new AbortController().signal,
  abort: () => undefined,
});
const get = (search: string): HttpRequest => ({ ...post(''), method: 'GET', search });
const read = (request: HttpRequest) => readParameters(request, INPUT_LIMITS);
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('parameters are read', () => {
  const whole = {
    query: 'query A { a }',
    documentId: undefined,
    operationName: 'A',
    variables: { id: 1 },
    extensions: { x: true },
  };

  test('from a body', async () => {
    expect(await read(post(JSON.stringify({ ...whole, other: 'ignored' })))).toEqual(whole);
  });

  test('from a query string', async () => {
    const search = new URLSearchParams({
      query: whole.query,
      operationName: 'A',
      variables: '{"id":1}',
      extensions: '{"x":true}',
      other: 'ignored',
    });
    expect(await read(get(`?${search.toString()}`))).toEqual(whole);
  });

  test('where null and empty count as absent', async () => {
    const nothing = {
      query: undefined,
      documentId: undefined,
      operationName: undefined,
      variables: {},
      extensions: {},
    };
    expect(await read(post('{"query":null,"operationName":null,"variables":null,"extensions":null}'))).toEqual(nothing);
    expect(await read(post('{"operationName":""}'))).toEqual(nothing);
    expect(await read(get('query=&variables=&operationName='))).toEqual(nothing);
  });

  test('with names that objects have by nature', async () => {
    const { query, variables } = await read(
      post('{"__proto__":{"query":"{ hidden }"},"variables":{"__proto__":{"a":1},"constructor":2}}'),
    );
    expect(query).toBeUndefined();
    expect(Object.keys(variables)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(variables)).toBe(Object.prototype);
  });
});

describe('a request is refused as malformed', () => {
  test.each([
    ['without a body', ''],
    ['that is no JSON', '{ "query": '],
    ['that is a string', '"{ a }"'],
    ['that is null', 'null'],
    ['that is a batch', '[{"query":"{ a }"}]'],
    ['that is an empty batch', '[]'],
    ['whose query is a number', '{"query":1}'],
    ['whose query is a list', '{"query":["{ a }"]}'],
    ['whose documentId is an object', '{"documentId":{}}'],
    ['whose operationName is a boolean', '{"query":"{ a }","operationName":true}'],
    ['whose variables are a list', '{"query":"{ a }","variables":[1]}'],
    ['whose variables are a string', '{"query":"{ a }","variables":"{}"}'],
    ['whose extensions are a number', '{"query":"{ a }","extensions":0}'],
    ['with a byte order mark of UTF-16', '\ufeff\u0000'],
  ])('%s', async (_what, body) => {
    await expect(read(post(body))).rejects.toMatchObject({ status: 400, refusal: { code: 'BAD_INPUT' } });
  });

  test('that is not UTF-8', async () => {
    const bytes = Buffer.from([...Buffer.from('{"query":"'), 0xff, 0xfe, ...Buffer.from('"}')]);
    await expect(read(post(bytes))).rejects.toMatchObject({ status: 400 });
  });

  test.each([
    ['a parameter twice', 'query={a}&query={b}'],
    ['variables that are no JSON', 'query={a}&variables={'],
    ['variables that are a list', 'query={a}&variables=[]'],
    ['extensions that are a string', 'query={a}&extensions="x"'],
  ])('in a query string with %s', async (_what, search) => {
    await expect(read(get(search))).rejects.toMatchObject({ status: 400 });
  });

  test('and does not say what it was', async () => {
    const message = await read(post('{"variables": {"name": "Ada Lovelace"')).catch((thrown: unknown) =>
      String(thrown),
    );
    expect(message).not.toContain('Ada');
  });
});

describe('variables are bounded', () => {
  const withVariable = (json: string) => post(`{"query":"{ a }","variables":{"v":${json}}}`);
  const limited = (json: string) =>
    readParameters(withVariable(json), { inputDepth: 5, listItems: 4, inputValues: 12 });

  test.each([
    ['levels', nested(4), nested(5)],
    ['levels of objects', '{"a":{"a":{"a":1}}}', '{"a":{"a":{"a":{"a":{}}}}}'],
    ['entries in one list', '[1,2,3,4]', '[1,2,3,4,5]'],
    ['values', '[[1,2],[1,2]]', '[[1,2,3],[1,2,3],[1,2,3]]'],
  ])('in %s', async (_what, within, above) => {
    await expect(limited(within)).resolves.toBeDefined();
    await expect(limited(above)).rejects.toMatchObject({ code: 'OPERATION_TOO_COMPLEX' });
  });

  test('also where they are nested a hundred thousand times', async () => {
    await expect(read(withVariable(nested(100_000)))).rejects.toBeInstanceOf(Refusal);
    const search = `query={a}&extensions={"a":${nested(100_000)}}`;
    await expect(read(get(search))).rejects.toBeInstanceOf(Refusal);
  });
});

test('arbitrary bodies and query strings are read or refused, and nothing else happens', async () => {
  const isRefusal = (thrown: unknown) => thrown instanceof HttpProblem || thrown instanceof Refusal;
  const outcome = (request: HttpRequest) => read(request).then(() => true, isRefusal);
  const bodies = fc.oneof(fc.string(), fc.json(), fc.uint8Array());
  await fc.assert(fc.asyncProperty(bodies, async (body) => outcome(post(body))));
  await fc.assert(fc.asyncProperty(fc.string(), async (search) => outcome(get(search))));
});
