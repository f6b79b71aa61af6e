import { describe, expect, test } from '@jest/globals';
import { parseImageReference } from '../../../../subgraphs/diagnosis/inference/imageReference.js';
import { refusalOf } from '../../../support/refusals.js';

const reference = {
  location: 'https://127.0.0.1:4011/images/7b6f',
  sha256: 'ab'.repeat(32),
  size: 4096,
  contentType: 'image/png',
  ticket: '1800000000.abcdefghijklmnopqrstuv',
};

test('a reference as the patient service makes it is accepted', () => {
  expect(parseImageReference({ ...reference, further: 'ignored' })).toEqual(reference);
});

describe('a reference is refused', () => {
  test.each<[string, object | null | string, string]>([
    ['that is not an object', 'https://127.0.0.1', 'BAD_INPUT'],
    ['that is null', null, 'BAD_INPUT'],
    ['without a location', { ...reference, location: undefined }, 'BAD_INPUT'],
    ['over plain http', { ...reference, location: 'http://127.0.0.1:4011/images/1' }, 'BAD_INPUT'],
    ['to a file', { ...reference, location: 'file:///etc/passwd' }, 'BAD_INPUT'],
    ['with credentials', { ...reference, location: 'https://a:b@127.0.0.1:4011/images/1' }, 'BAD_INPUT'],
    ['with a relative location', { ...reference, location: '/images/1' }, 'BAD_INPUT'],
    [
      'with a location of 3,000 characters',
      { ...reference, location: `https://127.0.0.1/${'a'.repeat(3000)}` },
      'BAD_INPUT',
    ],
    ['with a digest in upper case', { ...reference, sha256: 'AB'.repeat(32) }, 'BAD_INPUT'],
    ['without bytes', { ...reference, size: 0 }, 'BAD_INPUT'],
    ['with a size that is not whole', { ...reference, size: 1.5 }, 'BAD_INPUT'],
    ['to 70 MB', { ...reference, size: 70_000_000 }, 'TOO_LARGE'],
    ['to a text', { ...reference, contentType: 'text/plain' }, 'BAD_INPUT'],
    ['with a ticket that breaks lines', { ...reference, ticket: 'a\r\nb' }, 'BAD_INPUT'],
    ['without a ticket', { ...reference, ticket: '' }, 'BAD_INPUT'],
  ])('%s', async (_, value, code) => {
    expect(await refusalOf(() => parseImageReference(value))).toBe(code);
  });
});
