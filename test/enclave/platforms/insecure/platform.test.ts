import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { reportDataIn } from '../../../../enclave/evidence/reportDataIn.js';
import { reportDataOf, runtimeDataOf } from '../../../../enclave/evidence/runtimeData.js';
import type { InsecurePlatformFiles } from '../../../../enclave/platforms/insecure/createPlatform.js';
import { createInsecurePlatform, refreshCollateral } from '../../../../enclave/platforms/insecure/createPlatform.js';
import { insecurePlatform } from '../../../../enclave/platforms/insecure/platform.js';
import { readPem } from '../../../../enclave/asn1/pem.js';
import { readCollateral } from '../../../../enclave/verification/dcap/collateral.js';
import { nodePrimitives } from '../../../../enclave/verification/nodePrimitives.js';
import { trustRoot } from '../../../../enclave/verification/trustRoot.js';
import { verifyQuote } from '../../../../enclave/verification/dcap/verifyQuote.js';

const NOW = Date.UTC(2026, 10, 2, 12);
const DAY = 86_400_000;
const measurement = 'ab'.repeat(32);
const files = createInsecurePlatform({ now: NOW });
const quote = await insecurePlatform({ files, measurement }).quote(await reportDataOf(runtimeDataOf([])));

const verifyAt = (
  now: number,
  { platform = files, root = files }: { platform?: InsecurePlatformFiles; root?: InsecurePlatformFiles } = {},
) =>
  verifyQuote(quote, {
    now,
    trustRoots: [trustRoot({ name: 'insecure', simulated: true, pem: root['root.pem'] })],
    collateral: readCollateral(platform['collateral.json']),
    primitives: nodePrimitives,
  });

describe('a quote of the insecure platform', () => {
  test('is genuine under the platform’s own root, and says that nothing stands behind it', () => {
    const verified = verifyAt(NOW);
    expect(verified).toMatchObject({
      tcbStatus: 'UpToDate',
      advisoryIds: [],
      fmspc: '494e53454355',
      trustRoot: { simulated: true },
    });
    expect(verified.quote.report).toMatchObject({ mrEnclave: measurement, debug: false, isvProductId: 1, isvSvn: 1 });
  });

  test('holds the report data that it was asked for', async () => {
    expect(verifyAt(NOW).quote.report.reportData).toEqual(await reportDataOf(runtimeDataOf([])));
  });

  test('is refused under the root of another insecure platform', () => {
    expect(() => verifyAt(NOW, { root: createInsecurePlatform({ now: NOW }) })).toThrow('pck:untrusted-root');
  });

  test('needs 64 bytes of report data', async () => {
    await expect(insecurePlatform({ files, measurement }).quote(new Uint8Array(32))).rejects.toThrow(
      '32 bytes, not 64',
    );
  });

  test('is SGX evidence', async () => {
    const reportData = await reportDataOf(runtimeDataOf([]));
    const evidence = await insecurePlatform({ files, measurement }).evidence(reportData);
    expect(evidence.kind).toBe('SgxEnclave');
    expect(reportDataIn(evidence)).toEqual(reportData);
    await expect(insecurePlatform({ files, measurement }).evidence(new Uint8Array(32))).rejects.toThrow(RangeError);
  });

  test('needs a measurement in hex', () => {
    expect(() => insecurePlatform({ files, measurement: 'abc' })).toThrow(RangeError);
  });
});

describe('a system that was stopped for months', () => {
  test('is refused with the collateral of then', () => {
    expect(() => verifyAt(NOW + 200 * DAY)).toThrow('pck:crl-expired');
  });

  test('works again once its collateral is refreshed, with the same root and keys', () => {
    const refreshed = refreshCollateral(files, NOW + 200 * DAY);
    expect({ ...refreshed, 'collateral.json': '' }).toEqual({ ...files, 'collateral.json': '' });
    expect(verifyAt(NOW + 200 * DAY, { platform: refreshed }).tcbStatus).toBe('UpToDate');
    expect(verifyAt(NOW + 229 * DAY, { platform: refreshed }).tcbStatus).toBe('UpToDate');
    expect(() => verifyAt(NOW + 231 * DAY, { platform: refreshed })).toThrow('pck:crl-expired');
  });
});

describe('the names of the insecure platform', () => {
  const certificates = readPem(
    files['pck-chain.pem'] +
      (JSON.parse(files['collateral.json']) as { tcb_info_issuer_chain: string }).tcb_info_issuer_chain,
  );

  test('say INSECURE and never Intel', () => {
    expect(certificates).toHaveLength(5);
    for (const der of certificates) {
      const { subject } = new X509Certificate(Buffer.from(der));
      expect(subject).toMatch(/^CN=INSECURE /);
      expect(subject).not.toMatch(/intel/i);
    }
  });

  test('private keys are in no file that the attestation service reads', () => {
    expect(files['root.pem'] + files['collateral.json']).not.toMatch(/PRIVATE/);
    expect(files['pck-chain.pem']).not.toMatch(/PRIVATE/);
  });
});
