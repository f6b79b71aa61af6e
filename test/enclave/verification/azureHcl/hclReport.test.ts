import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hexOf } from '../../../../enclave/bytes.js';
import { parseHclReport } from '../../../../enclave/verification/azureHcl/hclReport.js';
import { EvidenceRefusal } from '../../../../enclave/verification/evidenceRefusal.js';
import type { HclReportContent } from '../../../support/hclReport.js';
import { hclRuntimeData, writeHclReport } from '../../../support/hclReport.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';

const attestationKey = { kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n: 'yJsX' };

const content: HclReportContent = {
  type: 2,
  hardware: Uint8Array.from({ length: 1184 }, (_, at) => at % 251),
  runtimeData: hclRuntimeData(),
};

/** Empty where it can be parsed; anything but a coded refusal fails the test. */
function reasonsOf(bytes: Uint8Array): readonly string[] {
  try {
    parseHclReport(bytes);
    return [];
  } catch (thrown) {
    if (thrown instanceof EvidenceRefusal && thrown.code === 'EVIDENCE_MALFORMED') return thrown.reasons;
    throw thrown;
  }
}

describeWithShared('a real HCL report of a TDX machine', 'vectors/azure-hcl', () => {
  const bytes = new Uint8Array(readFileSync(sharedPath('vectors/azure-hcl/azure-tdx-hcl-report.bin')));
  const hcl = parseHclReport(bytes);

  test('has the digest of its runtime data in its report data', () => {
    const { hardware } = hcl;
    if (hardware.kind !== 'TdxVm') throw new Error('it is of TDX');
    const digest = createHash('sha256').update(hcl.runtimeBytes).digest('hex');
    expect(hexOf(hardware.claimed.reportData)).toBe(digest + '00'.repeat(32));
  });

  test('has a TDREPORT whose fields are in their places', () => {
    expect(hcl.hardware).toMatchObject({
      kind: 'TdxVm',
      claimed: {
        tee: 'tdx',
        debug: false,
        teeTcbSvn: [2, 1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        mrSeam: '360304d34a16aace0a18e09ad2d07d2b9fd3c174378e5bf108388079827f89ff62acc5f8c473dd40706324834e202946',
        mrSignerSeam: '00'.repeat(48),
        tdAttributes: '0000000000000000',
        xfam: 'e718060000000000',
        mrTd: '024a32b070383331181619fa387cb4d55d1e38879f989933055ccad5bc2db795d1737b66205949d15469dc8c1ba7ab7b',
        rtmrs: Array.from({ length: 4 }, () => '00'.repeat(48)),
        td15: { teeTcbSvn2: [2, 1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], mrServiceTd: '00'.repeat(48) },
      },
    });
  });

  test('says which keys the vTPM has and how the machine is configured', () => {
    expect(hcl.runtimeData).toMatchObject({
      attestationKey: { kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', keyOperations: ['sign'] },
      endorsementKey: { kid: 'HCLEkPub', keyOperations: ['encrypt'] },
      vmConfiguration: { 'secure-boot': true, 'tpm-persisted': false },
      userData: '00'.repeat(64),
    });
  });
});

describe('an HCL report', () => {
  test('gives the hardware report inside, the exact runtime data and what it says', () => {
    const { hardware, runtimeBytes, runtimeData } = parseHclReport(writeHclReport(content));
    expect(hardware).toEqual({ kind: 'SevSnpVm', report: content.hardware });
    expect(Buffer.from(runtimeBytes).toString()).toBe(content.runtimeData);
    expect(runtimeData.userData).toBe('ab'.repeat(64));
  });

  test('may be without endorsement key and user data', () => {
    const runtimeData = hclRuntimeData({ keys: [attestationKey], 'user-data': undefined });
    const parsed = parseHclReport(writeHclReport({ ...content, runtimeData }));
    expect(parsed.runtimeData).toMatchObject({ endorsementKey: undefined, userData: undefined });
  });

  test('may be larger than the index that real ones fill', () => {
    const runtimeData = hclRuntimeData({ more: 'x'.repeat(4000) });
    expect(reasonsOf(writeHclReport({ ...content, runtimeData }))).toEqual([]);
  });

  test.each<[string, Partial<HclReportContent>, RegExp]>([
    ['another signature', { signature: 'HCLB' }, /not an HCL report/],
    ['an unknown version', { version: 3 }, /version is 3/],
    ['a report size that is too small', { reportSize: 1216 }, /report size is 1216/],
    ['a report size that is too large', { reportSize: 0xffffffff }, /report size/],
    ['a data size of another length', { dataSize: 20 }, /data size is 20/],
    ['an unknown request version', { requestVersion: 2 }, /request version is 2/],
    ['an unknown report type', { type: 3 }, /report type is 3, 4 expected/],
    ['another hash', { hashType: 2 }, /hash type is 2/],
    ['runtime data beyond its end', { runtimeSize: 0xffffffff }, /HCL report ends/],
    ['runtime data that is cut', { runtimeSize: 10 }, /data size/],
    ['runtime data that is no JSON', { runtimeData: '{' }, /not a JSON object/],
    ['runtime data that is no object', { runtimeData: '[]' }, /not a JSON object/],
    ['no runtime data', { runtimeData: '' }, /not a JSON object/],
    ['no keys', { runtimeData: hclRuntimeData({ keys: undefined }) }, /keys is not a list/],
    ['no attestation key', { runtimeData: hclRuntimeData({ keys: [] }) }, /no key HCLAkPub/],
    ['too many keys', { runtimeData: hclRuntimeData({ keys: Array.from({ length: 9 }, () => ({})) }) }, /9 keys/],
    [
      'two attestation keys',
      { runtimeData: hclRuntimeData({ keys: [attestationKey, attestationKey] }) },
      /two keys of one name/,
    ],
    [
      'a key of another type',
      { runtimeData: hclRuntimeData({ keys: [{ kid: 'HCLAkPub', kty: 'EC' }] }) },
      /RSA expected/,
    ],
    [
      'a key that is no base64url',
      { runtimeData: hclRuntimeData({ keys: [{ kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n: '+/==' }] }) },
      /n is not base64url/,
    ],
    [
      'a key as long as an index',
      { runtimeData: hclRuntimeData({ keys: [{ kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n: 'A'.repeat(2000) }] }) },
      /n is not base64url/,
    ],
    [
      'operations that are no list',
      { runtimeData: hclRuntimeData({ keys: [{ kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n: 'A', key_ops: 'sign' }] }) },
      /key_ops/,
    ],
    ['no configuration', { runtimeData: hclRuntimeData({ 'vm-configuration': 1 }) }, /vm-configuration/],
    ['user data of another length', { runtimeData: hclRuntimeData({ 'user-data': 'ab' }) }, /user-data/],
  ])('with %s is refused with a code', (_, changes, reason) => {
    expect(reasonsOf(writeHclReport({ ...content, ...changes }))).toEqual([expect.stringMatching(reason)]);
  });

  test('with runtime data that is no text is refused with a code', () => {
    const bytes = writeHclReport(content);
    bytes[1300] = 0xff;
    expect(reasonsOf(bytes)).toEqual(['parse:runtime data is not UTF-8']);
  });

  test('cut at any length is refused with a code', () => {
    const whole = writeHclReport(content).subarray(0, 1236 + content.runtimeData.length);
    expect(reasonsOf(whole)).toEqual([]);
    for (let length = 0; length < whole.length; length++)
      expect(reasonsOf(whole.subarray(0, length))).toEqual([expect.stringMatching(/^parse:/)]);
  });

  test('beyond 16 KiB is refused unread', () => {
    expect(reasonsOf(new Uint8Array(16 * 1024 + 1))).toEqual(['parse:16385 bytes, at most 16384']);
  });

  test('of any bytes is a value or a coded refusal', () => {
    const good = writeHclReport(content);
    const patched = fc
      .tuple(fc.nat(good.length - 17), fc.uint8Array({ minLength: 1, maxLength: 16 }))
      .map(([at, part]) => {
        const bytes = Uint8Array.from(good);
        bytes.set(part, at);
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 3000 }), patched), (bytes) => {
        reasonsOf(bytes);
      }),
      { numRuns: 2000 },
    );
  });
});
