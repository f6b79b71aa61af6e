import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../runtime/config.js';
import { openEnclave } from '../runtime/enclave.js';
import { createLog } from '../runtime/log.js';
import { createMetrics } from '../runtime/metrics.js';
import { runProcess } from '../runtime/shutdown.js';
import { settings } from './config.js';
import { startGateway } from './gateway.js';

/** The folder that holds dist/, schema/ and package-lock.json. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

await runProcess({
  name: 'gateway',
  async start() {
    const config = parseConfig(settings, process.env);
    const log = createLog({ name: 'gateway', level: config.logLevel });
    const { trust, identity } = await openEnclave({
      name: 'gateway',
      config,
      root,
      now: Date.now,
      jitter: Math.random,
      log,
    });
    const gateway = await startGateway({
      supergraphSdl: await readFile(config.supergraph, 'utf8'),
      subgraphUrls: new Map([
        ['patient', config.patient],
        ['attestation', config.attestation],
        ['diagnosis', config.diagnosis],
      ]),
      identity,
      trust,
      accessTokens: { issuer: config.identityIssuer, audience: config.identityAudience },
      portalOrigin: config.portalOrigin,
      graphiqlFolder: config.graphiql,
      limits: {
        depth: config.depthLimit,
        aliases: config.aliasLimit,
        rootFields: config.rootFieldLimit,
        directives: config.directiveLimit,
        tokens: config.tokenLimit,
      },
      maximumBodyBytes: config.bodyLimitKb * 1024,
      maximumImageBytes: config.imageLimitMb * 1024 * 1024,
      fetchTimeoutMs: config.fetchTimeoutMs,
      host: config.host,
      httpPort: config.httpPort,
      attestedPort: config.attestedPort,
      now: Date.now,
      log,
      metrics: createMetrics('gateway'),
    });
    return {
      close: async () => {
        await gateway.close();
        identity.close();
      },
    };
  },
});
