import { describe, expect, test } from '@jest/globals';
import { Kind, parse, valueFromASTUntyped } from 'graphql';
import { PERMISSIONS, may, whyNot } from '../../../web/api/permissions.js';
import type { Account } from '../../../web/session/account.js';
import { subgraphSdl } from '../memory/schema.js';

const sdl = parse(subgraphSdl('patient'));

/** The scopes that the schema demands on `Type.field`. */
function scopesOf(coordinate: string): unknown {
  const [typeName, fieldName] = coordinate.split('.');
  const type = sdl.definitions.find(
    (node) => node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === typeName,
  );
  const field =
    type?.kind === Kind.OBJECT_TYPE_DEFINITION ? type.fields?.find((node) => node.name.value === fieldName) : undefined;
  const argument = field?.directives?.find((directive) => directive.name.value === 'requiresScopes')?.arguments?.[0];
  return argument === undefined ? undefined : valueFromASTUntyped(argument.value);
}

describe('the table of permissions mirrors the schema', () => {
  test.each(Object.entries(PERMISSIONS).filter(([, { field }]) => field !== undefined))(
    '%s',
    (_name, { scope, field }) => {
      expect(scopesOf(field ?? '')).toContainEqual([scope]);
    },
  );
});

describe('a control', () => {
  const clerk: Account = { id: 'clerk', name: 'Carla', roles: ['clerk'], scopes: new Set(['user/Patient.read']) };

  test('is offered to an account that has the scope', () => {
    expect(may(clerk, 'readPatients')).toBe(true);
    expect(whyNot(clerk, 'readPatients')).toBeUndefined();
  });

  test('says which role lacks which scope to an account that has not', () => {
    expect(may(clerk, 'signReport')).toBe(false);
    expect(whyNot(clerk, 'signReport')).toBe(
      'The role clerk does not have user/DiagnosticReport.sign, which this needs.',
    );
    expect(whyNot({ ...clerk, roles: [] }, 'signReport')).toMatch(/^This account does not/);
  });
});
