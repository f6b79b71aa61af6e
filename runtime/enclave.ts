import type { AttestedIdentity } from './attestedIdentity.js';
import { createAttestedIdentity } from './attestedIdentity.js';
import type { ConfigOf } from './config.js';
import type { enclaveSettings } from './enclaveSettings.js';
import { openEvidencePlatform } from './evidencePlatform.js';
import type { Log } from './log.js';
import type { Trust } from './trust.js';
import { loadTrust } from './trust.js';

export interface EnclaveOptions {
  /** The enclave, for instance patient. */
  readonly name: string;
  readonly config: Omit<ConfigOf<typeof enclaveSettings>, 'host' | 'logLevel'>;
  /** The folder that holds what the process runs; see measuredFiles.ts. */
  readonly root: string;
  /** Milliseconds since 1970, for instance Date.now. */
  readonly now: () => number;
  /** 0 to 1, for instance Math.random. */
  readonly jitter: () => number;
  readonly log: Log;
}

/** What every enclave process does first: learns whom to trust, and has itself attested. */
export async function openEnclave(options: EnclaveOptions): Promise<{ trust: Trust; identity: AttestedIdentity }> {
  const { name, config, root, now, jitter, log } = options;
  const trust = await loadTrust({ trustFile: config.trustFile, policiesFolder: config.policies, now });
  const platform = await openEvidencePlatform({ ...config, name, root, mode: trust.mode, log });
  log.info({ mode: trust.mode, platform: platform.name, simulated: platform.simulated }, 'Opening the enclave.');
  const { attestationService } = config;
  const identity = await createAttestedIdentity({ name, platform, attestationService, trust, now, jitter, log });
  return { trust, identity };
}
