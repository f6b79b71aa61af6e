import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../../runtime/config.js';
import { openEnclave } from '../../runtime/enclave.js';
import { createLog } from '../../runtime/log.js';
import { startManagement } from '../../runtime/management.js';
import { createMetrics } from '../../runtime/metrics.js';
import { runProcess } from '../../runtime/shutdown.js';
import { settings } from './config.js';
import { startAttestationSubgraph } from './subgraph.js';

const name = 'attestation';
/** The folder that holds dist/ and schema/. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const config = parseConfig(settings, process.env);
const log = createLog({ name, level: config.logLevel });

await runProcess({
  name,
  log,
  async start() {
    const metrics = createMetrics(name);
    const typeDefs = await readFile(resolve(root, `schema/${name}.graphql`), 'utf8');
    const { trust, identity } = await openEnclave({ name, config, root, now: Date.now, jitter: Math.random, log });
    const subgraph = await startAttestationSubgraph({ config, typeDefs, identity, trust, now: Date.now, log, metrics });
    const notReady = () => identity.notReady();
    const warnings = () => subgraph.warnings();
    const management = await startManagement({
      host: config.host,
      port: config.managementPort,
      notReady,
      warnings,
      metrics,
    });
    return {
      close: async () => {
        await subgraph.close();
        identity.close();
        await management.close();
      },
    };
  },
});
