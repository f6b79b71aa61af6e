import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { decodeJpeg } from '../../../runtime/images/jpeg.js';
import { refusalOf } from '../../support/refusals.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

/** A valid 8 x 8 grey JPEG, all of one level. */
const small = Buffer.from(
  'ffd8ffdb004300' +
    '01'.repeat(64) +
    'ffc0000b080008000801011100' +
    'ffc4001400' +
    '01' +
    '00'.repeat(15) +
    '00' +
    'ffc4001410' +
    '01' +
    '00'.repeat(15) +
    '00' +
    'ffda0008010100003f00' +
    '3f' +
    'ffd9',
  'hex',
);

const withByte = (at: number, value: number): Buffer => {
  const changed = Buffer.from(small);
  changed[at] = value;
  return changed;
};
const frameAt = small.indexOf(Buffer.from('ffc0', 'hex'));

describe('a grey JPEG', () => {
  test('decodes to its level', async () => {
    const { rows, columns, pixels, contentType } = await decodeJpeg(small);
    expect([contentType, rows, columns, [...new Set(pixels)]]).toEqual(['image/jpeg', 8, 8, [128]]);
  });

  test('says that it is synthetic in a comment', async () => {
    const comment = Buffer.from('fffe000b53594e544845544943', 'hex'); // SYNTHETIC
    const marked = Buffer.concat([small.subarray(0, 2), comment, small.subarray(2)]);
    expect([(await decodeJpeg(small)).synthetic, (await decodeJpeg(marked)).synthetic]).toEqual([false, true]);
  });

  test('may be followed by other bytes', async () => {
    expect((await decodeJpeg(Buffer.concat([small, Buffer.from('preview')]))).pixels.length).toBe(64);
  });
});

describe('a JPEG is refused', () => {
  test.each([
    ['with 12 bits a sample', withByte(frameAt + 4, 12), 'IMAGE_UNSUPPORTED'],
    ['with four components (CMYK)', withByte(frameAt + 9, 4), 'IMAGE_UNSUPPORTED'],
    ['that is lossless', withByte(frameAt + 1, 0xc3), 'IMAGE_UNSUPPORTED'],
    ['that is arithmetically coded', withByte(frameAt + 1, 0xc9), 'IMAGE_UNSUPPORTED'],
    ['without rows', withByte(frameAt + 6, 0), 'IMAGE_UNREADABLE'],
    ['that claims 65,288 rows', withByte(frameAt + 5, 255), 'TOO_LARGE'],
    ['that claims more rows than it has', withByte(frameAt + 6, 200), 'IMAGE_UNREADABLE'],
    ['without an image', Buffer.from('ffd8fffe0004abcdffd9', 'hex'), 'IMAGE_UNREADABLE'],
    [
      'with two frames',
      Buffer.concat([small.subarray(0, frameAt), small.subarray(frameAt, frameAt + 13), small.subarray(frameAt)]),
      'IMAGE_UNSUPPORTED',
    ],
    ['with a segment longer than the file', withByte(4, 255), 'IMAGE_UNREADABLE'],
    [
      'with more than 64 scans',
      Buffer.concat([small.subarray(0, -2), ...Array<Buffer>(64).fill(small.subarray(-13, -2)), small.subarray(-2)]),
      'TOO_LARGE',
    ],
  ])('%s', async (_, bytes, code) => {
    expect(await refusalOf(() => decodeJpeg(bytes))).toBe(code);
  });

  test('and the next good one decodes', async () => {
    await refusalOf(() => decodeJpeg(withByte(frameAt + 6, 200)));
    expect((await decodeJpeg(small)).pixels[0]).toBe(128);
  });
});

describeWithShared('a chest film as JPEG', 'data/medical/kermany-224-samples', () => {
  const film = readFileSync(sharedPath('data/medical/kermany-224-samples/IM-0115-0001.jpeg'));

  test('decodes to 224 x 224 grey pixels that are not synthetic', async () => {
    const { rows, columns, pixels, synthetic } = await decodeJpeg(film);
    expect([rows, columns, pixels.length, synthetic]).toEqual([224, 224, 224 * 224, false]);
    expect(Math.max(...pixels) - Math.min(...pixels)).toBeGreaterThan(150);
  });

  test('is refused at every length to which it is cut', async () => {
    for (let length = 3; length < film.length; length += Math.floor(film.length / 25))
      expect(await refusalOf(() => decodeJpeg(film.subarray(0, length)))).toBe('IMAGE_UNREADABLE');
  });

  test('is refused where it is cut and an end marker is put behind the cut', async () => {
    const cut = Buffer.concat([film.subarray(0, film.length / 2), Buffer.from('ffd9', 'hex')]);
    expect(await refusalOf(() => decodeJpeg(cut))).toBe('IMAGE_UNREADABLE');
  });
});
