import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, exportJWK, importPKCS8, type JWK } from 'jose';
import { readFileSync } from 'node:fs';
import { dataFiles } from '../../deploy/local/addresses.js';
import { prepareAttestationServiceKey } from '../../deploy/local/keys.js';
import { signReceipt } from '../../enclave/receipts/receipt.js';
import { reportDataOf, runtimeDataOf } from '../../enclave/evidence/runtimeData.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import { readImageFile } from '../../cli/imageFile.js';
import { checkout } from '../support/shared.js';
import { cloister } from './commandLine.js';

// A data folder with an attestation service's certificate and a trust file, and a receipt signed under them.
const folder = mkdtempSync(join(tmpdir(), 'cloister-receipt-'));
const files = dataFiles(folder);
const issuer = 'http://localhost:4001';
const measurement = 'ab'.repeat(32);
const imagePath = join(checkout, 'subgraphs/patient/demo/normal-4.png');
const otherImagePath = join(checkout, 'subgraphs/patient/demo/pneumonia-4.png');
const receiptPath = join(folder, 'receipt.jws');
let receipt: string;

beforeAll(async () => {
  mkdirSync(files.keys);
  const now = Date.now();
  const certificateSha256 = prepareAttestationServiceKey(files, now);
  writeTrust(measurement, certificateSha256);
  receipt = await makeReceipt(Math.floor(now / 1000));
  writeFileSync(receiptPath, `${receipt}\n`);
});

describe('verify-receipt', () => {
  test('verifies a receipt without any service, and prints what it is about', async () => {
    const { exitCode, out } = await cloister(['verify-receipt', receiptPath, '--data', folder, '--image', imagePath]);
    expect(exitCode).toBe(0);
    for (const line of [
      'The receipt is verified.',
      'some-model 1.0.0',
      `measurement ${measurement}`,
      'inference',
      'SIMULATED',
      imagePath,
    ])
      expect(out).toContain(line);
  });

  test('takes the JSON that diagnose prints, and answers in JSON', async () => {
    const path = join(folder, 'answer.json');
    writeFileSync(path, JSON.stringify({ finding: 'FINDING', receipt }));
    const { out } = await cloister(['verify-receipt', path, '--data', folder, '--json']);
    expect(JSON.parse(out)).toMatchObject({
      verified: true,
      enclave: 'inference',
      measurement,
      simulated: true,
      input: await inputOf(imagePath),
    });
  });

  test.each([
    ['a changed signature', () => receipt.replace(/.{4}$/, 'AAAA'), []],
    ['no signature', () => `${receipt.slice(0, receipt.lastIndexOf('.'))}.`, []],
    ['nothing', () => '', []],
    ['something else', () => 'hello', []],
    ['another image', () => receipt, ['--image', otherImagePath]],
  ])('refuses a receipt with %s', async (_what, content, flags) => {
    const path = join(folder, 'changed.jws');
    writeFileSync(path, content());
    const { exitCode, out, err } = await cloister(['verify-receipt', path, '--data', folder, ...flags]);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err).toMatch(/^RECEIPT_INVALID: /);
  });

  test('refuses a receipt of an enclave that is no reference value', async () => {
    const other = join(folder, 'other-trust.json');
    writeFileSync(other, readFileSync(files.trust, 'utf8').replaceAll(measurement, 'cd'.repeat(32)));
    const { exitCode, err } = await cloister(['verify-receipt', receiptPath, '--data', folder, '--trust-file', other]);
    expect(exitCode).toBe(1);
    expect(err).toContain('measurement: expected');
  });

  test('refuses a receipt whose issuer signs with a certificate that is not pinned', async () => {
    const stranger = dataFiles(mkdtempSync(join(tmpdir(), 'cloister-stranger-')));
    mkdirSync(stranger.keys);
    prepareAttestationServiceKey(stranger, Date.now());
    const { exitCode, err } = await cloister([
      'verify-receipt',
      receiptPath,
      '--data',
      folder,
      '--certificate',
      stranger.attestationServiceCertificate,
    ]);
    expect(exitCode).toBe(1);
    expect(err).toContain('not pinned');
  });

  test('could not tell without the certificate', async () => {
    const { exitCode, err } = await cloister([
      'verify-receipt',
      receiptPath,
      '--data',
      folder,
      '--certificate',
      join(folder, 'absent.crt'),
    ]);
    expect(exitCode).toBe(3);
    expect(err).toContain('ISSUER_UNREACHABLE');
  });

  test('names a file that does not exist, and JSON without a receipt', async () => {
    expect((await cloister(['verify-receipt', join(folder, 'absent'), '--data', folder])).err).toContain('NOT_FOUND');
    writeFileSync(join(folder, 'empty.json'), '{}');
    expect((await cloister(['verify-receipt', join(folder, 'empty.json'), '--data', folder])).err).toContain(
      'BAD_INPUT',
    );
  });
});

async function makeReceipt(iat: number): Promise<string> {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tls: JWK = {
    ...(await exportJWK(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)),
    kid: 'tls',
    use: 'sig',
  };
  const jwk: JWK = { ...(await exportJWK(keys.publicKey)), kid: 'receipt', use: 'sig' };
  const token = await attestationResult([tls, jwk], iat);
  const result = { id: 'result-1', measurement, token } as AttestationResult;
  const model = { id: 'some-model', version: '1.0.0', sha256: 'ef'.repeat(32) };
  return signReceipt({
    key: { privateKey: keys.privateKey, jwk },
    result,
    now: iat,
    input: await inputOf(imagePath),
    model,
    answer: { finding: 'FINDING' },
  });
}

/** As our attestation service issues them for the insecure platform. */
async function attestationResult(keys: JWK[], iat: number): Promise<string> {
  const reportData = await reportDataOf(runtimeDataOf(keys));
  const signer = await importPKCS8(readFileSync(files.attestationServiceKey, 'utf8'), 'RS256');
  return new SignJWT({
    'x-ms-ver': '1.0',
    'x-ms-attestation-type': 'sgx',
    'x-ms-sgx-mrenclave': measurement,
    'x-ms-sgx-mrsigner': '00'.repeat(32),
    'x-ms-sgx-product-id': 1,
    'x-ms-sgx-svn': 1,
    'x-ms-sgx-is-debuggable': false,
    'x-ms-sgx-report-data': Buffer.from(reportData).toString('hex'),
    'x-ms-runtime': { keys },
    'x-ms-sgx-ehd': Buffer.from(runtimeDataOf(keys)).toString('base64url'),
    'x-cloister-simulated': true,
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'k' })
    .setIssuer(issuer)
    .setIssuedAt(iat)
    .setNotBefore(iat)
    .setExpirationTime(iat + 3600)
    .setJti('result-1')
    .sign(signer);
}

function writeTrust(value: string, certificateSha256: string): void {
  const issuers = [{ issuer, jwksUri: `${issuer}/certs`, certificateSha256: [certificateSha256] }];
  writeFileSync(
    files.trust,
    JSON.stringify({ mode: 'development', issuers, referenceValues: { inference: [{ measurement: value }] } }),
  );
}

async function inputOf(path: string): Promise<string> {
  return (await readImageFile(path)).pixelDigest();
}
