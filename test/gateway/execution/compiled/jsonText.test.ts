import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonText, quote } from '../../../../gateway/execution/compiled/jsonText.js';

describe('text of JSON', () => {
  test.each([
    '',
    'plain',
    'a "quoted" word',
    'back\\slash',
    'line\nbreak',
    '\u0000',
    '\u001f',
    '\u007f',
    'ação',
    '\u2028',
  ])('quotes %j as JSON does', (text) => expect(quote(text)).toBe(JSON.stringify(text)));

  test.each(['\ud800', '\udfff lone', 'pair \ud83d\ude00', '\ue000', '\uffff'])('quotes %j beyond the plain', (text) =>
    expect(quote(text)).toBe(JSON.stringify(text)),
  );

  test('quotes any text as JSON does', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => expect(quote(text)).toBe(JSON.stringify(text))));
  });

  test('writes any parsed value as JSON does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value = JSON.parse(text) as unknown;
        expect(jsonText(value)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('reads a text of megabytes once', () => {
    const long = 'x'.repeat(4_000_000);
    expect(quote(long)).toHaveLength(long.length + 2);
    expect(quote(`${long}"`)).toHaveLength(long.length + 4);
  });
});
