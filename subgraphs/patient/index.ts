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
import { readDataKey } from './dataKey.js';
import { enterDemoData } from './demo.js';
import { createImageReader, type ImageReader } from './imageReader.js';
import { type ImageStore, openRecord } from './store.js';
import { startPatientSubgraph } from './subgraph.js';

const name = 'patient';
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
    const reader = createImageReader();
    // Being attested and opening the record take about as long, and neither needs the other.
    const enclave = openEnclave({ name, config, root, now: Date.now, jitter: Math.random, log });
    enclave.catch(() => undefined); // who awaits it below hears of it
    const store = await openRecordWithDemoData(reader);
    try {
      const { trust, identity } = await enclave;
      const subgraph = await startPatientSubgraph({
        config,
        typeDefs,
        store,
        reader,
        identity,
        trust,
        now: Date.now,
        log,
        metrics,
      });
      const management = await startManagement({
        host: config.host,
        port: config.managementPort,
        notReady: () => identity.notReady(),
        metrics,
      });
      return {
        close: async () => {
          await subgraph.close();
          await reader.close();
          await store.db.close();
          identity.close();
          await management.close();
        },
      };
    } catch (error) {
      await store.db.close();
      throw error;
    }
  },
});

async function openRecordWithDemoData(reader: ImageReader): Promise<ImageStore> {
  const key = await readDataKey(config.dataKey);
  const store = await openRecord({ folder: config.data, seed: config.databaseSeed, key, now: Date.now });
  if (config.demoData !== 'yes' && config.demoData !== 'true') return store;
  try {
    const { patients: count } = await enterDemoData(store, reader, config.demoImages);
    if (count > 0) log.info({ count }, 'Entered synthetic patients.');
    return store;
  } catch (error) {
    await store.db.close();
    throw error;
  }
}
