import { describe, expect, test } from '@jest/globals';
import type { Machine } from '../../runtime/detectPlatform.js';
import { describeFindings, detectPlatform, thisMachine } from '../../runtime/detectPlatform.js';
import { systemError } from '../enclave/platforms/evidenceOver.js';
import { VirtualTpm } from '../enclave/platforms/azureVtpm/virtualTpm.js';
import { agentSaying, machineWith } from './machines.js';

const GRAMINE = { '/dev/attestation/attestation_type': 'dcap' };
const TSM = { '/sys/kernel/config/tsm/report': undefined };
const azure = () => ({ openTpm: new VirtualTpm().open });

async function found(machine: Machine): Promise<string | undefined> {
  return (await detectPlatform(machine)).find((finding) => finding.found)?.platform;
}
async function saw(machine: Machine, platform: string): Promise<string | undefined> {
  return (await detectPlatform(machine)).find((finding) => finding.platform === platform)?.saw;
}

describe('a platform is found', () => {
  test.each([
    ['gramine', machineWith({ content: GRAMINE })],
    ['occlum', machineWith({ occlum: 'yes' })],
    ['scone', machineWith({ scone: 'session/service' })],
    ['configfs-tsm', machineWith({ content: TSM })],
    ['coco-agent', machineWith({ fetch: agentSaying({ version: '1', tee: 'tdx', additional_tees: [] }) })],
    ['azure-vtpm', machineWith(azure())],
  ])('%s, by its own mark', async (name, machine) => {
    expect(await found(machine)).toBe(name);
  });

  test('in this order, where several are there', async () => {
    const all = {
      content: { ...GRAMINE, ...TSM },
      occlum: '1',
      scone: 'a/b',
      fetch: agentSaying({ tee: 'snp' }),
      ...azure(),
    };
    expect(await found(machineWith(all))).toBe('gramine');
    expect(await found(machineWith({ ...all, content: TSM }))).toBe('occlum');
    expect(await found(machineWith({ ...all, content: TSM, occlum: '' }))).toBe('scone');
    expect(await found(machineWith({ ...all, content: TSM, occlum: '', scone: '' }))).toBe('configfs-tsm');
    expect(await found(machineWith({ ...all, content: {}, occlum: '', scone: '' }))).toBe('coco-agent');
  });

  test('and nothing is looked for behind it', async () => {
    expect(await detectPlatform(machineWith({ content: GRAMINE }))).toHaveLength(1);
  });
});

describe('no platform is found', () => {
  test('on an empty machine, and each place says what was there', async () => {
    const findings = await detectPlatform(machineWith());
    expect(findings.map(({ platform, found: isThere, saw: seen }) => [platform, isThere, seen])).toEqual([
      ['gramine', false, 'ENOENT'],
      ['occlum', false, 'not set'],
      ['scone', false, 'not set'],
      ['configfs-tsm', false, 'ENOENT'],
      ['coco-agent', false, 'no answer'],
      ['azure-vtpm', false, 'ENOENT'],
    ]);
  });

  test('in a file where the kernel has a folder', async () => {
    expect(await saw(machineWith({ content: { '/sys/kernel/config/tsm/report': '' } }), 'configfs-tsm')).toBe(
      'not a folder',
    );
  });

  test.each([
    ['without a TEE', { tee: 'sample' }, 200, 'an agent without a TEE'],
    ['that is none', { hello: 'world' }, 200, 'answer 200 that names no TEE'],
    ['that is too old to say', {}, 404, 'answer 404 that names no TEE'],
    ['that names a TEE in an error', { tee: 'tdx' }, 500, 'answer 500 that names no TEE'],
  ])('in an agent %s', async (_name, body, status, expected) => {
    expect(await saw(machineWith({ fetch: agentSaying(body, status) }), 'coco-agent')).toBe(expected);
  });

  test('in a TPM that is not Azure’s, or not ours to use, and the device is closed again', async () => {
    const tpm = new VirtualTpm();
    tpm.hardware = undefined;
    expect(await saw(machineWith({ openTpm: tpm.open }), 'azure-vtpm')).toBe('a TPM without it');
    tpm.nextAnswer = Uint8Array.of(1);
    expect(await saw(machineWith({ openTpm: tpm.open }), 'azure-vtpm')).toMatch(/an answer of 1 bytes/);
    expect([tpm.opened, tpm.closed]).toEqual([2, 2]);
    const denied = machineWith({ openTpm: () => Promise.reject(systemError('EACCES')) });
    expect(await saw(denied, 'azure-vtpm')).toBe('EACCES');
  });
});

test('what was looked for is told in words', async () => {
  const text = describeFindings(await detectPlatform(machineWith()));
  expect(text).toContain('gramine: /dev/attestation/attestation_type: ENOENT; occlum: the variable OCCLUM: not set;');
  expect(text).toContain('configfs-tsm: /sys/kernel/config/tsm/report: ENOENT');
});

test('this machine can be searched, whatever it is', async () => {
  const findings = await detectPlatform(thisMachine({ occlum: '', scone: '' }));
  expect(findings[0]?.platform).toBe('gramine');
});
