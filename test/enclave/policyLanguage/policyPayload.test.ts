import { describe, expect, test } from '@jest/globals';
import { policyPayloadOf, policyTextIn } from '../../../enclave/policyLanguage/policyPayload.js';
import { refusalOf } from './judge.js';

const encoded = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64url');

describe('the payload of a policy', () => {
  test('is base64url without padding in one member', () => {
    expect(policyPayloadOf('version=1.0;')).toBe('{"AttestationPolicy":"dmVyc2lvbj0xLjA7"}');
    expect(policyPayloadOf('ab')).toBe('{"AttestationPolicy":"YWI"}');
  });

  test.each(['', 'version=1.0;', 'é 𝄞', '\uFEFFversion=1.0;', 'a\r\nb\u0000'])('gives the text %j back', (text) => {
    expect(policyTextIn(policyPayloadOf(text))).toBe(text);
  });

  test.each([
    ['padding', '{"AttestationPolicy":"YWI="}'],
    ['other members', '{"a":1,"AttestationPolicy":"YWI"}'],
    ['white space', ' { "AttestationPolicy" : "YWI" } '],
  ])('is read with %s', (_name, payload) => {
    expect(policyTextIn(payload)).toBe('ab');
  });

  test('is read in the alphabet of base64', () => {
    expect(policyTextIn('{"AttestationPolicy":"fn5+Pz8/"}')).toBe('~~~???');
    expect(policyTextIn('{"AttestationPolicy":"fn5-Pz8_"}')).toBe('~~~???');
  });

  test.each([
    ['empty', ''],
    ['not JSON', 'version=1.0;'],
    ['null', 'null'],
    ['a string', '"YWI"'],
    ['without the member', '{}'],
    ['with another type', '{"AttestationPolicy":1}'],
    ['with what is not base64url', '{"AttestationPolicy":"(((("}'],
    ['with what is not UTF-8', `{"AttestationPolicy":"${encoded(Uint8Array.of(0xff))}"}`],
    ['too long', `{"AttestationPolicy":"${'A'.repeat(100_000)}"}`],
  ])('is refused when it is %s', (_name, payload) => {
    expect(refusalOf(() => policyTextIn(payload))?.code).toBe('BAD_INPUT');
  });
});
