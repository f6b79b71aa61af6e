import { createWorkerPool } from '../../runtime/workerPool.js';
import type { ImageDescription } from './record.js';

/** What is read out of an image file when it arrives, and the picture that people will look at. */
export interface ReadImage extends Omit<ImageDescription, 'sha256' | 'size'> {
  /** 8-bit grey PNG, at most {@link RENDITION_SIDE} pixels a side, and nothing else of the file. */
  readonly rendition: Uint8Array;
}

/** Pixels. */
export const RENDITION_SIDE = 1024;

export interface ImageReader {
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
  const pool = createWorkerPool<Uint8Array, ReadImage>({
    script: new URL('./imageThread.js', import.meta.url),
    size: 1,
    queueLength: 16,
    deadlineMs: 20_000,
    memoryMb: 256,
    crashCode: 'IMAGE_UNREADABLE',
    ...(execArgv === undefined ? {} : { execArgv }),
  });
  return {
    read: async (file) => {
      const bytes = new Uint8Array(file);
      return await pool.run(bytes, { transfer: [bytes.buffer] });
    },
    close: async () => await pool.close(),
  };
}
