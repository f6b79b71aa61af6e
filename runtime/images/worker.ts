import { serveJobs } from '../workerThread.js';
import { decodeImage } from './decodeImage.js';
import { encodePng } from './encodePng.js';
import type { DecodedImage } from './image.js';
import type { ImageJob, RenderedImage } from './imageWorkers.js';

serveJobs<ImageJob, DecodedImage | RenderedImage>(
  async ({ bytes, answer }) => {
    const image = await decodeImage(bytes);
    if (answer === 'pixels') return { ...image, pixels: ownBuffer(image.pixels) };
    const { contentType, rows, columns, modality, bodySite, synthetic } = image;
    return { contentType, rows, columns, modality, bodySite, synthetic, png: ownBuffer(encodePng(image)) };
  },
  (answer) => [('png' in answer ? answer.png : answer.pixels).buffer as ArrayBuffer],
);

/** The same bytes in a buffer that holds nothing else, so that it can be moved to another thread. */
function ownBuffer(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
