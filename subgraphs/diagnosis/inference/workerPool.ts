import { createWorkerPool, type WorkerPool } from '../../../runtime/workerPool.js';
import type { ModelOutput } from './infer.js';
import type { Model } from './modelRepository.js';

/** An image file, as it came, for one model. */
export interface InferenceJob {
  readonly model: string;
  readonly bytes: Uint8Array;
}

/** What each thread is started with. */
export interface WorkerModel {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly height: number;
  readonly width: number;
}

export interface InferenceWorkersOptions {
  /** Threads; each holds every model. */
  readonly size: number;
  /** Images that may wait; one more is refused with BUSY. */
  readonly queueLength: number;
  /** For waiting, decoding and inferring one image. */
  readonly deadlineMs: number;
  /** JavaScript heap of each thread, MiB. */
  readonly memoryMb: number;
  /** Node options of each thread; tests run it from TypeScript with them. */
  readonly execArgv?: readonly string[];
}

/**
 * Decodes and infers in worker threads: ONNX Runtime's `run` blocks the thread that calls it, and the file is an
 * attacker's. Its `ready` means that each thread has opened and run every model.
 */
export function createInferenceWorkers(
  models: readonly Model[],
  options: InferenceWorkersOptions,
): WorkerPool<InferenceJob, ModelOutput> {
  const data: WorkerModel[] = models.map(({ card, bytes }) => ({
    id: card.id,
    bytes,
    height: card.height,
    width: card.width,
  }));
  return createWorkerPool({
    ...options,
    data,
    crashCode: 'IMAGE_UNREADABLE',
    script: new URL('./worker.js', import.meta.url),
  });
}
