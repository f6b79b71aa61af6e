import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { snpReportOf } from '../../../../enclave/platforms/cocoAgent/snpReport.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';
import { agentReport } from './agentReport.js';

/** As it travels. */
const throughJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

/** Every byte that is not reserved differs from its neighbours. */
function reportOf({ version, family = 0x19 }: { version: number; family?: number }): Buffer {
  const report = Buffer.from(Array.from({ length: 1184 }, (_, at) => (at * 7 + 1) % 251));
  report.writeUInt32LE(version, 0);
  // Numbers of 64 bits that JSON can carry.
  for (const at of [0x08, 0x40, 0x1f8, 0x200]) report.writeBigUInt64LE(BigInt(0x1f_0000_0000 + at), at);
  const reserved: [number, number][] = [
    [0x4c, 0x50],
    [0x1eb, 0x1ec],
    [0x1ef, 0x1f0],
    [version >= 5 ? 0x208 : 0x1f8, 0x2a0],
    [version >= 3 ? 0x18b : 0x188, 0x1a0],
    [0x2a0 + 144, 1184],
  ];
  const tcbReserved: [number, number] = version >= 3 && family >= 0x1a ? [4, 7] : [2, 6];
  for (const at of [0x38, 0x180, 0x1e0, 0x1f0]) reserved.push([at + tcbReserved[0], at + tcbReserved[1]]);
  for (const [from, to] of reserved) report.fill(0, from, to);
  if (version >= 3) report[0x188] = family;
  return report;
}

describe('a report that the agent took apart', () => {
  test.each([
    ['version 2, older agent', reportOf({ version: 2 }), 'old'],
    ['version 2, newer agent', reportOf({ version: 2 }), 'new'],
    ['version 3 of Genoa', reportOf({ version: 3 }), 'new'],
    ['version 3 of Turin', reportOf({ version: 3, family: 0x1a }), 'new'],
    ['version 5 of Turin', reportOf({ version: 5, family: 0x1a }), 'new'],
    ['version 5 of Genoa', reportOf({ version: 5 }), 'new'],
  ] as const)('is put together byte for byte: %s', (_name, report, crate) => {
    expect(Buffer.from(snpReportOf(throughJson(agentReport(report, crate))))).toEqual(report);
  });

  const whole = throughJson(agentReport(reportOf({ version: 5, family: 0x1a }), 'new'));

  test.each(Object.keys(whole))('is refused without its field %s, which is named', (field) => {
    const rest = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== field));
    expect(() => snpReportOf(rest)).toThrow(
      field === 'key_info' ? '_author_key_en' : field === 'current' || field === 'committed' ? `${field}_build` : field,
    );
    expect(() => snpReportOf({ ...rest, [field]: null })).toThrow(RangeError);
  });

  test.each([
    ['version', 1],
    ['guest_svn', -1],
    ['guest_svn', 2 ** 32],
    ['policy', 2 ** 53],
    ['policy', '196608'],
    ['vmpl', 0.5],
    ['cpuid_fam_id', 256],
    ['report_data', []],
    ['report_data', Array(65).fill(0)],
    ['measurement', Array(48).fill(256)],
    ['measurement', Array(48).fill('0')],
    ['host_data', '00'.repeat(32)],
    ['current_tcb', []],
    ['reported_tcb', { fmc: 1, bootloader: 1, tee: 1, snp: 1 }],
    ['reported_tcb', { fmc: null, bootloader: 1, tee: 1, snp: 1, microcode: 1 }],
    ['current', { major: 1, minor: 1 }],
    ['signature', { r: Array(72).fill(0) }],
    ['signature', { r: Array(72).fill(0), s: Array(48).fill(0) }],
  ])('is refused where %s is %j', (field, value) => {
    expect(() => snpReportOf({ ...whole, [field]: value })).toThrow(RangeError);
  });
});

describeWithShared('real reports, taken apart and put together', 'vectors/snp', () => {
  test.each(['milan-coco', 'milan-azure-aci', 'milan-go-sev-debug-policy'])('%s', (id) => {
    const vector = JSON.parse(readFileSync(sharedPath(`vectors/snp/${id}.json`), 'utf8')) as { report: string };
    const report = Buffer.from(vector.report, 'base64');
    for (const crate of report.readUInt32LE(0) === 2 ? (['old', 'new'] as const) : (['new'] as const)) {
      expect(Buffer.from(snpReportOf(throughJson(agentReport(report, crate))))).toEqual(report);
    }
  });
});
