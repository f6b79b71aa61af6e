import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutMember } from '../../../runtime/collateral/signedMember.js';

describe('the signed object of an answer', () => {
  test.each([
    ['alone', '{"tcbInfo":{"a":1}}', '{"a":1}'],
    ['before its signature', '{"tcbInfo":{"a":[1,{"b":2}]},"signature":"00"}', '{"a":[1,{"b":2}]}'],
    ['after its signature', '{"signature":"{","tcbInfo":{}}', '{}'],
    ['with spaces that the signature covers', ' { "tcbInfo" : { "a" : 1.50 } , "x":null}\n', '{ "a" : 1.50 }'],
    ['with braces in its texts', '{"tcbInfo":{"a":"}}{\\"}","b":"\\\\"},"x":1}', '{"a":"}}{\\"}","b":"\\\\"}'],
    ['with escapes and numbers as they were written', '{"tcbInfo":{"a":"\\u0041","b":1e2}}', '{"a":"\\u0041","b":1e2}'],
    ['whose name is escaped', '{"tcb\\u0049nfo":{"a":1}}', '{"a":1}'],
    ['beside one of the same name further in', '{"x":{"tcbInfo":{"no":1}},"tcbInfo":{"yes":1}}', '{"yes":1}'],
  ])('is cut out %s', (_, text, expected) => {
    expect(cutMember(text, 'tcbInfo')).toBe(expected);
  });

  test.each([
    ['is absent', '{"other":{}}', '"tcbInfo" is absent'],
    ['stands there twice', '{"tcbInfo":{"a":1},"tcbInfo":{"a":2}}', '"tcbInfo" stands there twice'],
    ['stands there twice in two spellings', '{"tcbInfo":{},"\\u0074cbInfo":{}}', '"tcbInfo" stands there twice'],
    ['is a text', '{"tcbInfo":"{}"}', '"tcbInfo" is not an object'],
    ['is a list', '{"tcbInfo":[{}]}', '"tcbInfo" is not an object'],
    ['is within a list', '[{"tcbInfo":{}}]', 'the text is not a JSON object'],
    ['is not whole', '{"tcbInfo":{"a":1}', 'the text is not JSON'],
    ['is within a page', '<html>{"tcbInfo":{}}</html>', 'the text is not JSON'],
  ])('is refused where it %s', (_, text, message) => {
    expect(() => cutMember(text, 'tcbInfo')).toThrow(expect.objectContaining({ name: 'RangeError', message }));
  });

  test('is found as it was written, whatever is around it', () => {
    const members = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.jsonValue()));
    const spaces = fc.constantFrom('', ' ', '\n', '\t ');
    fc.assert(
      fc.property(
        members,
        fc.dictionary(fc.string(), fc.jsonValue()),
        members,
        spaces,
        (before, object, after, space) => {
          const inner = JSON.stringify(object, undefined, space);
          const others = (list: [string, unknown][]) =>
            list
              .filter(([name]) => name !== 'it')
              .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
          const text = `${space}{${[...others(before), `"it"${space}:${space}${inner}`, ...others(after)].join(`,${space}`)}}`;
          expect(cutMember(text, 'it')).toBe(inner);
        },
      ),
    );
  });

  test('is refused with a reason in any other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => cutMember(text, 'it')).toThrow(RangeError);
      }),
    );
  });

  test('may be nested deeply', () => {
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
    expect(cutMember(`{"tcbInfo":{"a":${deep}}}`, 'tcbInfo')).toBe(`{"a":${deep}}`);
  });
});
