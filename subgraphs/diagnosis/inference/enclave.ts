import { signReceipt } from '../../../enclave/receipts/receipt.js';
import { createAttestedClient } from '../../../runtime/attestedClient.js';
import type { AttestedIdentity } from '../../../runtime/attestedIdentity.js';
import { type Listening, startAttestedListener } from '../../../runtime/attestedListener.js';
import { serveRoutes } from '../../../runtime/attestedRoutes.js';
import type { Log } from '../../../runtime/log.js';
import type { Metrics } from '../../../runtime/metrics.js';
import type { Trust } from '../../../runtime/trust.js';
import type { InferenceConfig } from './config.js';
import { createImageSource } from './imageSource.js';
import { createInference } from './inference.js';
import { counted } from './inferenceMetrics.js';
import { loadModels } from './modelRepository.js';
import { inferenceRoutes } from './routes.js';
import { createInferenceWorkers } from './workerPool.js';

export interface InferenceEnclaveOptions {
  readonly config: Omit<InferenceConfig, 'managementPort' | 'logLevel'>;
  readonly identity: AttestedIdentity;
  readonly trust: Trust;
  /** Milliseconds since 1970, for instance Date.now. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Node options of the worker threads; tests run them from TypeScript with them. */
  readonly execArgv?: readonly string[];
}

export interface InferenceEnclave extends Listening {
  /** Reasons not to be sent work; empty means ready. */
  notReady(): readonly string[];
}

const MEBIBYTE = 1024 * 1024;

/** The inference enclave: serves when every thread has run every model once, and not before. */
export async function startInferenceEnclave(options: InferenceEnclaveOptions): Promise<InferenceEnclave> {
  const { config, identity, trust, now, log, metrics, execArgv } = options;
  const models = await loadModels(config.models);
  const workers = createInferenceWorkers(models, {
    size: config.workers,
    queueLength: config.queueLength,
    deadlineMs: config.deadlineMs,
    memoryMb: config.workerMemoryMb,
    ...(execArgv === undefined ? {} : { execArgv }),
  });
  const patients = new Map(
    config.imageSources.map((url) => {
      const policies = ['component', 'imaging'];
      return [
        url,
        createAttestedClient({ peer: 'patient', url, identity, trust, policies, expectEnclave: 'patient', now }),
      ];
    }),
  );
  const inference = createInference({
    models,
    workers,
    images: createImageSource(patients),
    inFlightBytes: config.inFlightMb * MEBIBYTE,
    sign: (input, answer) =>
      signReceipt({
        key: identity.receiptKey,
        result: identity.result(),
        now: now() / 1000,
        input,
        model: answer.model,
        answer,
      }),
  });
  const notReady = (): string[] => [
    ...identity.notReady(),
    ...(workers.load().ready > 0 ? [] : ['No thread has its models open.']),
  ];
  const close = async (listening?: Listening): Promise<void> => {
    await listening?.close();
    await Promise.all([...patients.values()].map((patient) => patient.close()));
    await workers.close();
  };

  try {
    await workers.ready;
    const routes = inferenceRoutes({ inference: counted(inference, workers.load, metrics), notReady });
    const router = serveRoutes(routes, { trust, now, log, metrics });
    const listening = await startAttestedListener(
      { host: config.host, port: config.attestedPort, identity, trust, now, log, metrics },
      router,
    );
    return { port: listening.port, notReady, close: () => close(listening) };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
