import { join } from 'node:path';
import { loadTrust } from '../../runtime/trust.js';
import type { Addresses, DataFiles } from './addresses.js';
import { writePrivately } from './dataFolder.js';
import { prepareInsecurePlatform } from './insecurePlatform.js';
import { prepareAttestationServiceKey, preparePatientKey } from './keys.js';
import { portalConfig, referenceValues, trustFile } from './trust.js';

/**
 * Puts into the data folder what the processes need. Keys are made once and kept; collateral, reference values and the
 * portal's configuration are made anew at each start, because they follow the clock, the build and the ports.
 * @param now milliseconds since 1970
 */
export async function setUp({
  root,
  files,
  addresses,
  now,
}: {
  root: string;
  files: DataFiles;
  addresses: Addresses;
  now: number;
}): Promise<void> {
  const measuring = referenceValues(root);
  prepareInsecurePlatform(files.insecurePlatform, now);
  const certificate = prepareAttestationServiceKey(files, now);
  preparePatientKey(files);
  writePrivately(files.trust, json(trustFile(addresses, certificate, await measuring)));
  const trust = await loadTrust({
    trustFile: files.trust,
    policiesFolder: join(root, 'schema/policies'),
    now: () => now,
  });
  writePrivately(files.portalConfig, json(portalConfig(addresses, trust)));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
