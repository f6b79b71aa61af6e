import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MEASURED, measureProcess } from '../../runtime/measuredFiles.js';

let root = '';
const write = async (path: string, content: string) => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cloister-measured-'));
  const paths = new Set(Object.values(MEASURED).flat());
  for (const path of paths) await write(path.endsWith('.json') ? path : `${path}/index.js`, path);
});
afterEach(() => rm(root, { recursive: true }));

describe('a measurement', () => {
  test('is the same for the same files, and another for each process', async () => {
    const all = await Promise.all(Object.keys(MEASURED).map((name) => measureProcess(name, root)));
    const again = await Promise.all(Object.keys(MEASURED).map((name) => measureProcess(name, root)));
    expect(all).toEqual(again);
    expect(new Set(all).size).toBe(5);
    for (const measurement of all) expect(measurement).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['its own code', 'dist/subgraphs/patient/index.js'],
    ['code deep inside', 'dist/runtime/images/deep/decode.js'],
    ['a policy', 'schema/policies/imaging.json'],
    ['the lock file', 'package-lock.json'],
  ])('changes with %s', async (_, path) => {
    const before = await measureProcess('patient', root);
    await write(path, 'changed');
    expect(await measureProcess('patient', root)).not.toBe(before);
  });

  test.each([
    ["another process's code", 'dist/gateway/index.js'],
    ['a source map', 'dist/enclave/index.js.map'],
    ['build information', 'dist/runtime/.tsbuildinfo'],
    ['configuration', '.cloister/trust.json'],
  ])('does not change with %s', async (_, path) => {
    const before = await measureProcess('patient', root);
    await write(path, 'changed');
    expect(await measureProcess('patient', root)).toBe(before);
  });

  test('covers the model where there is one', async () => {
    const before = await Promise.all([measureProcess('inference', root), measureProcess('diagnosis', root)]);
    await write('subgraphs/diagnosis/model/weights.onnx', 'other');
    const after = await Promise.all([measureProcess('inference', root), measureProcess('diagnosis', root)]);
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(before[1]);
  });

  test('is not made where something is missing, or of an unknown process', async () => {
    await rm(join(root, 'dist/enclave'), { recursive: true });
    await expect(measureProcess('patient', root)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    await expect(measureProcess('toString', root)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });
});
