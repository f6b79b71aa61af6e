import { describe, expect, test } from '@jest/globals';
import { parse, validate } from 'graphql';
import * as operations from '../../../web/api/operations.js';
import { apiSchema } from '../memory/schema.js';

const schema = apiSchema();

describe('every operation of the portal', () => {
  test.each(Object.entries(operations))('%s is valid in the API schema', (_name, operation) => {
    expect(validate(schema, parse(operation.text)).map((error) => error.message)).toEqual([]);
  });

  test('has a name of its own', () => {
    const names = Object.values(operations).map((operation) => operation.name);
    expect(new Set(names).size).toBe(names.length);
  });
});
