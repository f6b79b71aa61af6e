import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { serve, type Served } from '../gateway/http/support/served.js';

/** The audits of graphql-http: each a sentence of the GraphQL over HTTP specification, against a real socket. */

let guarded: Served;
let open: Served;
beforeAll(async () => {
  guarded = await serve();
  open = await serve({ handler: { preflight: undefined } });
});
afterAll(async () => {
  await guarded.close();
  await open.close();
});

/** GET without a header that needs a preflight: what the protection is there to refuse. */
const FORBIDDEN_BY_PREFLIGHT = ['5A70', 'D6D5', '6A70'];

describe('with the protection against requests across origins', () => {
  const audits = serverAudits({ url: () => guarded.url, fetchFn: fetch });

  test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))('%s', async (_name, audit) => {
    const { status } = await audit.fn();
    expect(status).toBe(FORBIDDEN_BY_PREFLIGHT.includes(audit.id) ? 'notice' : 'ok');
  });

  test('no MUST and no SHOULD is among what it forbids', () => {
    const names = audits.filter(({ id }) => FORBIDDEN_BY_PREFLIGHT.includes(id)).map(({ name }) => name);
    expect(names).toHaveLength(3);
    expect(names.every((name) => name.startsWith('MAY'))).toBe(true);
    const count = (word: string) => audits.filter(({ name }) => name.startsWith(word)).length;
    expect([count('MUST'), count('SHOULD'), count('MAY')]).toEqual([13, 23, 25]);
  });
});

describe('without it', () => {
  const audits = serverAudits({ url: () => open.url, fetchFn: fetch });

  test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))('%s', async (_name, audit) => {
    expect((await audit.fn()).status).toBe('ok');
  });
});
