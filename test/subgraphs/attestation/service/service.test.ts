import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader, importX509, jwtVerify } from 'jose';
import { writePem } from '../../../../enclave/asn1/pem.js';
import { reportDataOf, runtimeDataOf } from '../../../../enclave/evidence/runtimeData.js';
import { createInsecurePlatform } from '../../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../../enclave/platforms/insecure/platform.js';
import type { RunningAttestationService } from '../../../support/attestationService.js';
import { startAttestationService } from '../../../support/attestationService.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const PORTAL = 'http://localhost:4003';
const measurement = 'ab'.repeat(32);
const runtimeData = runtimeDataOf([{ kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ', kid: 'tls' }], 'fresh');

let service: RunningAttestationService;
let quote: Buffer;

beforeAll(async () => {
  service = await startAttestationService({ now: () => NOW, allowedOrigins: [PORTAL] });
  const platform = insecurePlatform({ files: service.platform, measurement });
  quote = Buffer.from(await platform.quote(await reportDataOf(runtimeData)));
});

afterAll(async () => {
  await service.close();
});

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const requestOf = (evidence: Uint8Array) => ({
  quote: base64url(evidence),
  runtimeData: { data: base64url(runtimeData), dataType: 'JSON' },
});

interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly token: string;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly innererror: { readonly code: string; readonly message: string };
  };
}

async function post(body: unknown, path = '/attest/SgxEnclave?api-version=2022-08-01'): Promise<Posted> {
  const response = await fetch(service.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answer = (await response.json()) as { token: string; error: Posted['error'] };
  return { status: response.status, headers: response.headers, ...answer };
}

/** As a relying party does it: the key comes from the issuer's /certs, wrapped as PEM, and from nowhere else. */
async function verify(token: string): Promise<Record<string, unknown>> {
  const { keys } = (await (await fetch(`${service.url}/certs`)).json()) as { keys: { kid: string; x5c: string[] }[] };
  const entry = keys.find(({ kid }) => kid === decodeProtectedHeader(token).kid);
  const key = await importX509(writePem(Buffer.from(entry?.x5c[0] ?? '', 'base64')), 'RS256');
  const { payload } = await jwtVerify(token, key, {
    algorithms: ['RS256'],
    issuer: service.issuer,
    currentDate: new Date(NOW),
  });
  return payload;
}

describe('an attestation result', () => {
  test('is signed by the key in /certs and has the claims of Azure Attestation', async () => {
    const { status, token } = await post(requestOf(quote));
    expect(status).toBe(200);
    const claims = await verify(token);
    const iat = NOW / 1000;
    expect(claims).toMatchObject({
      iss: service.issuer,
      iat,
      nbf: iat,
      exp: iat + 28_800,
      jti: expect.stringMatching(/^[0-9a-f]{64}$/),
      'x-ms-ver': '1.0',
      'x-ms-attestation-type': 'sgx',
      'x-ms-policy-hash': 'bROrN897ZfWmWY2V0FLUlu3uwk5xatGnKYHn3zBbSlw',
      'x-ms-sgx-is-debuggable': false,
      'x-ms-sgx-mrenclave': measurement,
      'x-ms-sgx-product-id': 1,
      'x-ms-sgx-svn': 1,
      'x-ms-sgx-report-data': Buffer.from(await reportDataOf(runtimeData)).toString('hex'),
      'x-ms-runtime': JSON.parse(Buffer.from(runtimeData).toString()) as object,
      'sgx-mrenclave': measurement,
      'x-ms-policy': { 'is-debuggable': false, 'product-id': 1, 'sgx-mrenclave': measurement, svn: 1, tee: 'sgx' },
    });
    const collateral = claims['x-ms-sgx-collateral'] as Record<string, string>;
    expect(collateral.quotehash).toBe(createHash('sha256').update(quote).digest('hex'));
    expect(Object.keys(collateral)).toHaveLength(7);
  });

  test('says that it is simulated, and at which TCB', async () => {
    expect(await verify((await post(requestOf(quote))).token)).toMatchObject({
      'x-cloister-simulated': true,
      'x-cloister-tcb-status': 'UpToDate',
    });
  });

  test('does not say simulated where the root is a vendor’s', async () => {
    const { trustRoot } = await import('../../../../enclave/verification/trustRoot.js');
    const platform = service.platform;
    const vendor = await startAttestationService({
      now: () => NOW,
      platform,
      trustRoots: [trustRoot({ name: 'vendor', simulated: false, pem: platform['root.pem'] })],
    });
    const response = await fetch(`${vendor.url}/attest/SgxEnclave?api-version=2022-08-01`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(requestOf(quote)),
    });
    const { token } = (await response.json()) as { token: string };
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).not.toHaveProperty(
      'x-cloister-simulated',
    );
    await vendor.close();
  });

  test('has its claims in alphabetical order, also inside x-ms-runtime', async () => {
    const { token } = await post({ ...requestOf(quote), nonce: 'n' });
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(Object.keys(claims)).toEqual(Object.keys(claims).sort());
    const [key] = (claims['x-ms-runtime'] as { keys: object[] }).keys;
    expect(Object.keys(key ?? {})).toEqual(['crv', 'kid', 'kty', 'x', 'y']);
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'RS256',
      jku: `${service.issuer}/certs`,
      kid: expect.any(String),
      typ: 'JWT',
    });
  });

  test('has another identifier each time', async () => {
    const [first, second] = await Promise.all([post(requestOf(quote)), post(requestOf(quote))]);
    expect((await verify(first.token)).jti).not.toBe((await verify(second.token)).jti);
  });

  test('echoes the nonce, also a number too large for a double', async () => {
    expect(await verify((await post({ ...requestOf(quote), nonce: 'hello' })).token)).toMatchObject({ nonce: 'hello' });
    const body = JSON.stringify(requestOf(quote)).replace(/}$/, ',"nonce": 18446744073709551615}');
    expect(await verify((await post(body)).token)).toMatchObject({ nonce: '18446744073709551615' });
  });

  test('holds binary runtime data under its three names', async () => {
    const { token } = await post({
      quote: base64url(quote),
      runtimeData: { data: base64url(runtimeData), dataType: 'Binary' },
    });
    const claims = await verify(token);
    for (const name of ['x-ms-sgx-ehd', 'aas-ehd', 'maa-ehd']) expect(claims[name]).toBe(base64url(runtimeData));
    expect(claims).not.toHaveProperty('x-ms-runtime');
  });

  test('vouches for no key where no runtime data came', async () => {
    const claims = await verify((await post({ quote: base64url(quote) })).token);
    expect(claims).not.toHaveProperty('x-ms-runtime');
    expect(claims).not.toHaveProperty('x-ms-sgx-ehd');
  });

  test('is given for JSON that ends in a NUL byte, as C programs send it', async () => {
    const withNul = Buffer.concat([runtimeData, Buffer.alloc(1)]);
    const bound = await insecurePlatform({ files: service.platform, measurement }).quote(await reportDataOf(withNul));
    const { token } = await post({
      quote: base64url(bound),
      runtimeData: { data: base64url(withNul), dataType: 'JSON' },
    });
    expect(await verify(token)).toHaveProperty('x-ms-runtime.nonce', 'fresh');
  });

  test('is given for an Open Enclave report, whose digest covers the header', async () => {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(1, 0);
    header.writeUInt32LE(2, 4);
    header.writeBigUInt64LE(BigInt(quote.length), 8);
    const report = Buffer.concat([header, quote]);
    const { token } = await post({ report: base64url(report) }, '/attest/OpenEnclave?api-version=2020-10-01');
    expect(await verify(token)).toHaveProperty(
      'x-ms-sgx-collateral.quotehash',
      createHash('sha256').update(report).digest('hex'),
    );
  });

  test.each(['2020-10-01', '2022-08-01', '2025-06-01'])('is given under api-version %s', async (version) => {
    expect((await post(requestOf(quote), `/attest/SgxEnclave?api-version=${version}`)).status).toBe(200);
  });
});

describe('evidence that is not genuine', () => {
  const flipped = (at: number) => {
    const changed = Buffer.from(quote);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  };

  test.each([
    ['the measurement', 48 + 64, 'InvalidParameter', 'EVIDENCE_SIGNATURE_INVALID'],
    ['the report data', 48 + 320, 'InvalidParameter', 'EVIDENCE_SIGNATURE_INVALID'],
    ['the signature', 436, 'InvalidParameter', 'EVIDENCE_SIGNATURE_INVALID'],
    ['the attestation key', 500, 'InvalidParameter', 'EVIDENCE_SIGNATURE_INVALID'],
    ['the quoting enclave', 564 + 128, 'InvalidParameter', 'EVIDENCE_SIGNATURE_INVALID'],
    ['the version', 0, 'InvalidQuote', 'EVIDENCE_MALFORMED'],
  ])('is refused when one bit of %s is flipped', async (_, at, azureCode, code) => {
    const { status, headers, error } = await post(requestOf(flipped(at)));
    expect(status).toBe(400);
    expect(error).toMatchObject({ code: azureCode, innererror: { code } });
    expect(headers.get('x-ms-error-code')).toBe(azureCode);
    expect(headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('is refused with other runtime data than the quote vouches for', async () => {
    const other = runtimeDataOf([{ kty: 'EC', kid: 'mine' }]);
    const { status, error } = await post({
      quote: base64url(quote),
      runtimeData: { data: base64url(other), dataType: 'JSON' },
    });
    expect(status).toBe(400);
    expect(error).toMatchObject({ code: 'InvalidParameter', innererror: { code: 'EVIDENCE_BINDING_MISMATCH' } });
  });

  test('is refused from a platform with another root', async () => {
    const foreign = insecurePlatform({ files: createInsecurePlatform({ now: NOW }), measurement });
    const { error } = await post(requestOf(await foreign.quote(await reportDataOf(runtimeData))));
    expect(error.innererror.code).toBe('EVIDENCE_ROOT_UNTRUSTED');
  });
});

describe('a request that is not of the protocol', () => {
  const attest = '/attest/SgxEnclave?api-version=2022-08-01';

  test.each([
    ['is not JSON', '{', 'The body is not JSON.'],
    ['is a list', '[]', 'the body is not a JSON object.'],
    ['has no quote', {}, 'quote is not base64url.'],
    ['has a quote in standard base64', { quote: 'a+b/' }, 'quote is not base64url.'],
    [
      'has an unknown data type',
      { quote: 'AAAA', runtimeData: { data: 'AAAA', dataType: 'CBOR' } },
      'runtimeData.dataType is neither JSON nor Binary.',
    ],
    ['has a nonce that is neither text nor whole number', { quote: 'AAAA', nonce: 1.5 }, /^nonce is neither/],
    [
      'has a draft policy that is no text',
      { quote: 'AAAA', draftPolicyForAttestation: 1 },
      'draftPolicyForAttestation is not a text.',
    ],
    ['has init-time data that is no object', { quote: 'AAAA', initTimeData: 'x' }, 'initTimeData is not an object.'],
  ])('is refused where the body %s', async (_, body, message) => {
    const { status, error } = await post(body, attest);
    expect(status).toBe(400);
    expect(error.code).toBe('InvalidParameter');
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  test.each(['?api-version=2018-09-01-preview', '?api-version=', ''])(
    'is refused under api-version "%s"',
    async (query) => {
      const { status, error } = await post(requestOf(quote), `/attest/SgxEnclave${query}`);
      expect(status).toBe(400);
      expect(error.message).toContain('api-version');
    },
  );

  test('is refused where runtime data is declared as JSON and is none', async () => {
    const data = Buffer.from('not json');
    const bound = await insecurePlatform({ files: service.platform, measurement }).quote(await reportDataOf(data));
    const { error } = await post({ quote: base64url(bound), runtimeData: { data: base64url(data), dataType: 'JSON' } });
    expect(error.innererror.code).toBe('BAD_INPUT');
  });

  test('is refused where runtime data is nested to exhaust the stack', async () => {
    const data = Buffer.from(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`);
    const bound = await insecurePlatform({ files: service.platform, measurement }).quote(await reportDataOf(data));
    const { status, error } = await post({
      quote: base64url(bound),
      runtimeData: { data: base64url(data), dataType: 'JSON' },
    });
    expect([status, error.message]).toEqual([400, 'runtimeData is nested deeper than 16 levels.']);
  });

  test.each([
    ['no header', Buffer.alloc(40)],
    ['a length beyond its end', Buffer.from('0100000002000000ffffffffffffffff00', 'hex')],
  ])('is refused where an Open Enclave report has %s', async (_, report) => {
    const { error } = await post({ report: base64url(report) }, '/attest/OpenEnclave?api-version=2022-08-01');
    expect(error).toMatchObject({ code: 'InvalidQuote', innererror: { code: 'EVIDENCE_MALFORMED' } });
  });

  test('is refused with a body beyond 64 KiB', async () => {
    const { status, error } = await post({ quote: 'A'.repeat(65 * 1024) });
    expect([status, error.code]).toEqual([413, 'RequestEntityTooLarge']);
  });

  test('is refused with a body beyond 64 KiB that does not say its length', async () => {
    const { hostname, port } = new URL(service.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.write(
        `POST ${attest} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n11000\r\n${'A'.repeat(0x11000)}\r\n0\r\n\r\n`,
      );
      setTimeout(() => socket.end(), 200);
    });
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  test.each(['/attest/Other?api-version=2022-08-01', '/policies/SgxEnclave?api-version=2022-08-01', '/', '//'])(
    'is refused at %s',
    async (path) => {
      const { status, error } = await post({}, path);
      expect([status, error.code, error.innererror.code]).toEqual([404, 'NotFound', 'NOT_FOUND']);
    },
  );
});

describe('what the service says about itself', () => {
  test('is in its OpenID configuration', async () => {
    const configuration = (await (await fetch(`${service.url}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >;
    expect(configuration).toMatchObject({
      issuer: service.issuer,
      jwks_uri: `${service.issuer}/certs`,
      id_token_signing_alg_values_supported: ['RS256'],
    });
  });

  test('is a key that is only inside its certificate', async () => {
    const { keys } = (await (await fetch(`${service.url}/certs`)).json()) as { keys: object[] };
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['kid', 'kty', 'x5c']]);
  });

  test('is that it lives and is ready', async () => {
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  });
});

describe('web pages', () => {
  const preflight = (origin: string) =>
    fetch(`${service.url}/attest/SgxEnclave?api-version=2022-08-01`, { method: 'OPTIONS', headers: { origin } });

  test('of an allowed origin may ask', async () => {
    const response = await preflight(PORTAL);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(PORTAL);
    expect(response.headers.get('access-control-allow-headers')).toBe('content-type');
  });

  test.each(['http://localhost:4003.evil.test', 'null', 'http://localhost:4004'])('of %s may not', async (origin) => {
    expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describeWithShared('compared with real results of Azure Attestation', 'vectors/maa', () => {
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

  test.each([
    ['attestwithruntimedatajson-sgxenclave_shared', 'JSON'],
    ['attestwithruntimedata-sgxenclave_shared', 'Binary'],
  ])('%s, a result has the same claims, of the same types, and some of ours', async (name, dataType) => {
    const file = sharedPath(`vectors/maa/${name}.json`);
    const real = claimsOf((JSON.parse(readFileSync(file, 'utf8')) as { token: string }).token);
    const { token } = await post({ quote: base64url(quote), runtimeData: { data: base64url(runtimeData), dataType } });
    const all = Object.entries(claimsOf(token));
    const isOwn = ([name]: readonly [string, unknown]) => name.startsWith('x-cloister-');
    expect(Object.fromEntries(all.filter(isOwn))).toEqual({
      'x-cloister-advisory-ids': [],
      'x-cloister-simulated': true,
      'x-cloister-tcb-evaluation-data-number': expect.any(Number),
      'x-cloister-tcb-status': 'UpToDate',
    });
    const ours = Object.fromEntries(all.filter((claim) => !isOwn(claim)));
    expect(typesOf(ours)).toEqual(typesOf(real));
    expect(ours['x-ms-policy-hash']).toBe(real['x-ms-policy-hash']);
  });

  /** Names and types, one level deep; what the attester put into x-ms-runtime is its own business. */
  function typesOf(claims: Record<string, unknown>): Record<string, unknown> {
    const entries = Object.entries(claims).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null && name !== 'x-ms-runtime' ? Object.keys(value) : typeof value,
    ]);
    return Object.fromEntries(entries) as Record<string, unknown>;
  }
});
