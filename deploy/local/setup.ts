import type { Addresses, DataFiles } from './addresses.js';
import { writePrivately } from './dataFolder.js';
import { prepareAttestationServiceKey, prepareInsecurePlatform, preparePatientKey } from './keys.js';
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
  const trust = trustFile(addresses, certificate, await measuring);
  writePrivately(files.trust, `${JSON.stringify(trust, null, 2)}\n`);
  writePrivately(files.portalConfig, `${JSON.stringify(portalConfig(root, addresses, trust), null, 2)}\n`);
}
