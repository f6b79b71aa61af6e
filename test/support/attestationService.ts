import { randomBytes } from 'node:crypto';
import type { InsecurePlatformFiles } from '../../enclave/platforms/insecure/createPlatform.js';
import { createInsecurePlatform } from '../../enclave/platforms/insecure/createPlatform.js';
import { readCollateral } from '../../enclave/verification/dcap/collateral.js';
import { trustRoot } from '../../enclave/verification/trustRoot.js';
import type { CollateralCache } from '../../runtime/collateral/cache.js';
import { createCollateralCache } from '../../runtime/collateral/cache.js';
import { silentLog } from '../../runtime/log.js';
import { createMetrics } from '../../runtime/metrics.js';
import { nobodyAuthorized } from '../../subgraphs/attestation/service/authorize.js';
import { createPolicies } from '../../subgraphs/attestation/service/policies.js';
import { memoryPolicyStore } from '../../subgraphs/attestation/service/policyStore.js';
import type { AttestationServiceOptions } from '../../subgraphs/attestation/service/service.js';
import { createAttestationService } from '../../subgraphs/attestation/service/service.js';
import type { SigningKeyPem } from '../../subgraphs/attestation/service/signingKey.js';
import { createSigningKey, readSigningKey } from '../../subgraphs/attestation/service/signingKey.js';
import { fixedSigningKey } from '../../subgraphs/attestation/service/signingKeys.js';

export interface RunningAttestationService {
  /** Where it listens, which is not its issuer: a port is known too late for that. */
  readonly url: string;
  readonly issuer: string;
  readonly platform: InsecurePlatformFiles;
  readonly signing: SigningKeyPem;
  close(): Promise<void>;
}

export interface AttestationServiceSetup extends Partial<AttestationServiceOptions> {
  /** Milliseconds since 1970; default: the time now, as the enclaves under test will see it. */
  readonly now?: () => number;
  readonly platform?: InsecurePlatformFiles;
}

/** A cache over one set of Intel's collateral as text. */
export function collateralOf(text: () => string, now: () => number): CollateralCache {
  const source = { name: 'test', dcap: () => Promise.resolve(readCollateral(text())), version: text };
  return createCollateralCache({ source, now, random: () => 0, log: silentLog });
}

/** A real attestation service on a port of its own, over an insecure platform made for it. */
export async function startAttestationService(setup: AttestationServiceSetup = {}): Promise<RunningAttestationService> {
  const now = setup.now ?? Date.now;
  const issuer = setup.issuer ?? 'http://attestation.test';
  const platform = setup.platform ?? createInsecurePlatform({ now: now() });
  const signing = createSigningKey({ issuer, now: now() });
  const service = createAttestationService({
    issuer,
    keys: fixedSigningKey(readSigningKey(signing)),
    policies: createPolicies({ mode: 'shared', store: memoryPolicyStore(), now }),
    authorization: nobodyAuthorized,
    trustRoots: [trustRoot({ name: 'insecure', simulated: true, pem: platform['root.pem'] })],
    collateral: collateralOf(() => platform['collateral.json'], now),
    allowedOrigins: [],
    now,
    randomBytes,
    log: silentLog,
    metrics: createMetrics('attestation-service', { processMetrics: false }),
    notReady: () => [],
    ...setup,
  });
  const running = await service.start({ host: '127.0.0.1', port: 0 });
  const url = `${setup.tls ? 'https' : 'http'}://127.0.0.1:${running.port}`;
  return { url, issuer, platform, signing, close: () => running.close() };
}
