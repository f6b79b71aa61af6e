import { createWorkerPool } from '../workerPool.js';
import type { DecodedImage } from './image.js';
import { assertFileSize } from './limits.js';

export interface ImageWorkersOptions {
  /** Threads. */
  readonly size: number;
  /** Images that may wait; one more is refused with BUSY. */
  readonly queueLength?: number;
  /** From when an image is handed in until it is refused with TIMEOUT. */
  readonly deadlineMs: number;
  /** JavaScript heap of each thread, MiB. */
  readonly memoryMb: number;
  /** Node options of each thread; tests run it from TypeScript with them. */
  readonly execArgv?: readonly string[];
}

export interface ImageWorkers {
  /** As `decodeImage`. The bytes are copied. @throws Refusal also BUSY and TIMEOUT */
  decode(bytes: Uint8Array, signal?: AbortSignal): Promise<DecodedImage>;
  /** As `decodeImage`, and the same picture as an 8-bit grey PNG without anything that the file says of a person. */
  rendition(bytes: Uint8Array, signal?: AbortSignal): Promise<RenderedImage>;
  close(): Promise<void>;
}

export type RenderedImage = Omit<DecodedImage, 'pixels'> & { readonly png: Uint8Array };

export interface ImageJob {
  readonly bytes: Uint8Array;
  readonly answer: 'pixels' | 'png';
}

/** Decodes images in worker threads: hostile bytes never run on the main loop, and what hangs or dies is replaced. */
export function createImageWorkers(options: ImageWorkersOptions): ImageWorkers {
  const { size, queueLength = 64, deadlineMs, memoryMb, execArgv } = options;
  const pool = createWorkerPool<ImageJob, DecodedImage | RenderedImage>({
    script: new URL('./worker.js', import.meta.url),
    size,
    queueLength,
    deadlineMs,
    memoryMb,
    crashCode: 'IMAGE_UNREADABLE',
    ...(execArgv === undefined ? {} : { execArgv }),
  });

  /** A copy of exactly these bytes goes: cloning a Buffer would send all that it shares its memory with. */
  const run = async (file: Uint8Array, answer: ImageJob['answer'], signal?: AbortSignal) => {
    assertFileSize(file);
    const bytes = new Uint8Array(file);
    return pool.run({ bytes, answer }, { transfer: [bytes.buffer], signal });
  };
  return {
    decode: async (bytes, signal) => (await run(bytes, 'pixels', signal)) as DecodedImage,
    rendition: async (bytes, signal) => (await run(bytes, 'png', signal)) as RenderedImage,
    close: () => pool.close(),
  };
}
