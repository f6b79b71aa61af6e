import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { reportDataOf, runtimeDataOf } from '../../enclave/evidence/runtimeData.js';
import { createInsecurePlatform } from '../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../enclave/platforms/insecure/platform.js';
import { describeWithShared, sharedPath } from '../support/shared.js';
import { cloister } from './commandLine.js';

const folder = mkdtempSync(join(tmpdir(), 'cloister-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const measurement = 'ab'.repeat(32);
const platform = createInsecurePlatform({ now: Date.now() });
const runtimeData = runtimeDataOf([]);
const quote = await insecurePlatform({ files: platform, measurement }).quote(await reportDataOf(runtimeData));
const root = fileOf('root.pem', platform['root.pem']);
const collateral = fileOf('collateral.json', platform['collateral.json']);
const quoteFile = fileOf('quote.bin', quote);
const runtimeFile = fileOf('runtime.json', runtimeData);
/** A data folder with no system in it, so that nothing of the machine at hand gets in. */
const nowhere = ['--data', join(folder, 'nowhere')];
const own = ['--root', root, '--collateral', collateral, ...nowhere];

function trustFile(measured: string, mode = 'development'): string {
  const trust = {
    mode,
    issuers: [{ issuer: 'https://attestation.test', jwksUri: 'https://attestation.test/certs' }],
    referenceValues: { gateway: [{ measurement: measured }] },
  };
  return fileOf(`trust-${measured.slice(0, 2)}-${mode}.json`, JSON.stringify(trust));
}

const verify = (...args: string[]) => cloister(['verify', ...args]);

describe('cloister verify FILE', () => {
  test('accepts evidence of the enclave that it should be, and says for each question why', async () => {
    const { exitCode, out } = await verify(
      quoteFile,
      ...own,
      '--trust-file',
      trustFile(measurement),
      '--runtime-data',
      runtimeFile,
    );
    expect(out).toMatch(/Evidence +passed\. Taken for: DCAP quote, version 3/);
    expect(out).toMatch(/Hardware +NOT SO, accepted in development\. SIMULATED Intel SGX/);
    expect(out).toMatch(/Firmware +passed\. UpToDate/);
    expect(out).toMatch(/Debug mode +passed\. Off/);
    expect(out).toMatch(new RegExp(`Code +passed\\. Measures to ${measurement}, the reference value of gateway`));
    expect(out).toMatch(/Policy +passed\. Satisfies component/);
    expect(out).toMatch(/Key binding +passed\. Vouches for runtime data of \d+ bytes/);
    expect(out).toContain('Verdict: accepted');
    expect(exitCode).toBe(0);
  });

  test('has another exit code for what is genuine and not acceptable', async () => {
    const { exitCode, out } = await verify(quoteFile, ...own, '--trust-file', trustFile('cd'.repeat(32)));
    expect(exitCode).toBe(4);
    expect(out).toMatch(/Code +FAILED/);
    expect(out).toMatch(/Policy +FAILED\. .*measurement: expected/);
    expect(out).toContain('genuine, but not acceptable (POLICY_NOT_SATISFIED)');
  });

  test('does not accept simulated evidence in production', async () => {
    const trust = trustFile(measurement, 'production');
    const { exitCode, out } = await verify(quoteFile, ...own, '--trust-file', trust);
    expect(exitCode).toBe(4);
    expect(out).toMatch(/Hardware +FAILED\. SIMULATED/);
    expect(out).toContain('simulated: expected false, got true');
  });

  test('could not tell where nobody said what it should be', async () => {
    const { exitCode, out } = await verify(quoteFile, ...own);
    expect(exitCode).toBe(3);
    expect(out).toMatch(/Policy +COULD NOT TELL\. .*--trust-file.*--genuine/);
  });

  test('may be asked only whether it is genuine', async () => {
    const { exitCode, out } = await verify(quoteFile, ...own, '--genuine');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/Policy +not asked/);
  });

  test('could not tell without collateral', async () => {
    const { exitCode, out } = await verify(quoteFile, '--root', root, ...nowhere, '--genuine');
    expect(exitCode).toBe(3);
    expect(out).toMatch(/Hardware +COULD NOT TELL\. COLLATERAL_UNAVAILABLE/);
  });

  test('could not tell with collateral that has expired at the time to judge by', async () => {
    const { exitCode, out } = await verify(quoteFile, ...own, '--genuine', '--at', '2099-01-01T00:00:00Z');
    expect(exitCode).toBe(3);
    expect(out).toContain('COLLATERAL_UNAVAILABLE');
  });

  test('could not tell with collateral that the vendor did not sign', async () => {
    const edited = fileOf('edited.json', platform['collateral.json'].replaceAll('OutOfDate', 'Outdated!'));
    const foreign = fileOf('foreign.json', createInsecurePlatform({ now: Date.now() })['collateral.json']);
    for (const bad of [edited, foreign]) {
      const { exitCode, out } = await verify(quoteFile, '--root', root, '--collateral', bad, ...nowhere, '--genuine');
      expect(out).toMatch(/Hardware +COULD NOT TELL\. COLLATERAL_INVALID/);
      expect(exitCode).toBe(3);
    }
  });

  test('is not genuine under the vendors’ roots alone', async () => {
    const { exitCode, out } = await verify(quoteFile, '--collateral', collateral, ...nowhere, '--genuine');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/Hardware +FAILED\. EVIDENCE_ROOT_UNTRUSTED/);
    expect(out).toContain('Verdict: not genuine');
  });

  test('is not genuine after one flipped bit', async () => {
    const changed = Uint8Array.from(quote);
    changed[200] = (changed[200] ?? 0) ^ 1;
    const { exitCode, out } = await verify(fileOf('changed.bin', changed), ...own, '--genuine');
    expect(exitCode).toBe(1);
    expect(out).toContain('EVIDENCE_SIGNATURE_INVALID');
  });

  test('is not genuine evidence of another key', async () => {
    const other = fileOf('other.json', '{"keys":[],"other":true}');
    const { exitCode, out } = await verify(quoteFile, ...own, '--genuine', '--runtime-data', other);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/Key binding +FAILED/);
    expect(out).toContain('EVIDENCE_BINDING_MISMATCH');
  });

  test('answers in JSON', async () => {
    const { exitCode, out } = await verify(quoteFile, ...own, '--genuine', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'accepted',
      code: null,
      facts: { teeType: 'sgx', measurement, simulated: true, debug: false, tcbStatus: 'UpToDate' },
    });
  });

  test.each<[string, string | Uint8Array]>([
    ['base64', Buffer.from(quote).toString('base64')],
    ['hex', Buffer.from(quote).toString('hex')],
    ['JSON', JSON.stringify({ quote: Buffer.from(quote).toString('base64url') })],
    ['Open Enclave’s header', Buffer.concat([openEnclaveHeader(quote.length), quote])],
  ])('reads a quote in %s', async (_, content) => {
    expect((await verify(fileOf('form', content), ...own, '--genuine')).exitCode).toBe(0);
  });

  test('takes the runtime data out of a request to an attestation service', async () => {
    const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
    const request = (data: Uint8Array) =>
      JSON.stringify({ quote: base64url(quote), runtimeData: { data: base64url(data), dataType: 'JSON' } });
    const good = await verify(fileOf('request.json', request(runtimeData)), ...own, '--genuine');
    expect(good).toMatchObject({ exitCode: 0, out: expect.stringMatching(/Key binding +passed/) });
    const bad = await verify(fileOf('request.json', request(new Uint8Array(4))), ...own, '--genuine');
    expect(bad).toMatchObject({ exitCode: 1, out: expect.stringMatching(/Key binding +FAILED/) });
  });

  test.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...new Uint8Array(100)])],
    ['a text', 'This is not evidence; it is a sentence.'],
    ['JSON without evidence', '{"hello":"world"}'],
    ['JSON that is cut short', '{"quote":'],
    ['a certificate without evidence', platform['root.pem']],
    ['a quote cut short', quote.subarray(0, 1000)],
  ])('refuses %s with a code', async (_, content) => {
    const { exitCode, err, out } = await verify(fileOf('strange', content), ...own, '--genuine');
    expect(exitCode).toBe(1);
    expect(err + out).toContain('EVIDENCE_MALFORMED');
  });

  test('refuses a file that is not there, or too large', async () => {
    expect((await verify(join(folder, 'none'), ...own)).err).toContain('NOT_FOUND');
    const large = fileOf('large', new Uint8Array(1024 * 1024 + 1));
    expect((await verify(large, ...own)).err).toContain('TOO_LARGE');
  });

  test('is used wrongly with a time that is none', async () => {
    expect(await verify(quoteFile, ...own, '--at', 'yesterday')).toMatchObject({ exitCode: 2 });
  });

  test('could not verify a result without knowing whom to believe', async () => {
    const { exitCode, out } = await verify(fileOf('token', 'aaaa.bbbb.cccc'), ...nowhere);
    expect(exitCode).toBe(1);
    expect(out).toContain('--trust-file');
  });
});

function openEnclaveHeader(length: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(2, 4);
  header.writeBigUInt64LE(BigInt(length), 8);
  return header;
}

describeWithShared('cloister verify of real evidence', 'vectors/dcap-real', () => {
  test.each([
    ['dcap-real/tdx-v5-d0010db6f7-2025-06-uptodate.json', 0, /Intel TDX; its chain ends in a pinned root/],
    ['dcap-real/tdx-v4-d7dbcb124e-2025-07-outofdate.json', 0, /Firmware +passed\. OutOfDate/],
    ['dcap-real/tdx-v5-586c2be0dc-2026-02-no-tcb-level.json', 1, /no-tcb-level/],
    ['dcap-mutated/quote-sig-flip-d0010db6f7.json', 1, /quote-signature/],
    ['dcap-mutated/collateral-expired-67adfc4acd.json', 3, /COLLATERAL_UNAVAILABLE/],
  ])('%s', async (file, code, line) => {
    const path = sharedPath(`vectors/${file}`);
    const { at } = JSON.parse(readFileSync(path, 'utf8')) as { at: string };
    const { exitCode, out } = await verify(path, '--at', at, '--genuine', ...nowhere);
    expect(out).toMatch(line);
    expect(exitCode).toBe(code);
  });

  test('a genuine SEV-SNP report could not be judged without the list of what AMD has revoked', async () => {
    const path = sharedPath('vectors/snp/milan-azure-aci.json');
    const { at } = JSON.parse(readFileSync(path, 'utf8')) as { at: string };
    const strict = await verify(path, '--at', at, '--genuine', ...nowhere);
    expect(strict).toMatchObject({ exitCode: 3, out: expect.stringContaining('COLLATERAL_UNAVAILABLE') });
    const lax = await verify(path, '--at', at, '--genuine', '--no-revocation', ...nowhere);
    expect(lax).toMatchObject({ exitCode: 0, out: expect.stringContaining('Revocation was not looked at') });
  });

  test('a TDREPORT of Azure’s paravisor could not be judged away from its machine', async () => {
    const path = sharedPath('vectors/azure-hcl/azure-tdx-hcl-report.bin');
    expect(await verify(path, ...nowhere)).toMatchObject({ exitCode: 3 });
  });
});
