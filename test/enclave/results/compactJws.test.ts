import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createKnownHeaders, readCompactJws, rememberHeader } from '../../../enclave/results/compactJws.js';
import { Refusal } from '../../../enclave/refusals.js';
import { runs } from '../../support/runs.js';

const encode = (text: string) => Buffer.from(text).toString('base64url');
const header = encode('{"alg":"RS256","kid":"k"}');
const token = `${header}.${encode('{"iss":"https://issuer"}')}.c2ln`;
const malformed = expect.objectContaining({ code: 'RESULT_MALFORMED' });

describe('a compact JWS', () => {
  test('is taken apart', () => {
    expect(readCompactJws(token)).toEqual({
      header: { algorithm: 'RS256', kid: 'k' },
      claims: { iss: 'https://issuer' },
      signingInput: token.slice(0, token.lastIndexOf('.')),
      signature: 'c2ln',
    });
  });

  test('may hold more than ASCII, as UTF-8', () => {
    const { claims } = readCompactJws(`${header}.${encode('{"name":"Saúde 健康"}')}.c2ln`);
    expect(claims.name).toBe('Saúde 健康');
  });

  test.each([
    ['bytes that are not UTF-8', `${header}.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.c2ln`],
    ['Latin-1 that would be JSON', `${header}.${Buffer.from('{"name":"\xe9"}', 'latin1').toString('base64url')}.c2ln`],
    ['no signature', `${header}.${encode('{}')}.`],
    ['a signature with a character in between that decoders skip', `${token}!`],
    ['a padded signature', `${token}=`],
    ['a signature after a space', token.replace(/\.(?=c2ln)/, '. ')],
    ['a list for claims', `${header}.${encode('[]')}.c2ln`],
    ['null for claims', `${header}.${encode('null')}.c2ln`],
    ['a number for a header', `${encode('1')}.${encode('{}')}.c2ln`],
    ['five parts', `${token}.a.b`],
    ['a token of 64 KiB and one character', token.padEnd(65_537, 'A')],
  ])('is not %s', (_, text) => {
    expect(() => readCompactJws(text)).toThrow(malformed);
  });

  test('is read in time and memory that its length bounds, whatever it nests', () => {
    const nested = `${header}.${encode(`{"x":${'['.repeat(24_000)}${']'.repeat(24_000)}}`)}.c2ln`;
    expect(() => readCompactJws(nested)).not.toThrow();
  });

  test('or any text gives a value or a coded refusal', () => {
    const part = fc.oneof(
      fc.string(),
      fc.json().map(encode),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(part, part, part).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(text, (any) => {
        try {
          readCompactJws(any);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Refusal);
        }
      }),
      { numRuns: runs(2000) },
    );
  });
});

describe('headers that are known', () => {
  test('are those of genuine tokens, a bounded number', () => {
    const known = createKnownHeaders();
    const withKid = (kid: string) => `${encode(`{"alg":"RS256","kid":"${kid}"}`)}.${encode('{}')}.c2ln`;
    for (let i = 0; i < 20; i++) rememberHeader(known, readCompactJws(withKid(`k${i}`), known));
    const isKnown = (kid: string) => known.get(withKid(kid).split('.')[0] ?? '') !== undefined;
    expect(isKnown('k19')).toBe(true);
    expect(isKnown('k0')).toBe(false);
    readCompactJws(withKid('invented'), known);
    expect(isKnown('invented')).toBe(false);
  });

  test('say the same as the text', () => {
    const known = createKnownHeaders();
    const first = readCompactJws(token, known);
    rememberHeader(known, first);
    expect(readCompactJws(token, known)).toEqual(first);
  });
});
