import { describe, expect, test } from '@jest/globals';
import { reportDataIn } from '../../../../enclave/evidence/reportDataIn.js';
import { graminePlatform } from '../../../../enclave/platforms/gramine/platform.js';
import { nodeHostFiles } from '../../../../enclave/platforms/hostFiles.js';
import { expectNoMixing, reportDataNumber, sgxQuoteOver, systemError, tdxQuoteOver } from '../evidenceOver.js';
import { GramineDevice } from './gramineDevice.js';

const reportData = reportDataNumber(7);
const QUOTE = '/dev/attestation/quote';

describe('under gramine-sgx', () => {
  test('writes the report data first, opens the quote then', async () => {
    const device = new GramineDevice();
    const evidence = await graminePlatform({ files: device }).evidence(reportData);
    expect(evidence).toEqual({ kind: 'SgxEnclave', quote: sgxQuoteOver(reportData) });
    expect(device.log).toEqual(['read attestation_type', 'write user_report_data', 'read quote']);
  });

  test('is Gramine, and says that hardware stands behind it', () => {
    expect(graminePlatform({ files: new GramineDevice() })).toMatchObject({ name: 'gramine', simulated: false });
  });

  test('gives twenty callers at once each their own quote', async () => {
    const device = new GramineDevice();
    await expectNoMixing(graminePlatform({ files: device }));
    // Never two writes without a read in between.
    expect(device.log.join()).not.toMatch(/write user_report_data,(read attestation_type,)*write/);
  });

  test('the stand-in mixes callers that take no turns', async () => {
    const device = new GramineDevice();
    const ask = async (number: number) => {
      await device.write('/dev/attestation/user_report_data', reportDataNumber(number));
      return reportDataIn({ kind: 'SgxEnclave', quote: await device.read(QUOTE, 10_000) })?.[0];
    };
    expect(await Promise.all([ask(1), ask(2)])).not.toEqual([1, 2]);
  });

  test('asks again where something else in the process wrote in between', async () => {
    const device = new GramineDevice();
    let disturbed = 2;
    device.quoteOver = (held) => sgxQuoteOver(disturbed-- > 0 ? reportDataNumber(99) : held);
    const evidence = await graminePlatform({ files: device }).evidence(reportData);
    expect(reportDataIn(evidence)).toEqual(Buffer.from(reportData));
  });

  test('works again after a failure', async () => {
    const device = new GramineDevice();
    device.failures.set(QUOTE, ['EIO']);
    const platform = graminePlatform({ files: device });
    await expect(platform.evidence(reportData)).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    await expect(platform.evidence(reportData)).resolves.toMatchObject({ kind: 'SgxEnclave' });
  });
});

describe('refuses, and says who must act', () => {
  test('report data that are not 64 bytes', async () => {
    const device = new GramineDevice();
    await expect(graminePlatform({ files: device }).evidence(new Uint8Array(32))).rejects.toThrow(RangeError);
    expect(device.log).toEqual([]);
  });

  test.each(['none', '', 'epid'])('a manifest with attestation type %p', async (type) => {
    const device = new GramineDevice();
    device.type = type;
    await expect(graminePlatform({ files: device }).evidence(reportData)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('sgx.remote_attestation = "dcap"'),
    });
    expect(device.log).toEqual(['read attestation_type']);
  });

  test.each(['dcap\n', 'dcap\0'])('but not the type %p', async (type) => {
    const device = new GramineDevice();
    device.type = type;
    await expect(graminePlatform({ files: device }).evidence(reportData)).resolves.toBeDefined();
  });

  test('a process that does not run under Gramine', async () => {
    await expect(graminePlatform({ files: nodeHostFiles }).evidence(reportData)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('gramine-sgx'),
    });
  });

  test.each([
    ['that is empty', () => Buffer.alloc(0)],
    ['that is cut short', () => sgxQuoteOver(reportData).subarray(0, 400)],
    ['of TDX', () => tdxQuoteOver(reportData)],
    ['over other report data, whenever it is asked', () => sgxQuoteOver(reportDataNumber(1))],
    ['that never ends', () => Buffer.alloc(1_000_000)],
  ])('a quote %s', async (_name, quoteOver) => {
    const device = new GramineDevice();
    device.quoteOver = quoteOver;
    await expect(graminePlatform({ files: device }).evidence(reportData)).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
    });
  });

  test('a device that does not answer, and whoever waits behind it', async () => {
    const device = new GramineDevice();
    let release: (quote: Uint8Array) => void = () => undefined;
    device.quoteOver = () => new Promise((resolve) => (release = resolve));
    const platform = graminePlatform({ files: device, timeoutMs: 20 });
    const both = [platform.evidence(reportData), platform.evidence(reportDataNumber(8))];
    for (const refused of await Promise.allSettled(both)) {
      expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'EVIDENCE_UNAVAILABLE' } });
    }
    // The second never wrote: the device was not free.
    expect(device.log.filter((entry) => entry.startsWith('write'))).toHaveLength(1);
    device.quoteOver = sgxQuoteOver;
    release(sgxQuoteOver(reportData));
    await expect(platform.evidence(reportData)).resolves.toMatchObject({ kind: 'SgxEnclave' });
  });

  test('with the system’s own error as the cause', async () => {
    const device = new GramineDevice();
    device.failures.set('/dev/attestation/user_report_data', ['EPERM']);
    await expect(graminePlatform({ files: device }).evidence(reportData)).rejects.toMatchObject({
      message: expect.stringContaining('EPERM'),
      cause: systemError('EPERM'),
    });
  });
});
