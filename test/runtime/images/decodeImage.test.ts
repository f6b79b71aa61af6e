import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { decodeImage, sniffImage } from '../../../runtime/images/decodeImage.js';
import { encodePng } from '../../../runtime/images/encodePng.js';
import { dicomFile } from '../../support/dicomFile.js';
import { refusalOf } from '../../support/refusals.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

const pixels = Uint8Array.from({ length: 60 }, (_, index) => index * 4);
const png = encodePng({ rows: 6, columns: 10, pixels });
const dicom = dicomFile({ rows: 6, columns: 10, pixels, elements: { '0010,0010': ['PN', 'DOE^JANE'] } });
const jpegStart = Buffer.from('ffd8ffe000104a464946', 'hex');

describe('a file', () => {
  test('is what its first bytes say', () => {
    const kinds = [png, jpegStart, dicom, Buffer.from('GIF89a'), Buffer.alloc(0), Buffer.alloc(200)].map(sniffImage);
    expect(kinds).toEqual(['image/png', 'image/jpeg', 'application/dicom', undefined, undefined, undefined]);
  });

  test('decodes to its pixels and stays as it was', async () => {
    const before = Buffer.from(png);
    expect(await decodeImage(png)).toMatchObject({
      contentType: 'image/png',
      rows: 6,
      columns: 10,
      synthetic: false,
      pixels,
    });
    expect(Buffer.from(png).equals(before)).toBe(true);
  });

  test('that is DICOM gives the same picture as a PNG, in which no name is left', async () => {
    const image = await decodeImage(dicom);
    const picture = encodePng(image);
    expect((await decodeImage(picture)).pixels).toEqual(image.pixels);
    expect([dicom.includes('DOE'), Buffer.from(picture).includes('DOE')]).toEqual([true, false]);
  });
});

describe('decoding refuses', () => {
  test.each([
    ['a text', Buffer.from('Dear colleague,\n'.repeat(40)), 'IMAGE_UNSUPPORTED'],
    ['nothing', Buffer.alloc(0), 'IMAGE_UNSUPPORTED'],
    ['a file that is cut short', png.subarray(0, 40), 'IMAGE_UNREADABLE'],
    ['70 MB', Buffer.alloc(70_000_000), 'TOO_LARGE'],
  ])('%s', async (_, file, code) => {
    expect(await refusalOf(() => decodeImage(file))).toBe(code);
  });

  test('arbitrary bytes behind every signature by a code, and never crashes', async () => {
    const heads = [png.subarray(0, 33), jpegStart, dicom.subarray(0, 300)];
    let state = 7;
    for (let round = 0; round < 60; round++) {
      const tail = Uint8Array.from({ length: 300 }, () => ((state = (state * 1103515245 + 12345) >>> 0) >> 16) & 255);
      for (const head of heads)
        expect(await refusalOf(() => decodeImage(Buffer.concat([head, tail])))).toMatch(/^(IMAGE_|TOO_LARGE)/);
    }
  });
});

describeWithShared('one bit flipped in a DICOM film', 'data/medical/dicom/pydicom_MR_small.dcm', () => {
  test('is read or refused, and never crashes', async () => {
    const file = readFileSync(sharedPath('data/medical/dicom/pydicom_MR_small.dcm'));
    for (let at = 0; at < 1500; at += 23) {
      const changed = Buffer.from(file);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(await refusalOf(() => decodeImage(changed))).toMatch(/^(IMAGE_|TOO_LARGE|not refused)/);
    }
  });
});
