import { Gauge } from 'prom-client';
import { createAttestedClient } from '../../runtime/attestedClient.js';
import type { Listening } from '../../runtime/attestedListener.js';
import { startSubgraph, type SubgraphOptions } from '../../runtime/subgraphServer.js';
import type { PatientConfig } from './config.js';
import { startDiagnosisWorker } from './diagnosisWorker.js';
import type { ImageReader } from './imageReader.js';
import { imageRoutes } from './imageRoutes.js';
import type { ImageStore } from './store.js';
import { createInterpretation } from './interpretation.js';
import { createLoaders } from './loaders.js';
import { type PatientContext, resolvers } from './resolvers.js';

export interface PatientSubgraphOptions extends Pick<
  SubgraphOptions<PatientContext>,
  'typeDefs' | 'identity' | 'trust' | 'now' | 'log' | 'metrics'
> {
  readonly config: Omit<PatientConfig, 'data' | 'dataKey' | 'databaseSeed'>;
  readonly store: ImageStore;
  readonly reader: ImageReader;
}

const MEBIBYTE = 1024 * 1024;

/** The patient subgraph: the record, its images, and the queue that has them interpreted. */
export async function startPatientSubgraph(options: PatientSubgraphOptions): Promise<Listening> {
  const { config, store, reader, identity, trust, now, log } = options;
  const gateway = createAttestedClient({
    peer: 'gateway',
    url: config.gateway,
    identity,
    trust,
    policies: ['component', 'imaging'],
    expectEnclave: 'gateway',
    now,
    maximumConnections: config.diagnosisConcurrency,
  });
  const worker = await startDiagnosisWorker(store, {
    interpret: createInterpretation({ store, gateway, trust, timeoutMs: config.diagnosisTimeoutMs }),
    concurrency: config.diagnosisConcurrency,
    attempts: config.diagnosisAttempts,
    deadlineMs: config.diagnosisTimeoutMs,
    backoffMs: config.diagnosisBackoffMs,
    pollMs: 500,
    log,
  });
  countTasks(options);

  const listening = await startSubgraph<PatientContext>({
    ...options,
    host: config.host,
    port: config.attestedPort,
    resolvers,
    context: ({ caller }) => ({
      caller,
      store,
      loaders: createLoaders(store, caller),
      refusedEntries: new Set(),
      attestedUrl: config.attestedUrl,
      wakeQueue: () => worker.wake(),
    }),
    routes: imageRoutes({ store, reader, maximumImageBytes: config.imageLimitMb * MEBIBYTE }),
  });
  return {
    port: listening.port,
    close: async () => {
      await worker.close();
      await listening.close();
      await gateway.close();
    },
  };
}

function countTasks({ store, metrics }: PatientSubgraphOptions): void {
  const gauge = new Gauge({
    name: 'cloister_diagnosis_tasks',
    help: 'Diagnoses in the queue by their state.',
    labelNames: ['status'],
    registers: [metrics.registry],
    collect: async () => {
      const rows = await store.db.query<{ status: string; tasks: number }>(
        'select status, count(*)::integer as tasks from task group by status',
      );
      gauge.reset();
      for (const { status, tasks } of rows) gauge.set({ status }, tasks);
    },
  });
}
