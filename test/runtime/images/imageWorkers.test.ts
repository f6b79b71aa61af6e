import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, describe, expect, test } from '@jest/globals';
import { decodeImage } from '../../../runtime/images/decodeImage.js';
import { encodePng } from '../../../runtime/images/encodePng.js';
import { createImageWorkers } from '../../../runtime/images/imageWorkers.js';
import { dicomFile } from '../../support/dicomFile.js';
import { refusalOf } from '../../support/refusals.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';
import { fromSources } from '../../support/threads.js';

const workers = createImageWorkers({ size: 1, deadlineMs: 20_000, memoryMb: 128, execArgv: fromSources });
afterAll(() => workers.close());

const pixels = Uint8Array.from({ length: 60 }, (_, index) => index * 4);
const png = encodePng({ rows: 6, columns: 10, pixels });

describe('image workers', () => {
  test('decode an image and leave its file as it was', async () => {
    const before = Buffer.from(png);
    const image = await workers.decode(png);
    expect(image).toMatchObject({ contentType: 'image/png', rows: 6, columns: 10, synthetic: false });
    expect(Buffer.from(image.pixels).equals(Buffer.from(pixels))).toBe(true);
    expect(Buffer.from(png).equals(before)).toBe(true);
  });

  test('make a rendition that holds the same picture and nothing else of the file', async () => {
    const file = dicomFile({
      rows: 6,
      columns: 10,
      pixels,
      elements: { '0010,0010': ['PN', 'DOE^JANE'], '0018,0015': ['CS', 'CHEST'] },
    });
    const rendition = await workers.rendition(file);
    expect(rendition).toMatchObject({
      contentType: 'application/dicom',
      rows: 6,
      columns: 10,
      modality: 'DX',
      bodySite: 'CHEST',
    });
    expect(Buffer.from(rendition.png).includes('DOE')).toBe(false);
    expect((await decodeImage(rendition.png)).pixels).toEqual((await decodeImage(file)).pixels);
  });

  test('refuse a text file, an empty file, a cut file and 70 MB, each by its code', async () => {
    const codes = await Promise.all(
      [Buffer.from('Dear colleague,\n'.repeat(40)), Buffer.alloc(0), png.subarray(0, 40), Buffer.alloc(70_000_000)].map(
        (file) => refusalOf(() => workers.decode(file)),
      ),
    );
    expect(codes).toEqual(['IMAGE_UNSUPPORTED', 'IMAGE_UNSUPPORTED', 'IMAGE_UNREADABLE', 'TOO_LARGE']);
  });

  test('survive arbitrary bytes behind every signature', async () => {
    const heads = [
      png.subarray(0, 33),
      Buffer.from('ffd8ffe000104a464946', 'hex'),
      Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]),
    ];
    let state = 7;
    for (let round = 0; round < 30; round++) {
      const tail = Uint8Array.from({ length: 300 }, () => ((state = (state * 1103515245 + 12345) >>> 0) >> 16) & 255);
      for (const head of heads)
        expect(await refusalOf(() => workers.decode(Buffer.concat([head, tail])))).toMatch(/^(IMAGE_|TOO_LARGE)/);
    }
  });
});

describeWithShared('a large image', 'data/medical/nih-cxr-00000001_000.png', () => {
  test('is decoded while the main loop stays free', async () => {
    const film = readFileSync(sharedPath('data/medical/nih-cxr-00000001_000.png'));
    await workers.decode(film);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await Promise.all(Array.from({ length: 20 }, () => workers.decode(film)));
    delay.disable();
    expect(delay.percentile(50) / 1e6).toBeLessThan(10);
  });
});
