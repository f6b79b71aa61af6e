import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidencePlatform } from '../enclave/evidence/attester.js';
import { insecurePlatform } from '../enclave/platforms/insecure/platform.js';
import { Refusal } from '../enclave/refusals.js';
import { measureProcess } from './measuredFiles.js';

export interface PlatformOptions {
  readonly platform: 'insecure';
  /** Folder with `pck-chain.pem` and `pck-key.pem`. */
  readonly insecurePlatform: string;
  /** The enclave, for instance patient. */
  readonly name: string;
  /** The folder that holds what the process runs; see measuredFiles.ts. */
  readonly root: string;
}

/** Opens the driver that the configuration names. @throws Refusal CONFIGURATION_INVALID */
export async function openEvidencePlatform(options: PlatformOptions): Promise<EvidencePlatform> {
  const read = (file: string) =>
    readFile(join(options.insecurePlatform, file), 'utf8').catch((cause: unknown) => {
      const path = join(options.insecurePlatform, file);
      throw new Refusal('CONFIGURATION_INVALID', `${path} of the insecure platform cannot be read.`, { cause });
    });
  const [chain, key, measurement] = await Promise.all([
    read('pck-chain.pem'),
    read('pck-key.pem'),
    measureProcess(options.name, options.root),
  ]);
  return insecurePlatform({ files: { 'pck-chain.pem': chain, 'pck-key.pem': key }, measurement });
}
