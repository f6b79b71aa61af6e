import { nodePrimitives } from '../enclave/verification/nodePrimitives.js';
import type { AttestedIdentity } from './attestedIdentity.js';
import { createAttestedIdentity } from './attestedIdentity.js';
import { createIsAttested } from './attestedIssuer.js';
import type { ConfigOf } from './config.js';
import type { enclaveSettings } from './enclaveSettings.js';
import { openCollateral } from './collateral/openCollateral.js';
import { validateCollateral } from './collateral/validateCollateral.js';
import { createVerifyEvidence } from './evidence/verifyEvidence.js';
import { openEvidencePlatform } from './evidencePlatform.js';
import type { Log } from './log.js';
import type { IsAttested, Trust } from './trust.js';
import { loadTrust } from './trust.js';
import { readTrustRoots } from './trustRoots.js';

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
  const { trustFile, policies: policiesFolder } = config;
  const trust = await loadTrust({ trustFile, policiesFolder, now, isAttested: isAttestedWith({ config, now, log }) });
  const platform = await openEvidencePlatform({ ...config, name, root, mode: trust.mode, log });
  log.info({ mode: trust.mode, platform: platform.name, simulated: platform.simulated }, 'Opening the enclave.');
  const { attestationService } = config;
  const identity = await createAttestedIdentity({ name, platform, attestationService, trust, now, jitter, log });
  return { trust, identity };
}

/** Collateral is opened once a signing certificate carries evidence: few do, and few policies ask. */
function isAttestedWith({ config, now, log }: Pick<EnclaveOptions, 'config' | 'now' | 'log'>): IsAttested {
  return ({ mode, referenceValues }) => {
    const acceptsSimulated = mode === 'development';
    const open = async () => {
      const trustRoots = await readTrustRoots(acceptsSimulated ? config.insecurePlatform : '');
      const validate = validateCollateral({ trustRoots, primitives: nodePrimitives });
      const collateral = await openCollateral({ config, now, random: Math.random, log, validate });
      return createVerifyEvidence({ trustRoots, collateral, now });
    };
    let opening: ReturnType<typeof open> | undefined;
    return createIsAttested({
      verifyEvidence: async (request) => (await (opening ??= open()))(request),
      referenceValues,
      acceptsSimulated,
    });
  };
}
