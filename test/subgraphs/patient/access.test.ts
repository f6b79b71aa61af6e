import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Kind, parse, type ConstDirectiveNode, visit } from 'graphql';
import { requireAccess, SCOPES } from '../../../subgraphs/patient/access.js';
import { CALLERS } from '../../support/patient.js';
import { checkout } from '../../support/shared.js';

/** Field coordinates and the scopes that the schema asks of each. */
function promisedScopes(): Record<string, string[]> {
  const promised: Record<string, string[]> = {};
  let type = '';
  visit(parse(readFileSync(join(checkout, 'schema/patient.graphql'), 'utf8')), {
    ObjectTypeDefinition: (node) => void (type = node.name.value),
    FieldDefinition: (node) => {
      const directive = node.directives?.find(({ name }) => name.value === 'requiresScopes');
      if (directive) promised[`${type}.${node.name.value}`] = scopesOf(directive);
    },
  });
  return promised;
}

function scopesOf(directive: ConstDirectiveNode): string[] {
  const value = directive.arguments?.[0]?.value;
  if (value?.kind !== Kind.LIST) throw new Error('scopes is a list');
  return value.values.map((alternative) => {
    if (alternative.kind !== Kind.LIST || alternative.values.length !== 1)
      throw new Error('each alternative is one scope');
    const [scope] = alternative.values;
    if (scope?.kind !== Kind.STRING) throw new Error('a scope is a string');
    return scope.value;
  });
}

describe('the scopes of the record', () => {
  test('are those that the schema promises, field by field', () => {
    expect(SCOPES).toEqual(promisedScopes());
  });

  test('admit a caller with any of them', () => {
    expect(() => requireAccess(CALLERS.clinician, 'Query.imagingStudy')).not.toThrow();
    expect(() => requireAccess(CALLERS.queue, 'Query.imagingStudy')).not.toThrow();
  });

  test('refuse a caller with none of them, and say which would do', () => {
    expect(() => requireAccess(CALLERS.clerk, 'Mutation.signDiagnosticReport')).toThrow(
      expect.objectContaining({ code: 'SCOPE_MISSING', message: 'This needs the scope user/DiagnosticReport.sign.' }),
    );
    expect(() => requireAccess(CALLERS.clinician, 'ImagingStudy.imageReference')).toThrow(
      expect.objectContaining({ code: 'SCOPE_MISSING' }),
    );
    expect(() => requireAccess(CALLERS.auditor, 'Query.patient')).toThrow(
      expect.objectContaining({ code: 'SCOPE_MISSING' }),
    );
  });

  test('ask an anonymous caller to sign in', () => {
    expect(() => requireAccess(CALLERS.anonymous, 'Query.patient')).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    );
  });
});
