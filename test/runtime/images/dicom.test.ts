import { readdirSync, readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { decodeDicom } from '../../../runtime/images/dicom.js';
import { decodeImage } from '../../../runtime/images/decodeImage.js';
import { dicomFile, type DicomFile } from '../../support/dicomFile.js';
import { refusalOf } from '../../support/refusals.js';
import { describeWithShared, sharedPath } from '../../support/shared.js';

type Elements = NonNullable<DicomFile['elements']>;

const ramp: Uint8Array = Uint8Array.of(0, 50, 100, 150, 200, 250);
const levelsOf = async (elements: Elements, pixels: Uint8Array = ramp, bitsAllocated = 8): Promise<number[]> => {
  const columns = (pixels.length * 8) / bitsAllocated;
  return [...(await decodeDicom(dicomFile({ rows: 1, columns, pixels, bitsAllocated, elements }))).pixels];
};
const words = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);

describe('what a DICOM image looks like', () => {
  test.each<[string, Elements, number[]]>([
    ['without a window, the values that occur go from black to white', {}, [0, 51, 102, 153, 204, 255]],
    [
      'with MONOCHROME1, the lowest value is white',
      { '0028,0004': ['CS', 'MONOCHROME1'] },
      [255, 204, 153, 102, 51, 0],
    ],
    [
      'with presentation LUT shape INVERSE, the lowest value is white',
      { '2050,0020': ['CS', 'INVERSE'] },
      [255, 204, 153, 102, 51, 0],
    ],
    [
      'with a window, values outside it are black and white',
      { '0028,1050': ['DS', '125'], '0028,1051': ['DS', '101'] },
      [0, 0, 65, 193, 255, 255],
    ],
    [
      'with several windows, the first counts',
      { '0028,1050': ['DS', '125\\10'], '0028,1051': ['DS', '101\\5'] },
      [0, 0, 65, 193, 255, 255],
    ],
    [
      'with a window of width 1, it is a threshold',
      { '0028,1050': ['DS', '100'], '0028,1051': ['DS', '1'] },
      [0, 0, 255, 255, 255, 255],
    ],
    [
      'with LINEAR_EXACT, the window is as wide as it says',
      { '0028,1050': ['DS', '125'], '0028,1051': ['DS', '100'], '0028,1056': ['CS', 'LINEAR_EXACT'] },
      [0, 0, 64, 191, 255, 255],
    ],
    [
      'with SIGMOID, it is a curve',
      { '0028,1050': ['DS', '125'], '0028,1051': ['DS', '100'], '0028,1056': ['CS', 'SIGMOID'] },
      [2, 12, 69, 186, 243, 253],
    ],
    [
      'with a window of width 0, the window is ignored',
      { '0028,1050': ['DS', '125'], '0028,1051': ['DS', '0'] },
      [0, 51, 102, 153, 204, 255],
    ],
    [
      'with rescale slope and intercept, the window is in rescaled units',
      {
        '0028,1050': ['DS', '-750'],
        '0028,1051': ['DS', '101'],
        '0028,1052': ['DS', '-1000'],
        '0028,1053': ['DS', '2'],
      },
      [0, 0, 1, 255, 255, 255],
    ],
    ['padding is black and does not stretch the range', { '0028,0120': ['US', 250] }, [0, 64, 128, 191, 255, 0]],
    ['a range of padding is black', { '0028,0120': ['US', 200], '0028,0121': ['US', 250] }, [0, 85, 170, 255, 0, 0]],
    [
      'padding of an inverted image is black too',
      { '0028,0120': ['US', 0], '0028,0004': ['CS', 'MONOCHROME1'] },
      [0, 255, 191, 128, 64, 0],
    ],
  ])('%s', async (_, elements, expected) => {
    expect(await levelsOf(elements)).toEqual(expected);
  });

  test('with signed 12-bit values in 16 bits, bits above the sign do not count', async () => {
    const elements: Elements = { '0028,0101': ['US', 12], '0028,0102': ['US', 11], '0028,0103': ['US', 1] };
    const stored = words(0x0800, 0x0fff, 0x7000, 0x07ff); // -2048, -1, 0 (overlay bits set), 2047
    expect(await levelsOf(elements, stored, 16)).toEqual([0, 127, 128, 255]);
  });

  test('with a high bit above the stored bits, the value is shifted down', async () => {
    const elements: Elements = { '0028,0101': ['US', 4], '0028,0102': ['US', 7] };
    expect(await levelsOf(elements, Uint8Array.of(0x0f, 0x7f, 0xff))).toEqual([0, 119, 255]);
  });

  test('modality and body part are read, and so is the mark SYNTHETIC', async () => {
    const file = (elements: Elements): Buffer => dicomFile({ rows: 1, columns: 6, pixels: ramp, elements });
    const plain = await decodeDicom(file({ '0018,0015': ['CS', 'CHEST'], '0010,0010': ['PN', 'DOE^JANE'] }));
    expect([plain.modality, plain.bodySite, plain.synthetic]).toEqual(['DX', 'CHEST', false]);
    expect((await decodeDicom(file({ '0010,0010': ['PN', 'SYNTHETIC^DEMO'] }))).synthetic).toBe(true);
    expect((await decodeDicom(file({ '0020,4000': ['LT', 'A SYNTHETIC image.'] }))).synthetic).toBe(true);
  });
});

describe('a DICOM file is refused', () => {
  const file = (change: Partial<DicomFile>): Buffer => dicomFile({ rows: 1, columns: 6, pixels: ramp, ...change });
  test.each<[string, Buffer, string]>([
    ['with one pixel too few', file({ rows: 2, columns: 4, pixels: ramp.subarray(0, 6) }), 'IMAGE_UNREADABLE'],
    ['with far too many pixels', file({ pixels: new Uint8Array(2000) }), 'IMAGE_UNREADABLE'],
    ['in JPEG 2000', file({ syntax: '1.2.840.10008.1.2.4.90' }), 'IMAGE_UNSUPPORTED'],
    ['in colour', file({ elements: { '0028,0004': ['CS', 'RGB'] } }), 'IMAGE_UNSUPPORTED'],
    ['with two frames', file({ elements: { '0028,0008': ['IS', '2'] } }), 'IMAGE_UNSUPPORTED'],
    ['with 32 bits allocated', file({ elements: { '0028,0100': ['US', 32] } }), 'IMAGE_UNSUPPORTED'],
    ['with more bits stored than allocated', file({ elements: { '0028,0101': ['US', 9] } }), 'IMAGE_UNREADABLE'],
    ['with no bits stored', file({ elements: { '0028,0101': ['US', 0] } }), 'IMAGE_UNREADABLE'],
    ['without rows', file({ rows: 0 }), 'IMAGE_UNREADABLE'],
    ['that claims 4 gigapixels', file({ rows: 65_535, columns: 65_535 }), 'TOO_LARGE'],
    ['that says deflated and is not', file({ syntax: '1.2.840.10008.1.2.1.99' }), 'IMAGE_UNREADABLE'],
    ['that says baseline JPEG and is not', file({ syntax: '1.2.840.10008.1.2.4.50' }), 'IMAGE_UNREADABLE'],
  ])('%s', async (_, bytes, code) => {
    expect(await refusalOf(() => decodeImage(bytes))).toBe(code);
  });

  test('that inflates without end', async () => {
    const bomb = deflateRawSync(Buffer.alloc(300 * 1024 * 1024), { level: 1 });
    const head = file({ syntax: '1.2.840.10008.1.2.1.99' });
    const bytes = Buffer.concat([head.subarray(0, head.indexOf('1.2.1.99') + 8), bomb]);
    expect(await refusalOf(() => decodeImage(bytes))).toBe('IMAGE_UNREADABLE');
  });

  test('at every length to which it is cut', async () => {
    const whole = file({});
    for (let length = 132; length < whole.length; length += 3)
      expect(await refusalOf(() => decodeImage(whole.subarray(0, length)))).toMatch(/^IMAGE_/);
  });
});

describeWithShared('the shared DICOM files', 'data/medical/dicom', () => {
  const folder = sharedPath('data/medical/dicom');
  const decode = (name: string) => decodeImage(readFileSync(`${folder}/${name}`));
  interface Reference {
    transferSyntax?: string;
    rows?: number;
    columns?: number;
    photometric?: string;
    bitsAllocated?: number;
    error?: string;
  }
  const reference = JSON.parse(readFileSync(sharedPath('data/medical/dicom-reference.json'), 'utf8')) as Record<
    string,
    Reference
  >;
  const supported = /^1\.2\.840\.10008\.1\.2(\.1|\.2|\.1\.99|\.4\.50)?$/;
  const decodable = ({ transferSyntax = '', photometric = '', bitsAllocated = 0, error }: Reference): boolean =>
    error === undefined &&
    supported.test(transferSyntax) &&
    photometric.startsWith('MONOCHROME') &&
    bitsAllocated <= 16;

  test.each(readdirSync(folder))('%s decodes, or is refused by name', async (name) => {
    const expected = reference[name] ?? {};
    const code = await refusalOf(() => decode(name));
    if (!decodable(expected)) {
      expect(code).toMatch(/^IMAGE_(UNSUPPORTED|UNREADABLE)$/);
      return;
    }
    expect(code).toBe('not refused');
    const { rows, columns, pixels } = await decode(name);
    expect([rows, columns]).toEqual([expected.rows, expected.columns]);
    expect(new Set(pixels).size).toBeGreaterThan(10);
  });

  test('the same picture looks the same in every uncompressed syntax', async () => {
    const ct = readdirSync(folder).filter((name) => /^CTImage_.*(Endian|Deflated)/.test(name));
    const mr = [
      'pydicom_MR_small.dcm',
      'pydicom_MR_small_bigendian.dcm',
      'pydicom_MR_small_expb.dcm',
      'pydicom_MR_small_implicit.dcm',
      'pydicom_MR_small_padded.dcm',
    ];
    for (const names of [ct, mr]) {
      const [first, ...others] = await Promise.all(names.map(decode));
      expect(others.length).toBeGreaterThan(2);
      for (const other of others) expect(Buffer.from(other.pixels).equals(first?.pixels ?? Buffer.alloc(0))).toBe(true);
    }
  });

  test('a film labelled MONOCHROME1 is the negative of the same film labelled MONOCHROME2', async () => {
    const [positive, negative] = [await decode('siim-cxr-6904.dcm'), await decode('siim-cxr-fake-MONOCHROME1.dcm')];
    expect(negative.pixels.every((level, index) => Math.abs(level + (positive.pixels[index] ?? 0) - 255) <= 1)).toBe(
      true,
    );
    expect([positive.modality, positive.bodySite]).toEqual(['CR', 'CHEST']);
  });
});
