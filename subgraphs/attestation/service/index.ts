import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../../enclave/refusals.js';
import { trustRoot } from '../../../enclave/verification/trustRoot.js';
import { parseConfig } from '../../../runtime/config.js';
import { createLog } from '../../../runtime/log.js';
import { createMetrics } from '../../../runtime/metrics.js';
import { runProcess } from '../../../runtime/shutdown.js';
import { collateralFile, collateralProblems } from './collateralFile.js';
import { settings } from './config.js';
import { createAttestationService } from './service.js';
import { readSigningKey } from './signingKey.js';

const config = parseConfig(settings, process.env);
const log = createLog({ name: 'attestation-service', level: config.logLevel });

await runProcess({
  name: 'attestation-service',
  log,
  async start() {
    const [key, certificate, root] = await Promise.all([
      readText(config.signingKey),
      readText(config.signingCertificate),
      readText(join(config.insecurePlatform, 'root.pem')),
    ]);
    const collateral = collateralFile(join(config.insecurePlatform, 'collateral.json'));
    const service = createAttestationService({
      issuer: config.issuer,
      signingKey: readSigningKey({ key, certificate }),
      trustRoots: [trustRoot({ name: 'insecure', simulated: true, pem: root })],
      collateral,
      allowedOrigins: config.allowedOrigins,
      now: Date.now,
      randomBytes,
      log,
      metrics: createMetrics('attestation-service'),
      notReady: () => collateralProblems(collateral, Date.now()),
    });
    const { host, port } = config;
    const running = await service.start({ host, port });
    log.info({ url: config.issuer, host, port: running.port, simulated: true }, 'The attestation service listens.');
    return running;
  },
});

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Refusal('CONFIGURATION_INVALID', `${file} cannot be read.`, { cause });
  }
}
