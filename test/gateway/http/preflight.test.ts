import { describe, expect, test } from '@jest/globals';
import { PREFLIGHT_HEADERS, requirePreflight } from '../../../gateway/http/preflight.js';

const check = (headers: Readonly<Record<string, string>>, accepted: readonly string[] = PREFLIGHT_HEADERS) =>
  requirePreflight((name) => headers[name], { headers: accepted });

describe('a request passes that a browser sends across origins only after asking', () => {
  test.each<[what: string, headers: Record<string, string>]>([
    ['with the header of Apollo clients', { 'x-apollo-operation-name': 'Worklist' }],
    ['with the header that is there for it', { 'apollo-require-preflight': '1' }],
    ['with a content type that is not simple', { 'content-type': 'application/json' }],
    ['with that and a charset', { 'content-type': 'application/json; charset=utf-8' }],
  ])('%s', (_what, headers) => {
    expect(() => check(headers)).not.toThrow();
  });

  test('with a header that was configured', () => {
    expect(() => check({ 'x-portal': '1' }, ['x-portal'])).not.toThrow();
    expect(() => check({ 'apollo-require-preflight': '1' }, ['x-portal'])).toThrow('x-portal');
  });
});

describe('a request is refused that a page of another origin can cause', () => {
  test.each<[what: string, headers: Record<string, string>]>([
    ['without any header', {}],
    ['with an empty header', { 'apollo-require-preflight': '' }],
    [
      'with what browsers send by themselves',
      { accept: 'application/json', 'accept-language': 'pt', origin: 'http://x' },
    ],
    ['as plain text', { 'content-type': 'text/plain' }],
    ['as plain text with a parameter that names JSON', { 'content-type': 'text/plain; application/json' }],
    ['as plain text in capitals', { 'content-type': ' TEXT/PLAIN;x' }],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['as a form with files', { 'content-type': 'multipart/form-data; boundary=a' }],
    ['with a content type that is none', { 'content-type': 'json' }],
    ['with two content types', { 'content-type': 'text/plain, application/json' }],
  ])('%s', (_what, headers) => {
    expect(() => check(headers)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
