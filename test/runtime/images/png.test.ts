import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { encode } from 'fast-png';
import { encodePng } from '../../../runtime/images/encodePng.js';
import { luma } from '../../../runtime/images/grey.js';
import { decodePng } from '../../../runtime/images/png.js';
import { refusalOf } from '../../support/refusals.js';

/** Deterministic bytes that no filter predicts. */
const noise = (length: number, seed = 1): Uint8Array => {
  let state = seed;
  return Uint8Array.from({ length }, () => ((state = (state * 1103515245 + 12345) >>> 0) >> 16) & 255);
};

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

interface Header {
  width: number;
  height: number;
  depth?: number;
  colourType?: number;
  interlace?: number;
}

function png(
  { width, height, depth = 8, colourType = 0, interlace = 0 }: Header,
  raw: Uint8Array,
  extra: Buffer[] = [],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, interlace], 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', new Uint8Array()),
  ]);
}

describe('a PNG that another encoder wrote', () => {
  const width = 13;
  const height = 11;
  for (const interlace of ['null', 'Adam7'] as const)
    for (const channels of [1, 2, 3, 4])
      for (const depth of [8, 16] as const)
        test(`with ${channels} channels of ${depth} bits and interlacing ${interlace} decodes to its grey levels`, () => {
          const bytes = noise(width * height * channels);
          const data = depth === 8 ? bytes : Uint16Array.from(bytes, (byte) => byte * 257);
          const decoded = decodePng(encode({ width, height, channels, depth, data }, { interlace }));
          const expected = Array.from({ length: width * height }, (_, pixel) => {
            const at = (channel: number): number => bytes[pixel * channels + channel] ?? 0;
            return channels < 3 ? at(0) : luma(at(0), at(1), at(2));
          });
          expect([decoded.rows, decoded.columns, [...decoded.pixels]]).toEqual([height, width, expected]);
        });
});

describe('a PNG with less than a byte a pixel', () => {
  test('spreads 1 bit to black and white', () => {
    expect([
      ...decodePng(png({ width: 10, height: 1, depth: 1 }, Uint8Array.of(0, 0b10100000, 0b01000000))).pixels,
    ]).toEqual([255, 0, 255, 0, 0, 0, 0, 0, 0, 255]);
  });

  test('spreads 4 bits over the whole range', () => {
    expect([...decodePng(png({ width: 3, height: 1, depth: 4 }, Uint8Array.of(0, 0x0f, 0x80))).pixels]).toEqual([
      0, 255, 136,
    ]);
  });

  test('looks colours up in the palette', () => {
    const palette = chunk('PLTE', Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 0, 0));
    const decoded = decodePng(
      png({ width: 3, height: 1, depth: 2, colourType: 3 }, Uint8Array.of(0, 0b01100000), [palette]),
    );
    expect([...decoded.pixels]).toEqual([255, luma(255, 0, 0), 0]);
  });

  test('decodes every one of the five filters', () => {
    const rows = [0, 1, 2, 3, 4].map((filter) => [filter, 10, 20, 30]);
    const decoded = decodePng(png({ width: 3, height: 5 }, Uint8Array.from(rows.flat())));
    expect([...decoded.pixels]).toEqual([10, 20, 30, 10, 30, 60, 20, 50, 90, 20, 55, 102, 30, 75, 132]);
  });
});

test('a picture that we encode decodes to the same pixels', () => {
  const pixels = noise(97 * 31);
  expect(decodePng(encodePng({ rows: 97, columns: 31, pixels })).pixels).toEqual(pixels);
});

describe('the mark SYNTHETIC', () => {
  const marked = (text: string): boolean =>
    decodePng(png({ width: 1, height: 1 }, Uint8Array.of(0, 7), [chunk('tEXt', Buffer.from(`Comment\0${text}`))]))
      .synthetic;

  test('in a text chunk says that a program made the image', () => expect(marked('SYNTHETIC image')).toBe(true));
  test('is a whole word', () => expect(marked('PHOTOSYNTHETICALLY')).toBe(false));
});

describe('a PNG is refused', () => {
  const good = encodePng({ rows: 20, columns: 20, pixels: noise(400) });
  const header = (change: Partial<Header>): Buffer => png({ width: 1, height: 1, ...change }, Uint8Array.of(0, 0));

  test('at every length to which it can be cut', async () => {
    for (let length = 8; length < good.length; length += 7)
      expect(await refusalOf(() => decodePng(good.subarray(0, length)))).toBe('IMAGE_UNREADABLE');
  });

  test('with one bit flipped anywhere after the signature', async () => {
    for (let at = 8; at < good.length; at += 5) {
      const changed = Uint8Array.from(good);
      changed[at] = (changed[at] ?? 0) ^ 4;
      expect(await refusalOf(() => decodePng(changed))).not.toBe('not refused');
    }
  });

  test.each([
    ['whose data inflates to more than its header says', png({ width: 1, height: 1 }, noise(500)), 'IMAGE_UNREADABLE'],
    ['whose data inflates to less', png({ width: 10, height: 10 }, noise(50)), 'IMAGE_UNREADABLE'],
    ['that inflates a thousandfold', png({ width: 8, height: 8 }, new Uint8Array(50_000_000)), 'IMAGE_UNREADABLE'],
    ['with a filter that does not exist', png({ width: 1, height: 1 }, Uint8Array.of(5, 0)), 'IMAGE_UNREADABLE'],
    ['with a colour type that does not exist', header({ colourType: 5 }), 'IMAGE_UNREADABLE'],
    ['with a depth that its colour type does not allow', header({ colourType: 2, depth: 4 }), 'IMAGE_UNREADABLE'],
    ['with a palette that is missing', header({ colourType: 3 }), 'IMAGE_UNREADABLE'],
    ['without rows', header({ height: 0 }), 'IMAGE_UNREADABLE'],
    ['with more than 64 megapixels', header({ width: 8001, height: 8000 }), 'TOO_LARGE'],
    ['with a side of more than 32,768 pixels', header({ width: 40_000 }), 'TOO_LARGE'],
    [
      'that inflates to more than 256 MiB',
      header({ width: 8000, height: 8000, depth: 16, colourType: 6 }),
      'TOO_LARGE',
    ],
  ])('%s', async (_, bytes, code) => {
    expect(await refusalOf(() => decodePng(bytes))).toBe(code);
  });
});
