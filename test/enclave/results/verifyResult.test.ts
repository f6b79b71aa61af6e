import type { JsonWebKey } from 'node:crypto';
import { createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { writePem } from '../../../enclave/asn1/pem.js';
import { createIssuerKeys, fixedIssuerKeys } from '../../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../../enclave/results/verifyResult.js';
import type { TokenSignatures } from '../../../enclave/results/tokenSignatures.js';
import { webTokenSignatures } from '../../../enclave/results/tokenSignatures.js';
import { nodeTokenSignatures } from '../../../runtime/tokenSignatures.js';
import { writeCertificate } from '../../../enclave/asn1/writeCertificate.js';
import { createTestIssuer, TEST_NOW } from '../../support/issuer.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';
import type { TokenIssuer } from '../../support/tokens.js';
import { createTokenIssuer, withHeader } from '../../support/tokens.js';

interface TokenCase {
  readonly id: string;
  readonly at: string;
  readonly issuer: string;
  readonly expect: { accept: boolean; reasons: string[]; debuggable: boolean; mrenclave: string; reportData: string };
  readonly token: string;
  readonly jwks: unknown;
}

/** Our code for each word of the vectors. */
const CODES: Record<string, string> = {
  alg: 'RESULT_SIGNATURE_INVALID',
  kid: 'RESULT_SIGNATURE_INVALID',
  signature: 'RESULT_SIGNATURE_INVALID',
  'signer-cert-time': 'RESULT_SIGNATURE_INVALID',
  expired: 'RESULT_EXPIRED',
  'not-yet': 'RESULT_EXPIRED',
  issuer: 'RESULT_ISSUER_UNTRUSTED',
  parse: 'RESULT_MALFORMED',
};

const ROUTES: readonly [string, TokenSignatures][] = [
  ['WebCrypto', webTokenSignatures],
  ['node:crypto', nodeTokenSignatures],
];

describe.each(ROUTES)('with %s', (_route, signatures) => {
  describeTokens(signatures);
});

function describeTokens(signatures: TokenSignatures) {
  const verify = ({ token, jwks, at, issuer }: TokenCase, leewaySeconds = 0) =>
    verifyAttestationResult(token, {
      issuers: [{ issuer, jwksUri: `${issuer}/certs` }],
      getKeys: fixedIssuerKeys(jwks, { signatures }),
      now: Math.floor(Date.parse(at) / 1000),
      leewaySeconds,
    });

  describeWithShared('tokens that Azure Attestation issued', 'vectors/maa', () => {
    const cases = readdirSync(sharedPath('vectors/maa'))
      .filter((file) => file.endsWith('.json'))
      .map((file) => JSON.parse(readFileSync(sharedPath(`vectors/maa/${file}`), 'utf8')) as TokenCase);
    const named = (accept: boolean) =>
      cases.filter((one) => one.expect.accept === accept).map((one) => [one.id, one] as const);

    test('are 16', () => {
      expect(cases).toHaveLength(16);
    });

    test.each(named(true))('accepts %s', async (_, one) => {
      const result = await verify(one);
      expect(result).toMatchObject({
        issuer: one.issuer,
        teeType: 'sgx',
        measurement: one.expect.mrenclave,
        reportData: one.expect.reportData,
        debug: one.expect.debuggable,
        simulated: false,
        keys: [],
        tcbStatus: undefined,
      });
      expect(result.expiresAt - result.issuedAt).toBe(28_800);
      expect(result.id).toMatch(/^[0-9a-f]{64}$/);
    });

    test.each(named(false))('rejects %s', async (_, one) => {
      const codes = one.expect.reasons.map((reason) => CODES[reason]);
      await expect(verify(one)).rejects.toMatchObject({ name: 'Refusal' });
      await expect(verify(one).catch((refusal: unknown) => (refusal as { code: string }).code)).resolves.toBe(codes[0]);
    });

    test('rejects a genuine token after any one character was changed', async () => {
      const genuine = cases.find((one) => one.id === 'simpleattest-sgxenclave_shared');
      if (!genuine) throw new Error('the vector is missing');
      for (let at = 0; at < genuine.token.length; at += 29) {
        const character = genuine.token[at] === 'A' ? 'B' : 'A';
        const token = genuine.token.slice(0, at) + character + genuine.token.slice(at + 1);
        await expect(verify({ ...genuine, token })).rejects.toMatchObject({ name: 'Refusal' });
      }
    });

    test('gives an expired token no more than the leeway', async () => {
      const genuine = cases.find((one) => one.id === 'simpleattest-sgxenclave_shared');
      if (!genuine) throw new Error('the vector is missing');
      const { expiresAt } = await verify(genuine);
      const after = (seconds: number) => ({ ...genuine, at: new Date((expiresAt + seconds) * 1000).toISOString() });
      await expect(verify(after(0))).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
      await expect(verify(after(59), 60)).resolves.toMatchObject({ expiresAt });
      await expect(verify(after(60), 60)).rejects.toMatchObject({ code: 'RESULT_EXPIRED' });
      await expect(verify(genuine, 61)).rejects.toThrow(RangeError);
    });
  });
}

describe('what is not a token at all', () => {
  const options = { issuers: [], getKeys: fixedIssuerKeys({ keys: [] }), now: 0 };

  test.each([
    ['an empty text', ''],
    ['two parts', 'a.b'],
    ['four parts', 'a.b.c.d'],
    ['parts that are not base64url', '!.!.!'],
    ['JSON that is not an object', `${Buffer.from('1').toString('base64url')}.e30.`],
    ['a text that is too long', `a.${'a'.repeat(70_000)}.a`],
  ])('%s is malformed', async (_, token) => {
    await expect(verifyAttestationResult(token, options)).rejects.toMatchObject({ code: 'RESULT_MALFORMED' });
  });
});

describe('what a token says of its own key', () => {
  const issuer = createTokenIssuer({ algorithm: 'RS256' });
  const stranger = createTokenIssuer({ algorithm: 'RS256' });
  const claims = {
    ...(JSON.parse(Buffer.from(createTestIssuer().issue([]).split('.')[1] ?? '', 'base64url').toString()) as object),
    iss: issuer.trusted.issuer,
  };
  const fetched: string[] = [];
  const check = (token: string, trusted = issuer.trusted) =>
    verifyAttestationResult(token, {
      issuers: [trusted],
      getKeys: createIssuerKeys({
        fetchJwks: (uri) => {
          fetched.push(uri);
          return Promise.resolve(issuer.certifiedJwks);
        },
        now: () => TEST_NOW,
        minimumRefetchSeconds: 0,
      }),
      now: TEST_NOW,
    });
  const strangersKey = stranger.bareJwks.keys[0];
  const strangersCertificate = Buffer.from(stranger.certificate).toString('base64');

  beforeEach(() => {
    fetched.length = 0;
  });

  test.each<[string, Record<string, unknown>]>([
    ['jku', { jku: 'https://attacker.example/certs' }],
    ['jku that is not the issuer’s, though the signature is', { jku: `${issuer.trusted.issuer}/other` }],
    ['x5u', { x5u: 'https://attacker.example/certificate.pem' }],
    ['jwk', { jwk: strangersKey }],
    ['x5c', { x5c: [strangersCertificate] }],
  ])('is never looked at: %s', async (_, header) => {
    await expect(check(issuer.sign(claims, header))).resolves.toMatchObject({ issuer: issuer.trusted.issuer });
    const forged = stranger.sign(claims, { kid: issuer.kid, ...header });
    await expect(check(forged)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
    expect(new Set(fetched)).toEqual(new Set([issuer.trusted.jwksUri]));
  });

  test('makes no stranger’s kid known', async () => {
    const header = { jku: 'https://attacker.example', jwk: strangersKey, x5c: [strangersCertificate] };
    await expect(check(stranger.sign(claims, header))).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
    expect(new Set(fetched)).toEqual(new Set([issuer.trusted.jwksUri]));
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['critical fields that nobody knows', { crit: ['b64'], b64: false }, 'RESULT_MALFORMED'],
    ['an empty list of critical fields', { crit: [] }, 'RESULT_MALFORMED'],
    ['no kid', { kid: undefined }, 'RESULT_MALFORMED'],
    ['a kid that is no text', { kid: 7 }, 'RESULT_MALFORMED'],
  ])('refuses %s, though the signature fits', async (_, header, code) => {
    await expect(check(issuer.sign(claims, header))).rejects.toMatchObject({ code });
  });

  test.each(['none', 'None', 'HS256', 'PS256', 'RS384', 'ES256', 'EdDSA', '', 256, null])(
    'cannot choose the algorithm %p',
    async (alg) => {
      const token = withHeader(issuer.sign(claims), { alg });
      await expect(check(token)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
      const unsigned = `${token.slice(0, token.lastIndexOf('.'))}.`;
      await expect(check(unsigned)).rejects.toMatchObject({
        code: expect.stringMatching(/RESULT_(MALFORMED|SIGNATURE_INVALID)/),
      });
    },
  );

  test('cannot choose another algorithm with the issuer’s own key', async () => {
    const pss = createTokenIssuer({ algorithm: 'PS256' });
    const token = pss.sign(claims);
    const keys = fixedIssuerKeys(pss.certifiedJwks);
    const options = { issuers: [issuer.trusted], getKeys: keys, now: TEST_NOW };
    await expect(verifyAttestationResult(token, options)).rejects.toMatchObject({ code: 'RESULT_SIGNATURE_INVALID' });
  });

  test('is of one issuer: a token of another with the same key is not its', async () => {
    // As the instances of one Azure region, which share a key.
    const other = { ...issuer.trusted, issuer: 'https://other.example' };
    await expect(check(issuer.sign(claims), other)).rejects.toMatchObject({ code: 'RESULT_ISSUER_UNTRUSTED' });
  });

  test.each<[string, unknown]>([
    ['no issuer', undefined],
    ['an issuer that is no text', ['https://issuer.example']],
  ])('with %s is malformed', async (_, iss) => {
    await expect(check(issuer.sign({ ...claims, iss }))).rejects.toMatchObject({ code: 'RESULT_MALFORMED' });
  });
});

describe('a certificate that embeds another as PEM', () => {
  test.each(ROUTES)('gives its own key (%s)', async (_, signatures) => {
    const { issuer, jwks } = issuerWithEmbeddedPem();
    const token = issuer.sign({
      iss: issuer.trusted.issuer,
      iat: TEST_NOW,
      nbf: TEST_NOW,
      exp: TEST_NOW + 60,
      jti: 'x',
    });
    const options = { issuers: [issuer.trusted], getKeys: fixedIssuerKeys(jwks, { signatures }), now: TEST_NOW };
    // The signature verifies; what the token then lacks is claims.
    await expect(verifyAttestationResult(token, options)).rejects.toThrow(/x-ms-ver/);
  });
});

/** As Azure's signing certificates: the extension with the evidence holds the PEM text of a chain. */
function issuerWithEmbeddedPem(): { issuer: TokenIssuer; jwks: unknown } {
  const issuer = createTokenIssuer({ algorithm: 'RS256' });
  const embedded = Buffer.from(`\n${writePem(createTokenIssuer({ algorithm: 'ES256' }).certificate)}`);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = createPublicKey({ key: issuer.bareJwks.keys[0] as JsonWebKey, format: 'jwk' });
  const name = { commonName: 'embeds' };
  const der = writeCertificate({
    subject: name,
    issuer: name,
    publicKey: own.export({ type: 'spki', format: 'der' }),
    signWith: { algorithm: 'ecdsa-with-SHA256', sign: (bytes) => sign('sha256', bytes, privateKey) },
    serial: randomBytes(16),
    notBefore: (TEST_NOW - 60) * 1000,
    notAfter: (TEST_NOW + 60) * 1000,
    extensions: [{ oid: '1.3.6.1.4.1.311.105.1', value: embedded }],
  });
  // The trap: Node's reader answers the embedded certificate.
  expect(new X509Certificate(der).publicKey.asymmetricKeyType).toBe('ec');
  return { issuer, jwks: { keys: [{ kid: issuer.kid, kty: 'RSA', x5c: [Buffer.from(der).toString('base64')] }] } };
}
