import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { refusalOf, serve, type Served } from '../gateway/http/support/served.js';

/**
 * What graphql-cop (https://github.com/dolevf/graphql-cop) looks for, as requests over a real socket. Each check names what
 * it would report; where one reads an answer loosely, the test asks for the refusal itself.
 */

let standard: Served;
let closed: Served;
beforeAll(async () => {
  standard = await serve();
  closed = await serve({ handler: { introspection: 'authenticated' } });
});
afterAll(async () => {
  await standard.close();
  await closed.close();
});

const ask = async (query: string, served = standard) => {
  const answer = await served.post({ query }, { accept: 'application/graphql-response+json' });
  return (await answer.json()) as {
    data?: Record<string, unknown>;
    errors?: { message: string; extensions: object }[];
  };
};
const refusal = async (query: string, served = standard) =>
  refusalOf(await served.post({ query }, { accept: 'application/graphql-response+json' }));
const repeat = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

const TOO_COMPLEX = [400, 'OPERATION_TOO_COMPLEX'];

describe('denial of service', () => {
  test('alias overloading: a hundred aliases of __typename are refused', async () => {
    expect(await refusal(`query cop { ${repeat(101, (index) => `alias${index}:__typename`)} }`)).toEqual(TOO_COMPLEX);
  });

  test('batch queries: a list of operations is refused whole', async () => {
    const batch = Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' }));
    expect(await refusalOf(await standard.post(batch))).toEqual([400, 'BAD_INPUT']);
    expect(await refusalOf(await standard.post([]))).toEqual([400, 'BAD_INPUT']);
  });

  test('field duplication: a field that is asked 500 times is refused', async () => {
    expect(await refusal(`query cop { ${repeat(500, () => '__typename')} }`)).toEqual(TOO_COMPLEX);
  });

  test('directive overloading: ten directives on one field are one error, not ten', async () => {
    const query = 'query cop { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }';
    expect(await refusal(query)).toEqual(TOO_COMPLEX);
    expect((await ask(query)).errors).toHaveLength(1);
  });

  test('circular introspection: types of fields of types of fields are refused, though introspection is open', async () => {
    const query =
      'query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }';
    expect(await refusal(query)).toEqual(TOO_COMPLEX);
  });

  test('circular fragments: they are refused', async () => {
    const query = `query { __schema { ...A } } fragment A on __Schema { __typename ...B } fragment B on __Schema { ...A }`;
    expect(await refusal(query)).toEqual([400, 'BAD_INPUT']);
  });
});

describe('requests across origins', () => {
  test('queries over GET: none is answered that a page of another origin can cause', async () => {
    const answer = await fetch(`${standard.url}?query=${encodeURIComponent('query cop { __typename }')}`);
    expect(await refusalOf(answer)).toEqual([400, 'BAD_INPUT']);
  });

  test('mutations over GET: none is done, with and without a header', async () => {
    const url = `${standard.url}?query=${encodeURIComponent('mutation cop { __typename }')}`;
    expect(await refusalOf(await fetch(url))).toEqual([400, 'BAD_INPUT']);
    const headers = { 'apollo-require-preflight': '1' };
    expect(await refusalOf(await fetch(url, { headers }))).toEqual([405, 'OPERATION_NOT_ALLOWED']);
  });

  test('queries in a form: none is read, in the body or in the address', async () => {
    const form = new URLSearchParams({ query: 'query cop { __typename }' });
    expect(await refusalOf(await fetch(standard.url, { method: 'POST', body: form }))).toEqual([415, 'BAD_INPUT']);
    const answer = await fetch(`${standard.url}?${form.toString()}`, { method: 'POST' });
    expect(await refusalOf(answer)).toEqual([415, 'BAD_INPUT']);
  });
});

describe('what leaks', () => {
  test('field suggestions: a wrong name is answered without a right one', async () => {
    const { errors } = await ask('query cop { __schema { directive } }');
    expect(errors?.[0]?.message).toBe('Cannot query field "directive" on type "__Schema".');
  });

  test('introspection: where it is closed to strangers, they learn nothing', async () => {
    const query = 'query cop { __schema { types { name fields { name } } } }';
    expect(await refusal(query, closed)).toEqual([400, 'OPERATION_NOT_ALLOWED']);
    expect((await ask(query, closed)).data).toBeUndefined();
  });

  test('GraphiQL: the endpoint serves no page', async () => {
    const answer = await fetch(standard.url, { headers: { accept: 'text/html' } });
    expect(answer.status).toBe(406);
    expect(await answer.text()).not.toMatch(/graphiql|playground/i);
  });

  test('tracing: an answer says nothing of how it was made', async () => {
    const answer = await ask('query cop { __typename }');
    expect(answer).toEqual({ data: { __typename: 'Query' } });
    expect(JSON.stringify(await ask('query cop { broken }'))).not.toMatch(/tracing|stacktrace|exception|\.ts/i);
  });

  test('unhandled errors: a document that is none is refused with a code and nothing else', async () => {
    const { errors } = await ask('qwerty cop { abc }');
    expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_INPUT', kind: 'caller' });
  });
});
