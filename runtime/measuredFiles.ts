import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measure } from '../enclave/platforms/insecure/measure.js';
import type { MeasuredFile } from '../enclave/platforms/insecure/measure.js';
import { Refusal } from '../enclave/refusals.js';

/**
 * What each enclave process runs, and so what its measurement on the insecure platform covers: its compiled code, the
 * schema and policies, its models, and the lock file that fixes every package. Not covered: configuration, trust file, Node.
 */
const SHARED = ['dist/enclave', 'dist/runtime', 'schema', 'package-lock.json'] as const;

export const MEASURED: Readonly<Record<string, readonly string[]>> = {
  gateway: [...SHARED, 'dist/gateway'],
  patient: [...SHARED, 'dist/subgraphs/patient'],
  attestation: [...SHARED, 'dist/subgraphs/attestation'],
  diagnosis: [...SHARED, 'dist/subgraphs/diagnosis'],
  inference: [...SHARED, 'dist/subgraphs/diagnosis', 'subgraphs/diagnosis/model'],
};

/**
 * The measurement of a process of this checkout.
 *
 * @param name an enclave, for instance patient.
 * @param root the folder that holds dist/ and schema/.
 * @returns 64 hex digits.
 * @throws Refusal CONFIGURATION_INVALID where the name is unknown or a measured path is missing.
 */
export async function measureProcess(name: string, root: string): Promise<string> {
  const paths = Object.hasOwn(MEASURED, name) ? MEASURED[name] : undefined;
  if (!paths) throw new Refusal('CONFIGURATION_INVALID', `There is no enclave named ${name}.`);
  const files = await Promise.all(paths.map((path) => readAll(root, path)));
  return measure(files.flat());
}

/** Every file at or under `path`. Source maps and build information are left out: they run nowhere and name local paths. */
async function readAll(root: string, path: string): Promise<MeasuredFile[]> {
  if (/\.(map|tsbuildinfo)$/.test(path)) return [];
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw new Refusal('CONFIGURATION_INVALID', `${path} cannot be measured: run the build first.`, { cause });
  });
  if (!entries) return [{ path, bytes: await readFile(join(root, path)) }];
  const files = await Promise.all(entries.map((entry) => readAll(root, `${path}/${entry.name}`)));
  return files.flat();
}
