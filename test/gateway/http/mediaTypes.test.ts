import { describe, expect, test } from '@jest/globals';
import { HttpProblem } from '../../../gateway/http/httpProblem.js';
import { negotiate, requireJson } from '../../../gateway/http/mediaTypes.js';

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

describe('the answer is of the type that the client wants most', () => {
  test.each<[accept: string | undefined, type: string]>([
    [undefined, JSON_TYPE],
    ['', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    [JSON_TYPE, JSON_TYPE],
    [GRAPHQL_TYPE, GRAPHQL_TYPE],
    ['Application/GraphQL-Response+JSON', GRAPHQL_TYPE],
    [`${GRAPHQL_TYPE}; charset=utf-8`, GRAPHQL_TYPE],
    [`${GRAPHQL_TYPE}; charset="UTF-8"`, GRAPHQL_TYPE],
    [`${GRAPHQL_TYPE}, ${JSON_TYPE}`, GRAPHQL_TYPE],
    [`${JSON_TYPE}, ${GRAPHQL_TYPE}`, JSON_TYPE],
    [`${GRAPHQL_TYPE};q=0.5, ${JSON_TYPE}`, JSON_TYPE],
    [`${GRAPHQL_TYPE}, ${JSON_TYPE};q=0.9, */*;q=0.1`, GRAPHQL_TYPE],
    [`text/html, ${GRAPHQL_TYPE};q=0.2, */*;q=0.1`, GRAPHQL_TYPE],
    ['text/html, application/xhtml+xml, */*;q=0.8', JSON_TYPE],
    [`*/*;q=0.1, ${GRAPHQL_TYPE};q=0`, JSON_TYPE],
    [`${JSON_TYPE};q=0, */*`, GRAPHQL_TYPE],
    [`text/event-stream, ${JSON_TYPE}`, JSON_TYPE],
  ])('%s gets %s', (accept, type) => {
    expect(negotiate(accept)).toBe(type);
  });
});

describe('a client that takes no type of ours gets 406', () => {
  test.each([
    'text/html',
    'image/*',
    'application/xml, text/plain;q=0.5',
    `${JSON_TYPE};q=0`,
    '*/*;q=0',
    `${JSON_TYPE};q=2`,
    `${JSON_TYPE};q=-1`,
    `${JSON_TYPE};q=often`,
    `${JSON_TYPE}; charset=utf-16`,
    'application/jsonx',
    ',,,',
    // Ranges after the bound are not read.
    `${'text/html,'.repeat(40)}${JSON_TYPE}`,
  ])('%s', (accept) => {
    expect(() => negotiate(accept)).toThrow(expect.objectContaining({ status: 406 }));
    expect(() => negotiate(accept)).toThrow(HttpProblem);
  });
});

describe('a body', () => {
  test.each([
    ['application/json', undefined],
    ['application/json; charset=utf-8', undefined],
    ['application/json;charset="UTF-8"', 'identity'],
    ['APPLICATION/JSON ;charset=utf8', undefined],
  ])('is taken as %s', (contentType, encoding) => {
    expect(() => requireJson(contentType, encoding)).not.toThrow();
  });

  test.each<[contentType: string | undefined, encoding: string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['text/plain', undefined],
    ['text/plain; application/json', undefined],
    ['application/x-www-form-urlencoded', undefined],
    ['multipart/form-data; boundary=x', undefined],
    ['application/graphql', undefined],
    ['application/jsonp', undefined],
    ['text/plain, application/json', undefined],
    ['application/json, text/plain', undefined],
    ['application/json; charset=utf-16', undefined],
    ['application/json; charset=latin1', undefined],
    ['application/json', 'gzip'],
    ['application/json', 'br'],
  ])('is refused as %s, encoded %s', (contentType, encoding) => {
    expect(() => requireJson(contentType, encoding)).toThrow(expect.objectContaining({ status: 415 }));
  });
});
