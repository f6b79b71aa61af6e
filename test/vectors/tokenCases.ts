import { createHmac } from 'node:crypto';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { RefusalCode } from '../../enclave/refusals.js';
import { TEST_NOW } from '../support/issuer.js';
import { withHeader } from '../support/tokens.js';
import type { TokenWorld } from './tokenWorld.js';
import { certifying, ISSUER, jwksOf, LIFETIME_SECONDS, OTHER_ISSUER, pemOf } from './tokenWorld.js';

/** One token before it is made, and the verdict that we hold to be right. */
export interface TokenCase {
  readonly id: string;
  /** What is wrong, in words. */
  readonly note: string;
  readonly token: (world: TokenWorld) => string;
  /** What the issuer publishes; absent: its key, inside its certificate. */
  readonly jwks?: (world: TokenWorld) => object;
  /** Seconds since 1970; absent: TEST_NOW. */
  readonly at?: number;
  readonly expect: Accepted | Refused;
}

type Accepted = Partial<Pick<AttestationResult, 'teeType' | 'measurement' | 'reportData' | 'simulated'>> & {
  readonly debuggable: boolean;
};

interface Refused {
  readonly code: RefusalCode;
  /** In the words of the public vectors, and `issuer-key` for a key that nobody may use. */
  readonly reason: string;
}

type Make = Pick<TokenCase, 'jwks' | 'at'>;
type Claims = Readonly<Record<string, unknown>>;

const accepted = (
  id: string,
  note: string,
  token: TokenCase['token'],
  more: Make = {},
  says: Partial<Accepted> = {},
) => ({
  id: `ok-${id}`,
  note,
  token,
  ...more,
  expect: { debuggable: false, teeType: 'sgx', ...says } satisfies Accepted,
});

const refusedWith =
  (code: RefusalCode, reason: string) =>
  (id: string, note: string, token: TokenCase['token'], more: Make = {}): TokenCase => ({
    id,
    note,
    token,
    ...more,
    expect: { code, reason },
  });
const malformed = refusedWith('RESULT_MALFORMED', 'parse');
const wrongAlgorithm = refusedWith('RESULT_SIGNATURE_INVALID', 'alg');
const unknownKey = refusedWith('RESULT_SIGNATURE_INVALID', 'kid');
const unusableKey = refusedWith('RESULT_SIGNATURE_INVALID', 'issuer-key');
const forged = refusedWith('RESULT_SIGNATURE_INVALID', 'signature');
const certificateTime = refusedWith('RESULT_SIGNATURE_INVALID', 'signer-cert-time');
const expired = refusedWith('RESULT_EXPIRED', 'expired');
const notYet = refusedWith('RESULT_EXPIRED', 'not-yet');
const untrusted = refusedWith('RESULT_ISSUER_UNTRUSTED', 'issuer');

/** The issuer's own token, with these claims changed (undefined removes one) and this header added. */
const issued =
  (change: Claims = {}, header: Claims = {}): TokenCase['token'] =>
  ({ issuer, claims }) =>
    issuer.sign({ ...claims, ...change }, header);
/** A stranger's token, which names the issuer's key as its own. */
const forgedBy =
  (header: (world: TokenWorld) => Claims): TokenCase['token'] =>
  (world) =>
    world.stranger.sign(world.claims, { kid: world.issuer.kid, ...header(world) });
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const strangersCertificate = ({ stranger }: TokenWorld) => Buffer.from(stranger.certificate).toString('base64');
/** The token with one of its three parts replaced. */
const withPart =
  (position: 0 | 1 | 2, part: (before: string) => string): TokenCase['token'] =>
  (world) =>
    issued()(world)
      .split('.')
      .map((before, at) => (at === position ? part(before) : before))
      .join('.');

const genuine: readonly TokenCase[] = [
  accepted('sgx', 'an SGX enclave', issued(), {}, { measurement: 'e1'.repeat(32), reportData: 'da'.repeat(64) }),
  accepted(
    'sgx-debug',
    'a debug enclave: genuine, and said',
    issued({ 'x-ms-sgx-is-debuggable': true }),
    {},
    { debuggable: true },
  ),
  accepted(
    'simulated',
    'simulated evidence: genuine, and said',
    issued({ 'x-cloister-simulated': true }),
    {},
    { simulated: true },
  ),
  accepted(
    'tdx',
    'a TD',
    ({ issuer, tdxClaims }) => issuer.sign(tdxClaims),
    {},
    { teeType: 'tdx', measurement: 'e2'.repeat(48) },
  ),
  accepted(
    'sev-snp',
    'an SEV-SNP guest',
    ({ issuer, snpClaims }) => issuer.sign(snpClaims),
    {},
    { teeType: 'sev-snp', measurement: 'e3'.repeat(48) },
  ),
  accepted(
    'header-jku',
    'a jku of a stranger, which nobody follows',
    issued({}, { jku: 'https://stranger.example/certs' }),
  ),
  accepted(
    'header-x5u',
    'an x5u of a stranger, which nobody follows',
    issued({}, { x5u: 'https://stranger.example/chain.pem' }),
  ),
  accepted('header-jwk', 'a stranger’s key in the header, which nobody uses', (world) =>
    issued({}, { jwk: world.stranger.bareJwks.keys[0] })(world),
  ),
  accepted('header-x5c', 'a stranger’s certificate in the header, which nobody uses', (world) =>
    issued({}, { x5c: [strangersCertificate(world)] })(world),
  ),
  accepted('one-key-of-many', 'another key of the issuer stands first', issued(), {
    jwks: ({ issuer, other }) => jwksOf(other, issuer),
  }),
  accepted(
    'certificate-with-pem-inside',
    'the key’s certificate holds another one as PEM text, as one with a quote does',
    issued(),
    {
      jwks: ({ issuer, embedded }) => certifying(issuer, { inside: pemOf(embedded) }),
    },
  ),
  accepted('to-the-first-second', 'nbf is this very second', issued({ nbf: TEST_NOW, iat: TEST_NOW })),
  accepted('to-the-last-second', 'the last second before exp', issued(), { at: TEST_NOW + LIFETIME_SECONDS - 1 }),
];

const texts: readonly TokenCase[] = [
  malformed('parse-empty', 'no text', () => ''),
  malformed('parse-two-parts', 'no signature part', (world) => issued()(world).split('.').slice(0, 2).join('.')),
  malformed('parse-four-parts', 'a part too many', (world) => `${issued()(world)}.AA`),
  malformed(
    'parse-too-long',
    'more than 65,536 characters',
    withPart(1, (part) => part + 'A'.repeat(65_536)),
  ),
  malformed(
    'parse-header-base64',
    'a header that is not base64url',
    withPart(0, () => '*'),
  ),
  malformed(
    'parse-header-text',
    'a header that is no JSON',
    withPart(0, () => Buffer.from('alg').toString('base64url')),
  ),
  malformed(
    'parse-header-list',
    'a header that is a JSON list',
    withPart(0, () => encode([])),
  ),
  malformed(
    'parse-claims-text',
    'claims that are no JSON',
    withPart(1, () => Buffer.from('claims').toString('base64url')),
  ),
  malformed(
    'parse-claims-utf8',
    'claims that are not UTF-8',
    withPart(1, () => Buffer.from('{"a":"\xff"}', 'latin1').toString('base64url')),
  ),
  malformed(
    'parse-signature-padding',
    'a signature with padding, another text of the same bytes',
    withPart(2, (part) => `${part}==`),
  ),
  malformed(
    'parse-signature-space',
    'a signature with a space in it',
    withPart(2, (part) => `${part} `),
  ),
  malformed(
    'parse-signature-missing',
    'an empty signature',
    withPart(2, () => ''),
  ),
  malformed('header-crit', 'critical header fields that nobody knows', issued({}, { crit: ['b64'], b64: false })),
  malformed('header-crit-empty', 'an empty list of critical header fields', issued({}, { crit: [] })),
  malformed('header-kid-missing', 'no kid', issued({}, { kid: undefined })),
  malformed('header-kid-number', 'a kid that is no text', issued({}, { kid: 7 })),
];

const algorithms: readonly TokenCase[] = [
  wrongAlgorithm(
    'alg-none',
    'unsigned, as Azure answers draft policies: a real kid, and no signature',
    ({ issuer, claims }) => `${encode({ alg: 'none', kid: issuer.kid, typ: 'JWT' })}.${encode(claims)}.`,
  ),
  wrongAlgorithm('alg-none-signed', 'a genuine token that calls itself unsigned', (world) =>
    withHeader(issued()(world), { alg: 'none' }),
  ),
  wrongAlgorithm('alg-none-spelled', 'none in another spelling', (world) =>
    withHeader(issued()(world), { alg: 'nOnE' }),
  ),
  wrongAlgorithm('alg-hs256', 'a MAC, whose secret is the issuer’s certificate', ({ issuer, claims }) => {
    const signed = `${encode({ alg: 'HS256', kid: issuer.kid, typ: 'JWT' })}.${encode(claims)}`;
    return `${signed}.${createHmac('sha256', pemOf(issuer)).update(signed).digest('base64url')}`;
  }),
  wrongAlgorithm('alg-missing', 'no algorithm', (world) => withHeader(issued()(world), { alg: undefined })),
  wrongAlgorithm('alg-renamed', 'a genuine token that calls itself RS384', (world) =>
    withHeader(issued()(world), { alg: 'RS384' }),
  ),
  wrongAlgorithm(
    'alg-ps256',
    'the issuer’s own key, with another algorithm than the issuer’s',
    ({ pss, claims }) => pss.sign(claims),
    { jwks: ({ pss }) => jwksOf(pss) },
  ),
  wrongAlgorithm(
    'alg-es256',
    'an elliptic key, with another algorithm than the issuer’s',
    ({ elliptic, claims }) => elliptic.sign(claims),
    { jwks: ({ elliptic }) => jwksOf(elliptic) },
  ),
];

const keys: readonly TokenCase[] = [
  unknownKey('kid-unknown', 'a kid that the issuer does not have', issued({}, { kid: 'unknown' })),
  unknownKey('kid-of-a-stranger', 'a stranger’s token with its own kid', ({ stranger, claims }) =>
    stranger.sign(claims),
  ),
  unknownKey('kid-empty-jwks', 'the issuer has no key at all', issued(), { jwks: () => ({ keys: [] }) }),
  unknownKey('jwk-alone', 'a stranger’s key in the header, under a kid of its own', (world) =>
    world.stranger.sign(world.claims, { jwk: world.stranger.bareJwks.keys[0] }),
  ),
  unknownKey('x5c-alone', 'a stranger’s certificate in the header, under a kid of its own', (world) =>
    world.stranger.sign(world.claims, { x5c: [strangersCertificate(world)] }),
  ),
  unknownKey('key-without-certificate', 'the key as n and e: Azure’s have certificates', issued(), {
    jwks: ({ issuer }) => issuer.bareJwks,
  }),
  forged(
    'jku-of-a-stranger',
    'a stranger’s token under the issuer’s kid, and where the stranger’s keys are',
    forgedBy(() => ({ jku: 'https://stranger.example/certs' })),
  ),
  forged(
    'x5u-of-a-stranger',
    'the same, with an x5u',
    forgedBy(() => ({ x5u: 'https://stranger.example/chain.pem' })),
  ),
  forged(
    'jwk-of-a-stranger',
    'the same, with the stranger’s key',
    forgedBy(({ stranger }) => ({ jwk: stranger.bareJwks.keys[0] })),
  ),
  forged(
    'x5c-of-a-stranger',
    'the same, with the stranger’s certificate',
    forgedBy((world) => ({ x5c: [strangersCertificate(world)] })),
  ),
  forged(
    'signature-of-another-key',
    'another key of the issuer signed it than the one that it names',
    ({ other, issuer, claims }) => other.sign(claims, { kid: issuer.kid }),
    { jwks: ({ issuer, other }) => jwksOf(issuer, other) },
  ),
  forged(
    'signature-bit',
    'one bit of the signature is flipped',
    withPart(2, (part) => {
      const bytes = Buffer.from(part, 'base64url');
      bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
      return bytes.toString('base64url');
    }),
  ),
  forged(
    'signature-cut',
    'the last byte of the signature is missing',
    withPart(2, (part) => Buffer.from(part, 'base64url').subarray(0, -1).toString('base64url')),
  ),
  forged(
    'claim-edited',
    'another measurement than was signed',
    withPart(1, (part) =>
      encode({
        ...(JSON.parse(Buffer.from(part, 'base64url').toString()) as object),
        'x-ms-sgx-mrenclave': '00'.repeat(32),
      }),
    ),
  ),
  forged('header-edited', 'a header field that was not signed', (world) =>
    withHeader(issued()(world), { jku: `${ISSUER}/certs` }),
  ),
  forged(
    'pem-inside-certificate',
    'the key whose certificate stands as PEM text inside the issuer’s signed it',
    ({ embedded, issuer, claims }) => embedded.sign(claims, { kid: issuer.kid }),
    {
      jwks: ({ issuer, embedded }) => certifying(issuer, { inside: pemOf(embedded) }),
    },
  ),
  unusableKey(
    'key-of-1024-bits',
    'an RSA key of 1024 bits, as Azure’s was in 2020',
    ({ small, claims }) => small.sign(claims),
    { jwks: ({ small }) => jwksOf(small) },
  ),
  unusableKey(
    'key-is-elliptic',
    'the issuer’s certificate holds a key of another kind than its algorithm',
    ({ elliptic, issuer, claims }) => issuer.sign(claims, { kid: elliptic.kid }),
    { jwks: ({ elliptic }) => jwksOf(elliptic) },
  ),
  unusableKey('key-no-certificate', 'bytes in x5c that are no certificate', issued(), {
    jwks: ({ issuer }) => ({
      keys: [{ kid: issuer.kid, kty: 'RSA', x5c: [Buffer.from('certificate').toString('base64')] }],
    }),
  }),
  certificateTime('certificate-expired', 'the key’s certificate ended a second before', issued(), {
    jwks: ({ issuer }) => certifying(issuer, { notAfter: TEST_NOW - 1 }),
  }),
  certificateTime('certificate-not-yet-valid', 'the key’s certificate begins a second later', issued(), {
    jwks: ({ issuer }) => certifying(issuer, { notBefore: TEST_NOW + 1 }),
  }),
];

const statements: readonly TokenCase[] = [
  untrusted(
    'issuer-another',
    'another instance, which shares its key with this one as those of a region do',
    issued({ iss: OTHER_ISSUER }),
  ),
  untrusted('issuer-with-slash', 'the issuer with a slash after it', issued({ iss: `${ISSUER}/` })),
  untrusted('issuer-upper-case', 'the issuer in upper case', issued({ iss: ISSUER.toUpperCase() })),
  malformed('issuer-missing', 'no issuer', issued({ iss: undefined })),
  malformed('issuer-list', 'an issuer that is a list', issued({ iss: [ISSUER] })),
  expired('expired', 'an hour after exp', issued(), { at: TEST_NOW + LIFETIME_SECONDS + 3600 }),
  expired('expired-to-the-second', 'exp is this very second', issued(), { at: TEST_NOW + LIFETIME_SECONDS }),
  notYet('not-yet', 'nbf is a second later', issued({ nbf: TEST_NOW + 1 })),
  notYet('issued-later', 'iat is a second later', issued({ iat: TEST_NOW + 1 })),
  malformed('exp-missing', 'no exp', issued({ exp: undefined })),
  malformed('exp-text', 'an exp that is a text', issued({ exp: String(TEST_NOW + 60) })),
  malformed('exp-fraction', 'an exp with a fraction', issued({ exp: TEST_NOW + 0.5 })),
  malformed('nbf-missing', 'no nbf', issued({ nbf: undefined })),
  malformed('iat-missing', 'no iat', issued({ iat: undefined })),
  malformed('jti-missing', 'no jti', issued({ jti: undefined })),
  malformed('claims-version', 'claims of another version', issued({ 'x-ms-ver': '2.0' })),
  malformed('claims-type-unknown', 'a kind of evidence that nobody knows', issued({ 'x-ms-attestation-type': 'vbs' })),
  malformed(
    'claims-type-of-every-object',
    'a kind of evidence that is called like a property of every object',
    issued({ 'x-ms-attestation-type': 'constructor' }),
  ),
  malformed('claims-measurement-missing', 'no measurement', issued({ 'x-ms-sgx-mrenclave': undefined })),
  malformed('claims-measurement-short', 'a measurement of 31 bytes', issued({ 'x-ms-sgx-mrenclave': 'e1'.repeat(31) })),
  malformed(
    'claims-debug-text',
    'a text where it says whether it is a debug enclave',
    issued({ 'x-ms-sgx-is-debuggable': 'false' }),
  ),
  malformed(
    'claims-debug-missing',
    'it is not said whether it is a debug enclave',
    issued({ 'x-ms-sgx-is-debuggable': undefined }),
  ),
];

/** Every vector of test/vectors/tokens. */
export const tokenCases: readonly TokenCase[] = [...genuine, ...texts, ...algorithms, ...keys, ...statements];
