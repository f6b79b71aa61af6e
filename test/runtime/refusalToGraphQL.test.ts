import { describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import { formatGraphQLError, refusalToGraphQL } from '../../runtime/refusalToGraphQL.js';

describe('a refusal in GraphQL', () => {
  test('has its code and kind, and where it comes from an appraisal its failed claims', () => {
    const failures = [{ claim: 'debug', expected: 'false', actual: 'true' }];
    const refusal = new Refusal('POLICY_NOT_SATISFIED', 'No.', { failures });
    const error = refusalToGraphQL(refusal, { policy: 'imaging', party: 'diagnosis' });
    expect(error).toMatchObject({
      message: 'No.',
      extensions: {
        code: 'POLICY_NOT_SATISFIED',
        kind: 'not-acceptable',
        failures,
        policy: 'imaging',
        party: 'diagnosis',
      },
    });
    expect(refusalToGraphQL(new Refusal('BUSY', 'Full.')).extensions).toEqual({ code: 'BUSY', kind: 'fault' });
  });

  test('keeps its place in the answer', () => {
    const place = { path: ['patient', 0, 'name'], locations: [{ line: 1, column: 3 }] };
    const thrown = new GraphQLError('No.', { path: place.path, originalError: new Refusal('NOT_FOUND', 'No study.') });
    const formatted = formatGraphQLError({ message: 'No.', ...place }, thrown);
    expect(formatted).toEqual({ ...place, message: 'No study.', extensions: { code: 'NOT_FOUND', kind: 'caller' } });
  });

  test('tells operators of what it hides, and the caller nothing', () => {
    const bug = new Error('row of Maria Silva');
    const hidden: unknown[] = [];
    const thrown = new GraphQLError(bug.message, { path: ['a'], originalError: bug });
    const formatted = formatGraphQLError({ message: bug.message, path: ['a'] }, thrown, (error) => hidden.push(error));
    expect(JSON.stringify(formatted)).not.toContain('Silva');
    expect(formatted.extensions).toEqual({ code: 'INTERNAL', kind: 'fault' });
    expect(hidden).toEqual([bug]);
  });

  test.each([
    [
      'Variable "$birthDate" got invalid value "1970; Silva"; Expected type "Date!". Silva',
      'Variable "$birthDate" has an invalid value. Expected type "Date!".',
    ],
    [
      'Variable "$i" got invalid value null at "i.name"; Expected non-nullable type "String!" not to be null.',
      'Variable "$i" has an invalid value. Expected non-nullable type "String!".',
    ],
    ['String cannot represent a non string value: 19700101', 'String cannot represent a non string value.'],
    ['Cannot query field "x" on type "Query".', 'Cannot query field "x" on type "Query".'],
  ])('repeats no value: %s', (message, expected) => {
    const extensions = {
      code: message.startsWith('Cannot') ? 'GRAPHQL_VALIDATION_FAILED' : 'BAD_USER_INPUT',
      stacktrace: ['Silva'],
    };
    const formatted = formatGraphQLError({ message, extensions }, new GraphQLError(message));
    expect(formatted).toEqual({ message: expected, extensions: { code: extensions.code } });
  });

  test('takes no code for its own that is not on the list', () => {
    const upstream = new GraphQLError('x', {
      path: ['a'],
      extensions: { code: 'MADE_UP', response: { body: 'Silva' } },
    });
    const formatted = formatGraphQLError({ message: 'x', path: ['a'], extensions: upstream.extensions }, upstream);
    expect(formatted.extensions).toEqual({ code: 'INTERNAL', kind: 'fault' });
  });
});
