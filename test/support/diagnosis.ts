import { silentLog } from '../../runtime/log.js';
import {
  type DiagnosisOptions,
  type DiagnosisWorker,
  type Interpret,
  startDiagnosisWorker,
} from '../../subgraphs/patient/diagnosisWorker.js';
import type { Observation } from '../../subgraphs/patient/record.js';
import type { Store } from '../../subgraphs/patient/store.js';

/** What a provider might answer. */
export const anObservation: Observation = {
  finding: 'FINDING',
  code: 'pneumonia',
  probability: 0.93,
  threshold: 0.5,
  outOfDistributionScore: 310.5,
  outOfDistributionThreshold: 747,
  classActivationMap: null,
  device: { model: 'pneumonia-paediatric', version: '1.0.0', sha256: 'ab'.repeat(32) },
  receipt: 'receipt.of.the-inference-enclave',
  effectiveAt: '2026-03-01T08:00:05.000Z',
};

/** A worker with this provider, and short times. */
export async function testWorker(
  store: Store,
  interpret: Interpret,
  options: Partial<DiagnosisOptions> = {},
): Promise<DiagnosisWorker> {
  return await startDiagnosisWorker(store, {
    interpret,
    concurrency: 2,
    attempts: 3,
    deadlineMs: 5000,
    pollMs: 20,
    backoffMs: 1000,
    log: silentLog,
    ...options,
  });
}

/** Lets a worker enter this observation for every task that is due. */
export async function enterAnswer(store: Store, observation: Observation = anObservation): Promise<void> {
  const worker = await testWorker(store, () => Promise.resolve({ observation, attestationResult: 'jti-inference' }));
  await until(
    async () => (await store.db.query("select 1 from task where status in ('REQUESTED', 'IN_PROGRESS')")).length === 0,
  );
  await worker.close();
}

/** Waits until something has become true; gives up after ten seconds. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not become true within ten seconds.');
}
