import { describe, expect, test } from '@jest/globals';
import type { PublicKey, TokenAlgorithm, TokenSignatures } from '../../enclave/results/tokenSignatures.js';
import { TOKEN_ALGORITHMS, webTokenSignatures } from '../../enclave/results/tokenSignatures.js';
import { readCertificate } from '../../enclave/asn1/certificate.js';
import { nodeTokenSignatures } from '../../runtime/tokenSignatures.js';
import { createTokenIssuer } from '../support/tokens.js';

const issuers = Object.fromEntries(
  TOKEN_ALGORITHMS.map((algorithm) => [algorithm, createTokenIssuer({ algorithm })]),
) as Record<TokenAlgorithm, ReturnType<typeof createTokenIssuer>>;

const ROUTES: readonly [string, TokenSignatures][] = [
  ['WebCrypto', webTokenSignatures],
  ['node:crypto', nodeTokenSignatures],
];

describe.each(ROUTES)('signatures of tokens by %s', (_route, signatures) => {
  const check = async (key: PublicKey, algorithm: TokenAlgorithm, input: string, signature: string) => {
    const verify = await signatures.verifierFor(key, algorithm);
    try {
      return await verify(input, signature);
    } catch {
      return false;
    }
  };

  describe.each(TOKEN_ALGORITHMS)('with %s', (algorithm) => {
    const issuer = issuers[algorithm];
    const token = issuer.sign({ iss: 'x' });
    const [input, signature] = [token.slice(0, token.lastIndexOf('.')), token.slice(token.lastIndexOf('.') + 1)];
    const jwk = issuer.bareJwks.keys[0] ?? { kty: '' };
    const spki = readCertificate(issuer.certificate).publicKey;

    test('are accepted with the key as JWK and as SubjectPublicKeyInfo', async () => {
      expect(await check(jwk, algorithm, input, signature)).toBe(true);
      expect(await check(spki, algorithm, input, signature)).toBe(true);
    });

    test('are accepted whatever else the JWK says', async () => {
      const decorated = { ...jwk, alg: 'none', use: 'enc', key_ops: ['encrypt'], ext: false };
      expect(await check(decorated, algorithm, input, signature)).toBe(true);
    });

    test('are rejected over anything else', async () => {
      for (const other of [`${input}A`, input.slice(1), '', input.replace(/.$/, '\u0141'), `${input}\u{1F600}`])
        expect(await check(spki, algorithm, other, signature)).toBe(false);
    });

    test('are rejected after any change, cut short, or absent', async () => {
      const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      for (const other of [flipped, signature.slice(4), signature.slice(0, -4), `${signature}AAAA`, '', 'AAAA'])
        expect(await check(spki, algorithm, input, other)).toBe(false);
    });

    test('are rejected of another key of the same kind', async () => {
      const other = createTokenIssuer({ algorithm });
      expect(await check(other.bareJwks.keys[0] ?? jwk, algorithm, input, signature)).toBe(false);
    });
  });

  test.each<[TokenAlgorithm, TokenAlgorithm]>([
    ['RS256', 'ES256'],
    ['PS384', 'ES384'],
    ['ES256', 'RS256'],
    ['ES256', 'ES384'],
    ['ES384', 'ES256'],
  ])('for a key of %s are not made with %s', async (kind, algorithm) => {
    const jwk = issuers[kind].bareJwks.keys[0] ?? { kty: '' };
    const spki = readCertificate(issuers[kind].certificate).publicKey;
    for (const key of [jwk, spki])
      await expect(Promise.resolve().then(() => signatures.verifierFor(key, algorithm))).rejects.toThrow();
  });

  test.each([1024, 2047])('of an RSA key of %d bits are not looked at', async (bits) => {
    const weak = createTokenIssuer({ algorithm: 'RS256', bits });
    const key = weak.bareJwks.keys[0] ?? { kty: '' };
    await expect(Promise.resolve().then(() => signatures.verifierFor(key, 'RS256'))).rejects.toThrow(/bits/);
  });

  test.each<[string, PublicKey]>([
    ['no bytes', new Uint8Array()],
    ['random bytes', Uint8Array.from({ length: 300 }, (_, at) => at)],
    ['an empty JWK', { kty: '' }],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['an RSA key without modulus', { kty: 'RSA', e: 'AQAB' }],
    ['a point that is not on the curve', { kty: 'EC', crv: 'P-256', x: 'AQAB', y: 'AQAB' }],
  ])('are never made with %s', async (_, key) => {
    for (const algorithm of ['RS256', 'ES256'] as const)
      await expect(Promise.resolve().then(() => signatures.verifierFor(key, algorithm))).rejects.toThrow();
  });
});
