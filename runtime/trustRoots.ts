import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../enclave/refusals.js';
import type { TrustRoot } from '../enclave/verification/trustRoot.js';
import { trustRoot } from '../enclave/verification/trustRoot.js';
import { VENDOR_ROOTS } from '../enclave/verification/vendorRoots.js';

/**
 * The roots in which genuine evidence ends: those of the hardware vendors, and in development that of an insecure platform.
 *
 * @param insecurePlatform the platform's folder; empty for none.
 * @throws Refusal CONFIGURATION_INVALID where there is no root in the folder.
 */
export async function readTrustRoots(insecurePlatform: string): Promise<TrustRoot[]> {
  const vendors: TrustRoot[] = Object.values(VENDOR_ROOTS);
  if (insecurePlatform === '') return vendors;
  const path = join(insecurePlatform, 'root.pem');
  const pem = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Refusal('CONFIGURATION_INVALID', `${path} cannot be read.`, { cause });
  });
  return [...vendors, trustRoot({ name: 'insecure', simulated: true, pem })];
}
