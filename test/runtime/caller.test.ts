import { describe, expect, test } from '@jest/globals';
import type { Caller } from '../../runtime/caller.js';
import { encodeCaller, parseCaller, requireScope } from '../../runtime/caller.js';

const clinician: Caller = {
  kind: 'person',
  id: 'u-17',
  roles: ['clinician'],
  scopes: ['user/Patient.read'],
  channel: 'sealed',
};

function encoded(change: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify({ ...clinician, ...change })).toString('base64url');
}

describe('the caller header', () => {
  test('carries a caller from the gateway to a subgraph', () => {
    expect(parseCaller(encodeCaller(clinician))).toEqual(clinician);
    const enclave: Caller = {
      ...clinician,
      kind: 'enclave',
      id: 'patient',
      channel: 'attested',
      attestationResult: 'ab',
    };
    expect(parseCaller(encodeCaller(enclave))).toEqual(enclave);
  });

  test.each([
    ['a missing header', undefined],
    ['two headers', [encodeCaller(clinician), encodeCaller(clinician)]],
    ['text that is not JSON', 'AAAA'],
    ['a list', Buffer.from('[]').toString('base64url')],
    ['null', Buffer.from('null').toString('base64url')],
    ['an unknown kind', encoded({ kind: 'root' })],
    ['an unknown channel', encoded({ channel: 'pigeon' })],
    ['scopes as one text', encoded({ scopes: 'user/Patient.read' })],
    ['a person without an id', encoded({ id: '' })],
    ['an anonymous caller with an id', encoded({ kind: 'anonymous' })],
    ['a result id that is not a text', encoded({ attestationResult: 7 })],
    ['too many roles', encoded({ roles: Array.from({ length: 65 }, () => 'r') })],
    ['a header that is too long', encoded({ id: 'x'.repeat(9000) })],
  ])('refuses %s', (_, header) => {
    expect(() => parseCaller(header)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  });

  test('drops fields that it does not know', () => {
    expect(parseCaller(encoded({ admin: true }))).toEqual(clinician);
  });
});

describe('a scope', () => {
  test('lets through who has it', () => {
    expect(() => requireScope(clinician, 'user/Patient.read')).not.toThrow();
  });

  test('refuses who lacks it, and tells strangers to sign in', () => {
    expect(() => requireScope(clinician, 'user/Patient.write')).toThrow(
      expect.objectContaining({ code: 'SCOPE_MISSING' }),
    );
    const anonymous: Caller = { kind: 'anonymous', id: '', roles: [], scopes: [], channel: 'local' };
    expect(() => requireScope(anonymous, 'user/Patient.read')).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    );
  });
});
