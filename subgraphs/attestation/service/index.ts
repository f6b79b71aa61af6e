import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPem } from '../../../enclave/asn1/pem.js';
import { Refusal } from '../../../enclave/refusals.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { parseConfig } from '../../../runtime/config.js';
import { createLog } from '../../../runtime/log.js';
import { createMetrics } from '../../../runtime/metrics.js';
import { runProcess } from '../../../runtime/shutdown.js';
import type { Authorization } from './authorize.js';
import { createAuthorization, nobodyAuthorized } from './authorize.js';
import { collateralFile, collateralProblems } from './collateralFile.js';
import { settings } from './config.js';
import type { Policies } from './policies.js';
import { createPolicies } from './policies.js';
import { filePolicyStore, memoryPolicyStore } from './policyStore.js';
import type { AttestationServiceOptions } from './service.js';
import { createAttestationService } from './service.js';
import { readSigningKey } from './signingKey.js';
import { fixedSigningKey } from './signingKeys.js';

const config = parseConfig(settings, process.env);
const log = createLog({ name: 'attestation-service', level: config.logLevel });

await runProcess({
  name: 'attestation-service',
  log,
  async start() {
    const { host, issuer, mode, port } = config;
    const [key, certificate, root, tls, policies] = await Promise.all([
      readText(config.signingKey),
      readText(config.signingCertificate),
      readText(join(config.insecurePlatform, 'root.pem')),
      readTls(),
      openPolicies(),
    ]);
    const collateral = collateralFile(join(config.insecurePlatform, 'collateral.json'));
    const service = createAttestationService({
      issuer,
      keys: fixedSigningKey(readSigningKey({ key, certificate })),
      policies,
      authorization: openAuthorization(),
      trustRoots: [trustRoot({ name: 'insecure', simulated: true, pem: root })],
      collateral,
      allowedOrigins: config.allowedOrigins,
      now: Date.now,
      randomBytes,
      log,
      metrics: createMetrics('attestation-service'),
      notReady: () => collateralProblems(collateral, Date.now()),
      ...(tls && { tls }),
    });
    const running = await service.start({ host, port });
    log.info({ url: issuer, host, port: running.port, mode, simulated: true }, 'The attestation service listens.');
    return running;
  },
});

async function openPolicies(): Promise<Policies> {
  const { mode, policyStore, policySigners } = config;
  if (mode !== 'shared' && policyStore === '')
    throw invalid(
      `CLOISTER_POLICY_STORE is missing: policies of an instance that is ${mode} must outlive the process.`,
    );
  const signers = policySigners === '' ? [] : readPem(await readText(policySigners));
  const store = policyStore === '' ? memoryPolicyStore() : filePolicyStore(policyStore);
  return createPolicies({ mode, store, signers, now: Date.now });
}

function openAuthorization(): Authorization {
  const { identityAudience: audience, identityIssuer: issuer, mode } = config;
  if (mode === 'shared') return nobodyAuthorized;
  if (!URL.canParse(issuer)) throw invalid(`CLOISTER_IDENTITY_ISSUER is not a URL, and the mode is ${mode}.`);
  return createAuthorization({ issuer, audience, now: Date.now });
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
