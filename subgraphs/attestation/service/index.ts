import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readPem } from '../../../enclave/asn1/pem.js';
import type { EvidencePlatform } from '../../../enclave/evidence/attester.js';
import { Refusal } from '../../../enclave/refusals.js';
import { nodePrimitives } from '../../../enclave/verification/nodePrimitives.js';
import { openCollateral } from '../../../runtime/collateral/openCollateral.js';
import { validateCollateral } from '../../../runtime/collateral/validateCollateral.js';
import { parseConfig } from '../../../runtime/config.js';
import { openEvidencePlatform } from '../../../runtime/evidencePlatform.js';
import { createLog } from '../../../runtime/log.js';
import { createMetrics } from '../../../runtime/metrics.js';
import { runProcess } from '../../../runtime/shutdown.js';
import { readTrustRoots } from '../../../runtime/trustRoots.js';
import type { Authorization } from './authorize.js';
import { createAuthorization, nobodyAuthorized } from './authorize.js';
import { settings } from './config.js';
import type { OpenedSigningKeys } from './openSigningKeys.js';
import { openFiledSigningKeys, openOwnSigningKeys } from './openSigningKeys.js';
import type { Policies } from './policies.js';
import { createPolicies } from './policies.js';
import { filePolicyStore, memoryPolicyStore } from './policyStore.js';
import type { AttestationServiceOptions } from './service.js';
import { createAttestationService } from './service.js';

const config = parseConfig(settings, process.env);
const log = createLog({ name: 'attestation-service', level: config.logLevel });
const now = Date.now;

/** How often the process looks whether a key should follow. */
const KEY_LOOK_MS = 30_000;

await runProcess({
  name: 'attestation-service',
  log,
  async start() {
    const { host, issuer, mode, port } = config;
    const trustRoots = await readTrustRoots(config.insecurePlatform);
    const [{ keys, look }, tls, policies, collateral] = await Promise.all([
      openSigningKeys(),
      readTls(),
      openPolicies(),
      openCollateral({
        config,
        now,
        random: Math.random,
        log,
        validate: validateCollateral({ trustRoots, primitives: nodePrimitives }),
      }),
    ]);
    const service = createAttestationService({
      issuer,
      keys,
      policies,
      authorization: openAuthorization(),
      trustRoots,
      collateral,
      snpRevocation: config.snpRevocation,
      allowedOrigins: config.allowedOrigins,
      now,
      randomBytes,
      log,
      metrics: createMetrics('attestation-service'),
      notReady: () => collateral.notReady(),
      warnings: () => collateral.warnings(),
      ...(tls && { tls }),
    });
    const running = await service.start({ host, port });
    const looking = setInterval(() => {
      look().catch((error: unknown) =>
        log.warn({ error }, 'The signing key could not be renewed; the current one stays.'),
      );
    }, KEY_LOOK_MS);
    const simulated = trustRoots.some((root) => root.simulated);
    log.info({ url: issuer, host, port: running.port, mode, simulated }, 'The attestation service listens.');
    return {
      port: running.port,
      async close() {
        clearInterval(looking);
        await running.close();
        await collateral.close();
      },
    };
  },
});

/** The hardware vendors; the simulated platform beside them only where its folder is named. */
async function openSigningKeys(): Promise<OpenedSigningKeys> {
  const { issuer, keyAnnounceMinutes, keyRotationHours, ownSigningKeys, signingCertificate, signingKey } = config;
  const announceMs = keyAnnounceMinutes * 60_000;
  if (ownSigningKeys === '')
    return openFiledSigningKeys({ announceMs, now, files: { key: signingKey, certificate: signingCertificate } });
  const everyMs = keyRotationHours * 3_600_000;
  return openOwnSigningKeys({ announceMs, everyMs, issuer, now, path: ownSigningKeys, platform: await openPlatform() });
}

async function openPlatform(): Promise<EvidencePlatform | undefined> {
  const { platform } = config;
  if (platform === 'none') return undefined;
  // Whoever names the folder of the simulated platform has said that this is development.
  const mode = config.insecurePlatform === '' ? 'production' : 'development';
  return openEvidencePlatform({ ...config, platform, mode, name: 'attestation', root: '.', log });
}

async function openPolicies(): Promise<Policies> {
  const { mode, policyStore, policySigners } = config;
  if (mode !== 'shared' && policyStore === '')
    throw invalid(
      `CLOISTER_POLICY_STORE is missing: policies of an instance that is ${mode} must outlive the process.`,
    );
  const signers = policySigners === '' ? [] : readPem(await readText(policySigners));
  const store = policyStore === '' ? memoryPolicyStore() : filePolicyStore(policyStore);
  return createPolicies({ mode, store, signers, now });
}

function openAuthorization(): Authorization {
  const { identityAudience: audience, identityIssuer: issuer, mode } = config;
  if (mode === 'shared') return nobodyAuthorized;
  if (!URL.canParse(issuer)) throw invalid(`CLOISTER_IDENTITY_ISSUER is not a URL, and the mode is ${mode}.`);
  return createAuthorization({ issuer, audience, now });
}

async function readTls(): Promise<AttestationServiceOptions['tls']> {
  const { tlsCertificate, tlsKey } = config;
  if (tlsKey === '' && tlsCertificate === '') return undefined;
  const [key, cert] = await Promise.all([readText(tlsKey), readText(tlsCertificate)]);
  return { key, cert };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw invalid(`${file} cannot be read.`, cause);
  }
}

function invalid(message: string, cause?: unknown): Refusal {
  return new Refusal('CONFIGURATION_INVALID', message, { cause });
}
