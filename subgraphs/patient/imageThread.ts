import { decodeImage } from '../../runtime/images/decodeImage.js';
import { encodePng } from '../../runtime/images/encodePng.js';
import { type GreyImage, resize } from '../../runtime/images/resize.js';
import { serveJobs } from '../../runtime/workerThread.js';
import { type ReadImage, RENDITION_SIDE } from './imageReader.js';

serveJobs<Uint8Array, ReadImage>(async (bytes) => {
  const { contentType, rows, columns, pixels, modality, bodySite, synthetic } = await decodeImage(bytes);
  return {
    contentType,
    rows,
    columns,
    modality: modality ?? null,
    bodySite: bodySite ?? null,
    synthetic,
    rendition: encodePng(fitted({ rows, columns, pixels })),
  };
});

/** Shrunk until its longest side is that of a rendition; smaller images stay as they are. */
function fitted(image: GreyImage): GreyImage {
  const scale = RENDITION_SIDE / Math.max(image.rows, image.columns);
  if (scale >= 1) return image;
  const shrunk = (side: number) => Math.max(1, Math.round(side * scale));
  return resize(image, { rows: shrunk(image.rows), columns: shrunk(image.columns) });
}
