import { describe, expect, test } from '@jest/globals';
import { buildSchema, getVariableValues, GraphQLError, parse, validate, type OperationDefinitionNode } from 'graphql';
import { Refusal } from '../../../enclave/refusals.js';
import { MAXIMUM_REQUEST_ERRORS, requestErrors, withoutSuggestion } from '../../../gateway/http/requestErrors.js';

const schema = buildSchema(`
  type Query { patient(id: ID, age: Int, colour: Colour, input: Input): Patient }
  type Patient { name: String }
  enum Colour { RED }
  input Input { name: String! age: Int }
`);

const never = () => {
  throw new Error('Nothing should have been hidden.');
};
const messagesOf = (thrown: unknown) => requestErrors(thrown, never).map(({ message }) => message);
const validated = (source: string) => messagesOf({ errors: validate(schema, parse(source)) });

describe('what a caller wrote wrongly', () => {
  test('comes with a code of the closed list, and where it stands', () => {
    const errors = requestErrors({ errors: validate(schema, parse('{ nothing }')) }, never);
    expect(errors).toEqual([
      {
        message: 'Cannot query field "nothing" on type "Query".',
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'BAD_INPUT', kind: 'caller' },
      },
    ]);
  });

  test('keeps the code of a refusal', () => {
    const [error] = requestErrors(new Refusal('OPERATION_TOO_COMPLEX', 'Too deep.'), never);
    expect(error).toEqual({ message: 'Too deep.', extensions: { code: 'OPERATION_TOO_COMPLEX', kind: 'caller' } });
    const wrapped = new GraphQLError('x', { originalError: new Refusal('TIMEOUT', 'Late.') });
    expect(requestErrors(wrapped, never)[0]).toMatchObject({ message: 'Late.', extensions: { code: 'TIMEOUT' } });
  });

  test('is listed up to a bound', () => {
    const many = Array.from({ length: 50 }, () => new GraphQLError('wrong'));
    expect(requestErrors({ errors: many }, never)).toHaveLength(MAXIMUM_REQUEST_ERRORS);
  });
});

describe('what was sent is not sent back', () => {
  test.each([
    ['a string for a number', '{ patient(age: "Ada Lovelace") { name } }'],
    ['a string for an enum', '{ patient(colour: "Ada Lovelace") { name } }'],
    ['a number for an object', '{ patient(input: "Ada Lovelace") { name } }'],
    ['a list for a number', '{ patient(age: ["Ada Lovelace"]) { name } }'],
    ['a wrong field in an object', '{ patient(input: { name: "Ada Lovelace", age: "Ada Lovelace" }) { name } }'],
  ])('%s in the document', (_what, source) => {
    const messages = validated(source);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.join()).not.toContain('Ada');
  });

  test.each([
    ['a number', 'query ($v: Int) { patient(age: $v) { name } }'],
    ['an enum', 'query ($v: Colour) { patient(colour: $v) { name } }'],
    ['an object', 'query ($v: Input) { patient(input: $v) { name } }'],
  ])('%s in variables', (_what, source) => {
    const [operation] = parse(source).definitions;
    const definitions = (operation as OperationDefinitionNode).variableDefinitions ?? [];
    const { errors } = getVariableValues(schema, definitions, { v: { name: 'Ada Lovelace', x: 'Ada Lovelace' } });
    const messages = messagesOf({ errors });
    expect(messages.join()).toMatch(/^Variable "\$v" has an invalid value/);
    expect(messages.join()).not.toContain('Ada');
  });

  test.each([['{ patient "Ada Lovelace" }'], ['{ patient """Ada "Lovelace" """ }']])('a string in %s', (source) => {
    const syntaxErrorOf = () => {
      try {
        return parse(source);
      } catch (thrown) {
        return thrown;
      }
    };
    expect(messagesOf(syntaxErrorOf()).join()).toMatch(/^Syntax Error: Expected Name, found (Block)?String\.$/);
  });
});

describe('names that were not asked for are not told', () => {
  test.each([
    ['a field', '{ patien { name } }'],
    ['an argument', '{ patient(ide: 1) { name } }'],
    ['a type', '{ patient { ... on Patien { name } } }'],
    ['an enum value', '{ patient(colour: RED1) { name } }'],
    ['an input field', '{ patient(input: { nam: "x" }) { name } }'],
    ['a directive', '{ patient @inclde(if: true) { name } }'],
  ])('for %s that there is not', (_what, source) => {
    const messages = validated(source);
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.join()).not.toMatch(/did you mean/i);
  });

  test.each([
    ['Unknown type "A". Did you mean "B"?', 'Unknown type "A".'],
    ['Cannot query "a" on type "B". Did you mean "c", "d", or "e"?', 'Cannot query "a" on type "B".'],
    [
      'Cannot query field "a" on type "B". Did you mean to use an inline fragment on "C" or "D"?',
      'Cannot query field "a" on type "B".',
    ],
    ['No suggestion here.', 'No suggestion here.'],
  ])('%s', (message, expected) => {
    expect(withoutSuggestion(message)).toBe(expected);
  });
});

describe('what should not have happened', () => {
  test.each([
    ['an error of ours', new Error('password=secret')],
    ['an error inside a GraphQL error', new GraphQLError('x', { originalError: new Error('password=secret') })],
    ['something that is no error', 'password=secret'],
    ['nothing', undefined],
    ['errors that are none of GraphQL', { errors: [new Error('password=secret')] }],
    ['an empty list of errors', { errors: [] }],
  ])('%s is hidden behind INTERNAL and reported', (_what, thrown) => {
    const hidden: unknown[] = [];
    const errors = requestErrors(thrown, (error) => hidden.push(error));
    expect(errors).toEqual([
      { message: 'An unexpected error occurred.', extensions: { code: 'INTERNAL', kind: 'fault' } },
    ]);
    expect(hidden).toHaveLength(1);
  });
});
