import { decodeImage } from '../../runtime/images/decodeImage.js';
import { encodePng } from '../../runtime/images/encodePng.js';
import { encodeGraymap, graymapDigest } from '../../runtime/images/graymap.js';
import { type GreyImage, resize } from '../../runtime/images/resize.js';
import { serveJobs } from '../../runtime/workerThread.js';
import { type ImageJob, type ReadImage, RENDITION_SIDE } from './imageReader.js';

serveJobs<ImageJob, ReadImage | Uint8Array>(async ({ bytes, what }) => {
  const { contentType, rows, columns, pixels, modality, bodySite, synthetic } = await decodeImage(bytes);
  const graymap = encodeGraymap({ rows, columns, pixels });
  if (what === 'graymap') return graymap;
  return {
    graymap: { sha256: graymapDigest(graymap), size: graymap.length },
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
