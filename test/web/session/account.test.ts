import { describe, expect, test } from '@jest/globals';
import { accountOf } from '../../../web/session/account.js';

const token = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;

describe('the account of an access token', () => {
  test('has its name, roles and scopes', () => {
    const account = accountOf({
      accessToken: token({ sub: 'clínica', roles: ['clinician'], scope: 'a b' }),
      name: 'Clive',
    });
    expect(account).toEqual({ id: 'clínica', name: 'Clive', roles: ['clinician'], scopes: new Set(['a', 'b']) });
  });

  test.each([['opaque'], ['a.b.c'], [token(null)], [token({ roles: 'clinician', scope: 1 })]])(
    'without scopes where %s cannot be read',
    (accessToken) => {
      expect(accountOf({ accessToken, name: undefined })).toEqual({
        id: 'unknown',
        name: 'unknown',
        roles: [],
        scopes: new Set(),
      });
    },
  );
});
