import { createWorkerPool } from '../../runtime/workerPool.js';
import type { ImageDescription } from './record.js';

/** What is read out of an image file when it arrives, and the picture that people will look at. */
export interface ReadImage extends Omit<ImageDescription, 'sha256' | 'size'> {
  /** 8-bit grey PNG, at most {@link RENDITION_SIDE} pixels a side, and nothing else of the file. */
  readonly rendition: Uint8Array;
}

/** What the thread is asked. */
export interface ImageJob {
  readonly what: 'description' | 'graymap';
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Pixels. */
export const RENDITION_SIDE = 1024;

export interface ImageReader {
  /** The pixels as a graymap (runtime/images/graymap.ts). @throws what `read` throws */
  graymap(bytes: Uint8Array): Promise<Uint8Array>;
  /** @throws Refusal IMAGE_UNSUPPORTED, IMAGE_UNREADABLE, TOO_LARGE, BUSY, TIMEOUT */
  read(bytes: Uint8Array): Promise<ReadImage>;
  close(): Promise<void>;
}

/**
 * Reads images in a worker thread (imageThread.ts): their bytes are hostile, and large ones take a second.
 *
 * @param execArgv Node options of the thread; tests run it from TypeScript with them.
 */
export function createImageReader(execArgv?: readonly string[]): ImageReader {
  const hire = () =>
    createWorkerPool<ImageJob, ReadImage | Uint8Array>({
      script: new URL('./imageThread.js', import.meta.url),
      size: 1,
      queueLength: 16,
      deadlineMs: 20_000,
      memoryMb: 256,
      crashCode: 'IMAGE_UNREADABLE',
      ...(execArgv === undefined ? {} : { execArgv }),
    });
  // The thread is not there before the first image comes: a start has no time for it.
  let pool: ReturnType<typeof hire> | undefined;
  const run = (job: ImageJob): Promise<ReadImage | Uint8Array> =>
    (pool ??= hire()).run(job, { transfer: [job.bytes.buffer] });
  return {
    read: async (file) => (await run({ what: 'description', bytes: new Uint8Array(file) })) as ReadImage,
    graymap: async (file) => (await run({ what: 'graymap', bytes: new Uint8Array(file) })) as Uint8Array,
    close: async () => await pool?.close(),
  };
}
