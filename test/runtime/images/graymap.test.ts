import { describe, expect, test } from '@jest/globals';
import { decodeImage } from '../../../runtime/images/decodeImage.js';
import { decodeGraymap, encodeGraymap } from '../../../runtime/images/graymap.js';

const image = { rows: 2, columns: 3, pixels: Uint8Array.of(0, 1, 2, 253, 254, 255) };

describe('a graymap', () => {
  test('holds the pixels and nothing else, and is read back', async () => {
    const bytes = encodeGraymap(image);
    expect(Buffer.from(bytes).toString('latin1')).toBe('P5\n3 2\n255\n\x00\x01\x02\xfd\xfe\xff');
    expect(await decodeImage(bytes)).toMatchObject({ ...image, contentType: 'image/x-portable-graymap' });
  });

  test.each<[string, string, string]>([
    ['cut short', 'P5\n3 2\n255\n12345', 'IMAGE_UNREADABLE'],
    ['with something after its pixels', 'P5\n3 2\n255\n1234567', 'IMAGE_UNREADABLE'],
    ['with a comment', 'P5\n# a name\n3 2\n255\n123456', 'IMAGE_UNREADABLE'],
    ['of another depth', 'P5\n3 2\n65535\n123456', 'IMAGE_UNREADABLE'],
    ['of no size', 'P5\n0 2\n255\n', 'IMAGE_UNREADABLE'],
    ['that claims more than can be', 'P5\n999999 999999\n255\n', 'TOO_LARGE'],
  ])('%s is refused', (_, text, code) => {
    expect(() => decodeGraymap(Buffer.from(text, 'latin1'))).toThrow(expect.objectContaining({ code }));
  });
});
