import { beforeEach, describe, expect, test } from '@jest/globals';
import { reportDataIn } from '../../../../enclave/evidence/reportDataIn.js';
import type { ConfigfsTsmOptions } from '../../../../enclave/platforms/configfsTsm/platform.js';
import { configfsTsmPlatform } from '../../../../enclave/platforms/configfsTsm/platform.js';
import { nodeHostFiles } from '../../../../enclave/platforms/hostFiles.js';
import { expectNoMixing, reportDataNumber, sgxQuoteOver, snpReportOver, tdxQuoteOver } from '../evidenceOver.js';
import { certificateTableOf } from './certificateTableOf.js';
import { TsmKernel } from './tsmKernel.js';

const reportData = reportDataNumber(7);
let kernel: TsmKernel;
let pauses: number[];
beforeEach(() => {
  kernel = new TsmKernel();
  pauses = [];
});

function platform(options: Partial<ConfigfsTsmOptions> = {}) {
  let names = 0;
  return configfsTsmPlatform({
    files: kernel,
    uniqueName: () => String(++names),
    pause: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
    ...options,
  });
}

describe('in a TDX guest', () => {
  test('makes a request, writes it once, reads it, looks at the generation last, and removes it', async () => {
    expect(await platform().evidence(reportData)).toEqual({ kind: 'TdxVm', quote: tdxQuoteOver(reportData) });
    expect(kernel.log).toEqual([
      'mkdir',
      'read provider',
      'read privlevel_floor',
      'write inblob',
      'read outblob',
      'read generation',
      'rmdir',
    ]);
    expect(kernel.requests.size).toBe(0);
  });

  test('refuses a privilege level, which TDX does not have', async () => {
    await expect(platform({ privilegeLevel: 1 }).evidence(reportData)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    });
    expect(kernel.requests.size).toBe(0);
  });
});

describe('in an SEV-SNP guest', () => {
  beforeEach(() => void (kernel.provider = 'sev_guest'));

  test('gives the report and the host’s certificates, leaf first', async () => {
    kernel.certificateTable = certificateTableOf({ ark: 'ARK', ask: 'ASK', vcek: 'VCEK' });
    const evidence = await platform().evidence(reportData);
    expect(evidence).toMatchObject({ kind: 'SevSnpVm', report: snpReportOver(reportData) });
    expect('certificates' in evidence && evidence.certificates).toBe(
      ['VCEK', 'ASK', 'ARK']
        .map((der) => `-----BEGIN CERTIFICATE-----\n${btoa(der)}\n-----END CERTIFICATE-----\n`)
        .join(''),
    );
    expect(kernel.log.slice(-4)).toEqual(['read outblob', 'read auxblob', 'read generation', 'rmdir']);
  });

  test.each([
    ['an empty certificate table', new Uint8Array(0)],
    ['no certificate table', undefined],
  ])('gives the report alone where there is %s', async (_name, table) => {
    kernel.certificateTable = table;
    expect(await platform().evidence(reportData)).toMatchObject({ kind: 'SevSnpVm', certificates: undefined });
  });

  test('refuses a certificate table that points outside itself', async () => {
    kernel.certificateTable = certificateTableOf({ vcek: 'VCEK' }).subarray(0, 50);
    await expect(platform().evidence(reportData)).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    expect(kernel.requests.size).toBe(0);
  });

  test('asks for the privilege level that is set, and counts it as a write', async () => {
    const levels: number[] = [];
    kernel.outblobOf = (inblob, level) => (levels.push(level), snpReportOver(inblob));
    await platform({ privilegeLevel: 2 }).evidence(reportData);
    await platform({ privilegeLevel: 0 }).evidence(reportData);
    expect(levels).toEqual([2, 0]);
  });

  test('asks for the lowest level that is allowed where none is set', async () => {
    const levels: number[] = [];
    kernel.floor = 2;
    kernel.outblobOf = (inblob, level) => (levels.push(level), snpReportOver(inblob));
    await platform().evidence(reportData);
    expect(levels).toEqual([2]);
  });

  test.each([0, 1, 4])('refuses privilege level %i where 2 to 3 are allowed', async (privilegeLevel) => {
    kernel.floor = 2;
    await expect(platform({ privilegeLevel }).evidence(reportData)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('2 to 3'),
    });
  });

  test('refuses a report that has not 1184 bytes', async () => {
    kernel.outblobOf = (inblob) => snpReportOver(inblob).subarray(0, 1183);
    await expect(platform().evidence(reportData)).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
  });
});

describe('twenty requests at once', () => {
  test.each(['tdx_guest', 'sev_guest'])('get each their own evidence of %s', async (provider) => {
    kernel.provider = provider;
    await expectNoMixing(platform());
    expect(kernel.requests.size).toBe(0);
  });
});

describe('where somebody else uses the interface', () => {
  /** Writes report data of its own into our request, this many times, before its outblob is read. */
  const intrude = (times: number) => {
    kernel.before = (verb, file, request) => {
      if (verb !== 'read' || file !== 'outblob' || !request || times-- <= 0) return;
      request.inblob = reportDataNumber(66);
      request.writes += 1;
    };
  };

  test('throws away an answer whose generation is not that of our own writes, and asks again', async () => {
    intrude(2);
    const evidence = await platform().evidence(reportData);
    expect(reportDataIn(evidence)).toEqual(Buffer.from(reportData));
    expect(kernel.log.filter((entry) => entry === 'mkdir')).toHaveLength(3);
    expect(pauses).toEqual([50, 100]);
    expect(kernel.requests.size).toBe(0);
  });

  test('gives up after five attempts', async () => {
    intrude(Infinity);
    await expect(platform().evidence(reportData)).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
      message: expect.stringContaining('generation is 2 after 1 of our writes'),
    });
    expect(kernel.log.filter((entry) => entry === 'mkdir')).toHaveLength(5);
    expect(kernel.requests.size).toBe(0);
  });

  test('finds an intruder between the report and its certificates', async () => {
    kernel.provider = 'sev_guest';
    let once = true;
    kernel.before = (verb, file, request) => {
      if (verb !== 'read' || file !== 'auxblob' || !request || !once) return;
      once = false;
      request.writes += 1;
    };
    await platform().evidence(reportData);
    expect(kernel.log.filter((entry) => entry === 'mkdir')).toHaveLength(2);
  });

  test.each([
    ['mkdir', 'EEXIST'],
    ['mkdir', 'ENXIO'],
    ['write inblob', 'EBUSY'],
    ['read outblob', 'EBUSY'],
    ['read outblob', 'EAGAIN'],
    ['read outblob', 'EINTR'],
    ['read outblob', 'ETIMEDOUT'],
    ['read generation', 'EBUSY'],
  ])('tries again after %s was answered with %s', async (entry, code) => {
    kernel.failures.set(entry, [code, code]);
    expect(await platform().evidence(reportData)).toMatchObject({ kind: 'TdxVm' });
    expect(kernel.requests.size).toBe(0);
  });

  test('says what kept it from succeeding', async () => {
    kernel.failures.set('read outblob', Array<string>(5).fill('EBUSY'));
    await expect(platform().evidence(reportData)).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
      message: expect.stringMatching(/outblob cannot be read \(EBUSY\), 5 times/),
    });
  });
});

describe('refuses, and says who must act', () => {
  test.each(['arm_cca_guest', 'foo_guest', ''])('evidence of the provider %p', async (provider) => {
    kernel.provider = provider;
    await expect(platform().evidence(reportData)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining(JSON.stringify(provider)),
    });
    expect(kernel.log).not.toContain('write inblob');
    expect(kernel.requests.size).toBe(0);
  });

  test('a machine where configfs is not mounted', async () => {
    kernel.mounted = false;
    await expect(platform().evidence(reportData)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });

  test('this machine, unless it is a confidential guest', async () => {
    await expect(
      platform({ files: nodeHostFiles, folder: '/nonexistent/tsm/report' }).evidence(reportData),
    ).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining('Linux 6.7') });
  });

  test.each(['EACCES', 'EPERM'])('a process that may not make requests: %s', async (code) => {
    kernel.failures.set('mkdir', [code]);
    await expect(platform().evidence(reportData)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('allowed to write'),
    });
  });

  test.each([
    ['read outblob', 'EIO'],
    ['read outblob', 'EINVAL'],
    ['write inblob', 'EIO'],
  ])('an error that will not pass by itself, at %s: %s', async (entry, code) => {
    kernel.failures.set(entry, [code]);
    await expect(platform().evidence(reportData)).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    expect(pauses).toEqual([]);
    expect(kernel.requests.size).toBe(0);
  });

  test.each([
    ['that is empty', () => new Uint8Array(0)],
    ['of SGX', (inblob: Uint8Array) => sgxQuoteOver(inblob)],
    ['over other report data', () => tdxQuoteOver(reportDataNumber(1))],
    ['larger than any quote', () => new Uint8Array(40_000)],
  ])('a quote %s', async (_name, outblobOf) => {
    kernel.outblobOf = outblobOf;
    await expect(platform().evidence(reportData)).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    expect(kernel.requests.size).toBe(0);
  });

  test('report data that are not 64 bytes, before anything is touched', async () => {
    await expect(platform().evidence(new Uint8Array(63))).rejects.toThrow(RangeError);
    expect(kernel.log).toEqual([]);
  });

  test('a host that never answers', async () => {
    kernel.outblobOf = () => new Promise(() => undefined);
    await expect(platform({ timeoutMs: 20 }).evidence(reportData)).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
      message: expect.stringContaining('within 20 ms'),
    });
  });
});

test('a request that cannot be removed is told to the operator, and the evidence is good all the same', async () => {
  const leftOver: string[] = [];
  kernel.failures.set('rmdir', ['EBUSY']);
  const evidence = await platform({ onLeftOver: (path) => leftOver.push(path) }).evidence(reportData);
  expect(evidence.kind).toBe('TdxVm');
  expect(leftOver).toEqual(['/sys/kernel/config/tsm/report/cloister-1']);
});
