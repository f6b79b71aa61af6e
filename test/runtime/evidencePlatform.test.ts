import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reportDataIn } from '../../enclave/evidence/reportDataIn.js';
import { createInsecurePlatform } from '../../enclave/platforms/insecure/createPlatform.js';
import { nodeHostFiles } from '../../enclave/platforms/hostFiles.js';
import { parseConfig } from '../../runtime/config.js';
import { enclaveSettings } from '../../runtime/enclaveSettings.js';
import type { PlatformOptions } from '../../runtime/evidencePlatform.js';
import { openEvidencePlatform } from '../../runtime/evidencePlatform.js';
import { createLog, silentLog } from '../../runtime/log.js';
import { TsmKernel } from '../enclave/platforms/configfsTsm/tsmKernel.js';
import { reportDataNumber, sgxQuoteOver } from '../enclave/platforms/evidenceOver.js';
import { GramineDevice } from '../enclave/platforms/gramine/gramineDevice.js';
import { checkout } from '../support/shared.js';
import { agentSaying, machineWith } from './machines.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloister-platform-'));
  const files = createInsecurePlatform({ now: Date.now() });
  await mkdir(join(folder, 'insecure'));
  for (const name of ['pck-chain.pem', 'pck-key.pem'] as const)
    await writeFile(join(folder, 'insecure', name), files[name]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const reportData = reportDataNumber(7);

/** As a process has them: out of its environment. */
function optionsOf(
  environment: Readonly<Record<string, string>>,
  change: Partial<PlatformOptions> = {},
): PlatformOptions {
  const config = parseConfig(enclaveSettings, {
    CLOISTER_INSECURE_PLATFORM: join(folder, 'insecure'),
    ...environment,
  });
  return { ...config, mode: 'production', name: 'patient', root: checkout, log: silentLog, ...change };
}

describe('the simulated platform', () => {
  test('is opened where it is named and the trust file says development', async () => {
    const options = optionsOf({ CLOISTER_PLATFORM: 'insecure' }, { mode: 'development' });
    const platform = await openEvidencePlatform(options, machineWith());
    expect(platform).toMatchObject({ name: 'insecure', simulated: true });
    expect(reportDataIn(await platform.evidence(reportData))).toEqual(Buffer.from(reportData));
  });

  test('is refused in production, though it is named', async () => {
    await expect(
      openEvidencePlatform(optionsOf({ CLOISTER_PLATFORM: 'insecure' }), machineWith()),
    ).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('the trust file says production'),
    });
  });

  test.each(['development', 'production'] as const)(
    'is never chosen because nothing else is there: %s',
    async (mode) => {
      for (const environment of [{}, { CLOISTER_PLATFORM: 'auto' }, { CLOISTER_PLATFORM: '' }]) {
        await expect(openEvidencePlatform(optionsOf(environment, { mode }), machineWith())).rejects.toMatchObject({
          code: 'CONFIGURATION_INVALID',
        });
      }
    },
  );

  test('is not opened where its files are not there', async () => {
    const options = optionsOf(
      { CLOISTER_PLATFORM: 'insecure', CLOISTER_INSECURE_PLATFORM: join(folder, 'absent') },
      { mode: 'development' },
    );
    await expect(openEvidencePlatform(options, machineWith())).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('pck-chain.pem'),
    });
  });
});

describe('where no platform is configured', () => {
  test('the one that is there is opened', async () => {
    const platform = await openEvidencePlatform(optionsOf({}), machineWith({ files: new GramineDevice() }));
    expect(platform).toMatchObject({ name: 'gramine', simulated: false });
    expect(await platform.evidence(reportData)).toMatchObject({ kind: 'SgxEnclave' });
  });

  test('and none is there, the refusal says what was looked for and found, and fits into a line of the log', async () => {
    const machine = machineWith({ fetch: agentSaying({ tee: 'sample' }) });
    const lines: { error?: { message?: string } }[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]);
    const error: unknown = await openEvidencePlatform(optionsOf({}), machine).catch((thrown: unknown) => thrown);
    createLog({ name: 'test', level: 'info', destination: { write } }).error({ error }, 'Failed.');
    for (const place of [
      '/dev/attestation/attestation_type: ENOENT',
      'OCCLUM: not set',
      'SCONE_CONFIG_ID: not set',
      '/sys/kernel/config/tsm/report: ENOENT',
      '/info: an agent without a TEE',
      '/dev/tpmrm0: ENOENT.',
      'CLOISTER_PLATFORM',
    ]) {
      expect(lines[0]?.error?.message).toContain(place);
    }
  });

  test('Occlum and SCONE are known by their variables, and say what they need', async () => {
    for (const [environment, name] of [
      [{ OCCLUM: 'yes' }, 'occlum'],
      [{ SCONE_CONFIG_ID: 'session/patient' }, 'scone'],
    ] as const) {
      const options = optionsOf(environment);
      const machine = machineWith({ occlum: options.occlum, scone: options.scone });
      await expect(openEvidencePlatform(options, machine)).rejects.toMatchObject({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringContaining('CLOISTER_QUOTE_FILE'),
      });
      const quoteFile = join(folder, name);
      await writeFile(quoteFile, sgxQuoteOver(reportData));
      const configured = optionsOf({ ...environment, CLOISTER_QUOTE_FILE: quoteFile });
      const platform = await openEvidencePlatform(configured, { ...machine, files: nodeHostFiles });
      expect(platform.name).toBe(name);
      expect(await platform.evidence(reportData)).toMatchObject({ kind: 'SgxEnclave' });
    }
  });
});

describe('where a platform is configured', () => {
  test.each([
    ['gramine', 'CONFIGURATION_INVALID'],
    ['configfs-tsm', 'CONFIGURATION_INVALID'],
    ['coco-agent', 'EVIDENCE_UNAVAILABLE'],
    ['azure-vtpm', 'CONFIGURATION_INVALID'],
  ])('%s is opened without a look, and refuses by itself where it is not there', async (name, code) => {
    const platform = await openEvidencePlatform(optionsOf({ CLOISTER_PLATFORM: name }), machineWith());
    expect(platform).toMatchObject({ name, simulated: false });
    await expect(platform.evidence(reportData)).rejects.toMatchObject({ code });
  });

  test('another one that is there is not used instead', async () => {
    const machine = machineWith({ files: new GramineDevice() });
    const platform = await openEvidencePlatform(optionsOf({ CLOISTER_PLATFORM: 'coco-agent' }), machine);
    expect(platform.name).toBe('coco-agent');
  });

  test('the privilege level is that of the configuration', async () => {
    const kernel = new TsmKernel();
    kernel.provider = 'sev_guest';
    const environment = { CLOISTER_PLATFORM: 'configfs-tsm', CLOISTER_PRIVILEGE_LEVEL: '3' };
    const platform = await openEvidencePlatform(optionsOf(environment), machineWith({ files: kernel }));
    await platform.evidence(reportData);
    expect(kernel.log).toContain('write privlevel');
  });

  test('requests that stay in the kernel are logged', async () => {
    const kernel = new TsmKernel();
    kernel.failures.set('rmdir', ['EBUSY']);
    const lines: Record<string, unknown>[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
    const log = createLog({ name: 'test', level: 'info', destination: { write } });
    const options = optionsOf({ CLOISTER_PLATFORM: 'configfs-tsm' }, { log });
    await (await openEvidencePlatform(options, machineWith({ files: kernel }))).evidence(reportData);
    expect(lines).toMatchObject([
      { level: 'warn', file: expect.stringContaining('/sys/kernel/config/tsm/report/cloister-') },
    ]);
  });

  test('an unknown name is refused by the configuration itself', () => {
    expect(() => optionsOf({ CLOISTER_PLATFORM: 'simulated' })).toThrow(/CLOISTER_PLATFORM must be auto or gramine/);
  });
});
