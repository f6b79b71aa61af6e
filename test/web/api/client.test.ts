import { describe, expect, test } from '@jest/globals';
import { createApiClient } from '../../../web/api/client.js';
import { DIAGNOSIS_MODELS, PATIENTS } from '../../../web/api/operations.js';

function clientOf(answer: () => Promise<Response>) {
  const asked: { url: string; init: RequestInit }[] = [];
  let signedOut = 0;
  const client = createApiClient({
    gateway: 'http://gateway.test',
    accessToken: 'token',
    fetch: (url, init) => {
      asked.push({ url: url as string, init: init ?? {} });
      return answer();
    },
    onSignedOut: () => {
      signedOut += 1;
    },
  });
  return { client, asked, signedOut: () => signedOut };
}

describe('the client of the gateway', () => {
  test('sends the token in a header, the search in the body, and neither in the address', async () => {
    const { client, asked } = clientOf(() => Promise.resolve(Response.json({ data: { patients: null } })));
    await client.ask(PATIENTS, { search: 'Alder', first: 1, after: null });
    expect(asked[0]?.url).toBe('http://gateway.test/graphql');
    expect(asked[0]?.init.headers).toMatchObject({ authorization: 'Bearer token' });
    expect(asked[0]?.init).toMatchObject({ credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' });
    expect(asked[0]?.init.body).toContain('Alder');
  });

  test('gives the part that came together with the refusals', async () => {
    const body = {
      data: { diagnosisModels: null },
      errors: [{ message: 'No.', path: ['diagnosisModels'], extensions: { code: 'PEER_UNREACHABLE' } }],
    };
    const { client, signedOut } = clientOf(() => Promise.resolve(Response.json(body)));
    const answer = await client.ask(DIAGNOSIS_MODELS, {});
    expect(answer.data).toEqual({ diagnosisModels: null });
    expect(answer.refusals.map(({ code }) => code)).toEqual(['PEER_UNREACHABLE']);
    expect(signedOut()).toBe(0);
  });

  test.each([
    [
      'an HTTP status',
      () => Response.json({ error: { code: 'UNAUTHENTICATED', message: 'Expired.' } }, { status: 401 }),
    ],
    [
      'a GraphQL error',
      () => Response.json({ data: null, errors: [{ message: 'Expired.', extensions: { code: 'UNAUTHENTICATED' } }] }),
    ],
  ])('says so once when the token is refused by %s', async (_how, response) => {
    const { client, signedOut } = clientOf(() => Promise.resolve(response()));
    const answer = await client.ask(DIAGNOSIS_MODELS, {});
    expect(answer.refusals[0]?.code).toBe('UNAUTHENTICATED');
    expect(signedOut()).toBe(1);
  });

  test.each([
    ['a network failure', () => Promise.reject(new TypeError('fetch failed')), 'PEER_UNREACHABLE'],
    ['a page of a proxy', () => Promise.resolve(new Response('<html>', { status: 502 })), 'UPSTREAM_FAILED'],
  ])('turns %s into a refusal', async (_what, answer, code) => {
    const { client } = clientOf(answer);
    expect((await client.ask(DIAGNOSIS_MODELS, {})).refusals[0]?.code).toBe(code);
    expect((await client.rendition('study')).refusals[0]?.code).toBe(code);
  });

  test('asks for an image by its study, and gives the bytes', async () => {
    const { client, asked } = clientOf(() => Promise.resolve(new Response(Uint8Array.of(1, 2, 3))));
    const answer = await client.rendition('a/b');
    expect(asked[0]?.url).toBe('http://gateway.test/imaging-studies/a%2Fb/rendition');
    expect(answer.data?.size).toBe(3);
  });

  test('lets an abort through', async () => {
    const { client } = clientOf(() => Promise.reject(new DOMException('', 'AbortError')));
    await expect(client.ask(DIAGNOSIS_MODELS, {})).rejects.toThrow(DOMException);
  });
});
