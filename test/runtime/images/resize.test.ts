import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { decodeJpeg } from '../../../runtime/images/jpeg.js';
import { resize } from '../../../runtime/images/resize.js';
import { readNpz } from '../../support/npz.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

describe('resizing', () => {
  test('to the same size changes nothing', () => {
    const image = { rows: 2, columns: 2, pixels: Uint8Array.of(1, 2, 3, 4) };
    expect(resize(image, { rows: 2, columns: 2 })).toEqual(image);
  });

  test.each([0, 1, 128, 255])('keeps an even grey of %i exactly, smaller and larger', (level) => {
    const image = { rows: 37, columns: 53, pixels: new Uint8Array(37 * 53).fill(level) };
    for (const rows of [3, 64]) expect(new Set(resize(image, { rows, columns: 17 }).pixels)).toEqual(new Set([level]));
  });

  // Made with Pillow 12.3.0: Image.resize((columns, rows), Image.LANCZOS), SHA-256 of the bytes.
  test.each([
    [64, 64, 'b02f891ecc915558595af95ac4714a84e553c47c46fb7ebd30944b0b3c6eaea0'],
    [20, 17, '9734375f18ae513a44666a1d8cefd7fb2095e30e29a0cefa7f13f0dd1a02a6a6'],
    [200, 90, 'd70045bceacb3287f784fbc7f21a4b118509aa96bf64c9ca5de1ac357230e272'],
    [61, 40, '929d9053b6ba21dd57aa4ff322f1f16d352fee69c194316259991ee410dd7a7c'],
    [7, 83, 'bff641d629c35f52244b927fa142966ba01b0a80fc784c5c0dea0bfeda6f14ad'],
  ])('to %i rows and %i columns gives every byte that Pillow gives', (rows, columns, digest) => {
    const pixels = Uint8Array.from({ length: 61 * 83 }, (_, index) => {
      const [y, x] = [Math.floor(index / 83), index % 83];
      return ((x * x * 7 + y * 13 + x * y * 3) >> 2) & 255;
    });
    const resized = resize({ rows: 61, columns: 83, pixels }, { rows, columns });
    expect(createHash('sha256').update(resized.pixels).digest('hex')).toBe(digest);
  });

  test('turns a single pixel into any size', () => {
    expect(resize({ rows: 1, columns: 1, pixels: Uint8Array.of(9) }, { rows: 2, columns: 3 }).pixels).toEqual(
      new Uint8Array(6).fill(9),
    );
  });
});

describeWithShared('the training images, shrunk by Pillow', 'data/medical/kermany-64-train.npz', () => {
  const images = readNpz(sharedPath('data/medical/kermany-64-train.npz')).get('images')?.values ?? new Uint8Array();
  const rows = readFileSync(sharedPath('data/medical/kermany-64-train.csv'), 'utf8').trim().split('\n').slice(1);
  const indexOf = new Map(rows.map((row) => [row.split(',')[1] ?? '', Number(row.split(',')[0])]));
  const samples = readFileSync(sharedPath('data/medical/kermany-224-samples.sha256'), 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) =>
        line
          .split(/\s+\*?/)[1]
          ?.split('/')
          .pop() ?? '',
    );

  test('equal what we make of the same JPEG files, within one grey level', async () => {
    const worst = await Promise.all(
      samples.map(async (file) => {
        const film = await decodeJpeg(readFileSync(sharedPath(`data/medical/kermany-224-samples/${file}`)));
        const { pixels } = resize(film, { rows: 64, columns: 64 });
        const start = (indexOf.get(file) ?? NaN) * 4096;
        return Math.max(...pixels.map((level, index) => Math.abs(level - (images[start + index] ?? NaN))));
      }),
    );
    expect(samples.length).toBe(70);
    expect(Math.max(...worst)).toBeLessThanOrEqual(1);
  });
});
