import { inflateRawSync } from 'node:zlib';
import dicomParser, { type DataSet } from 'dicom-parser';
import { Refusal } from '../../enclave/refusals.js';
import { type Presentation, presentationTable } from './dicomPresentation.js';
import { type Lut, readLut } from './dicomLut.js';
import { type DecodedImage, saysSynthetic } from './image.js';
import { decodeJpeg } from './jpeg.js';
import { assertDimensions, IMAGE_LIMITS } from './limits.js';

/**
 * Decodes a DICOM file (PS3.10) with one monochrome frame, uncompressed or as baseline JPEG, to the grey image that
 * PS3.3 C.7.6.3 and C.11 say a viewer shows: rescaled, windowed, padding black, MONOCHROME1 inverted.
 *
 * @throws Refusal TOO_LARGE, IMAGE_UNSUPPORTED naming what is not supported, IMAGE_UNREADABLE
 */
export async function decodeDicom(bytes: Uint8Array): Promise<DecodedImage> {
  const { dataSet, syntax } = parse(bytes);
  const frame = describeFrame(dataSet);
  const raw =
    syntax.name === 'JPEG baseline' ? await jpegSamples(dataSet, frame) : nativeSamples(dataSet, frame, syntax);
  const table = presentationTable(raw, readPresentation(dataSet, frame));

  const pixels = new Uint8Array(raw.length);
  for (let index = 0; index < raw.length; index++) pixels[index] = table[raw[index] ?? 0] ?? 0;
  return {
    contentType: 'application/dicom',
    rows: frame.rows,
    columns: frame.columns,
    pixels,
    modality: dataSet.string('x00080060'),
    bodySite: dataSet.string('x00180015'),
    synthetic: saysSynthetic(`${dataSet.string('x00100010') ?? ''} ${dataSet.text('x00204000') ?? ''}`),
  };
}

interface TransferSyntax {
  readonly name: string;
  readonly bigEndian?: true;
}

const SUPPORTED: Readonly<Record<string, TransferSyntax>> = {
  '1.2.840.10008.1.2': { name: 'implicit little endian' },
  '1.2.840.10008.1.2.1': { name: 'explicit little endian' },
  '1.2.840.10008.1.2.1.99': { name: 'deflated' },
  '1.2.840.10008.1.2.2': { name: 'explicit big endian', bigEndian: true },
  '1.2.840.10008.1.2.4.50': { name: 'JPEG baseline' },
};

/** dicom-parser throws strings, plain objects and errors: the caller turns all of them into IMAGE_UNREADABLE. */
function parse(bytes: Uint8Array): { dataSet: DataSet; syntax: TransferSyntax } {
  const uid = dicomParser.readPart10Header(bytes).string('x00020010');
  if (uid === undefined)
    throw new Refusal('IMAGE_UNREADABLE', 'The DICOM file does not name its transfer syntax (0002,0010).');
  const syntax = SUPPORTED[uid];
  if (syntax === undefined)
    throw new Refusal(
      'IMAGE_UNSUPPORTED',
      `The DICOM transfer syntax ${printable(uid)} is not supported; these are: ${Object.keys(SUPPORTED).join(', ')}.`,
    );
  // With an inflater, the parser reads the data set from the start of what the inflater returns.
  return { dataSet: dicomParser.parseDicom(bytes, { inflater }), syntax };
}

const inflater = (bytes: Uint8Array, position: number): Uint8Array =>
  inflateRawSync(bytes.subarray(position), { maxOutputLength: IMAGE_LIMITS.decodedBytes });

interface Frame {
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly inverse: boolean;
}

/** The Image Pixel module (PS3.3 C.7.6.3). */
function describeFrame(dataSet: DataSet): Frame {
  if (dataSet.elements.x7fe00010 === undefined)
    throw new Refusal(
      'IMAGE_UNSUPPORTED',
      `The DICOM object (SOP class ${printable(dataSet.string('x00080016') ?? 'not named')}) has no pixel data.`,
    );
  const photometric = dataSet.string('x00280004') ?? 'not named';
  if (photometric !== 'MONOCHROME1' && photometric !== 'MONOCHROME2')
    throw new Refusal(
      'IMAGE_UNSUPPORTED',
      `The photometric interpretation ${printable(photometric)} is not supported; MONOCHROME1 and MONOCHROME2 are.`,
    );
  const frames = dataSet.intString('x00280008') ?? 1;
  if (frames !== 1) throw new Refusal('IMAGE_UNSUPPORTED', `The DICOM object has ${frames} frames; one is supported.`);
  const bitsAllocated = dataSet.uint16('x00280100');
  if (bitsAllocated !== 8 && bitsAllocated !== 16)
    throw new Refusal(
      'IMAGE_UNSUPPORTED',
      `The DICOM image has ${bitsAllocated ?? 'no'} bits allocated; 8 and 16 are supported.`,
    );

  const [rows, columns] = [dataSet.uint16('x00280010') ?? 0, dataSet.uint16('x00280011') ?? 0];
  assertDimensions(rows, columns);
  const bitsStored = dataSet.uint16('x00280101') ?? bitsAllocated;
  const highBit = dataSet.uint16('x00280102') ?? bitsStored - 1;
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated || highBit < bitsStored - 1)
    throw new Refusal(
      'IMAGE_UNREADABLE',
      `The DICOM image says ${bitsStored} bits stored, high bit ${highBit}, of ${bitsAllocated} bits.`,
    );
  const signed = dataSet.uint16('x00280103') === 1;
  const inverse =
    (dataSet.string('x20500020') ?? (photometric === 'MONOCHROME1' ? 'INVERSE' : 'IDENTITY')) === 'INVERSE';
  return { rows, columns, bitsAllocated, bitsStored, highBit, signed, inverse };
}

/** Bytes behind the pixels that are taken for padding. More means that the description is wrong. */
const PADDING_BYTES = 512;

function nativeSamples(dataSet: DataSet, frame: Frame, syntax: TransferSyntax): Uint8Array | Uint16Array {
  const element = dataSet.elements.x7fe00010;
  const count = frame.rows * frame.columns;
  const expected = (count * frame.bitsAllocated) / 8;
  const available = Math.min(element?.length ?? 0, dataSet.byteArray.length - (element?.dataOffset ?? 0));
  if (
    element === undefined ||
    element.encapsulatedPixelData === true ||
    available < expected ||
    available > expected + PADDING_BYTES
  )
    throw new Refusal(
      'IMAGE_UNREADABLE',
      `The DICOM pixel data has ${available} bytes; ${frame.rows} x ${frame.columns} pixels need ${expected}.`,
    );
  const data = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + expected);
  if (frame.bitsAllocated === 8 && syntax.bigEndian !== true) return data;

  if (frame.bitsAllocated === 8) return swapBytes(data);

  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const words = new Uint16Array(count);
  for (let index = 0; index < count; index++) words[index] = view.getUint16(index * 2, syntax.bigEndian !== true);
  return words;
}

/** 8-bit pixels of a big endian file lie in 16-bit words (PS3.5 8.1.1, VR OW). */
function swapBytes(data: Uint8Array): Uint8Array {
  return data.map((byte, index) => data[index ^ 1] ?? byte);
}

async function jpegSamples(dataSet: DataSet, frame: Frame): Promise<Uint8Array> {
  const element = dataSet.elements.x7fe00010;
  const fragments = element?.fragments?.length ?? 0;
  if (element === undefined || fragments === 0 || frame.bitsAllocated !== 8)
    throw new Refusal(
      'IMAGE_UNREADABLE',
      `The DICOM file has ${fragments} JPEG fragments at ${frame.bitsAllocated} bits allocated.`,
    );
  const jpeg = await decodeJpeg(dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, element, 0, fragments));
  if (jpeg.rows !== frame.rows || jpeg.columns !== frame.columns)
    throw new Refusal(
      'IMAGE_UNREADABLE',
      `The JPEG has ${jpeg.rows} x ${jpeg.columns} pixels, the DICOM file says ${frame.rows} x ${frame.columns}.`,
    );
  return jpeg.pixels;
}

/** The attributes of PS3.3 C.7.6.3, C.11.1 and C.11.2 that turn stored values into what is shown. */
function readPresentation(dataSet: DataSet, frame: Frame): Presentation {
  const window = { centre: dataSet.floatString('x00281050', 0), width: dataSet.floatString('x00281051', 0) };
  const stored = (tag: string): number | undefined => (frame.signed ? dataSet.int16(tag) : dataSet.uint16(tag));
  const padding = stored('x00280120');
  return {
    bitsAllocated: frame.bitsAllocated,
    bitsStored: frame.bitsStored,
    highBit: frame.highBit,
    signed: frame.signed,
    padding: padding === undefined ? undefined : ([padding, stored('x00280121') ?? padding] as const),
    modalityLut: firstLut(dataSet, 'x00283000', frame.signed),
    slope: dataSet.floatString('x00281053') ?? 1,
    intercept: dataSet.floatString('x00281052') ?? 0,
    voiLut: firstLut(dataSet, 'x00283010', true),
    window:
      window.centre !== undefined && window.width !== undefined && window.width > 0
        ? { centre: window.centre, width: window.width }
        : undefined,
    voiFunction: dataSet.string('x00281056') ?? 'LINEAR',
    inverse: frame.inverse,
  };
}

function firstLut(dataSet: DataSet, sequence: string, signed: boolean): Lut | undefined {
  const item = dataSet.elements[sequence]?.items?.[0]?.dataSet;
  return item === undefined ? undefined : readLut(item, signed);
}

/** What a file says of itself goes into messages only as far as it is plain and short. */
const printable = (text: string): string => text.replace(/[^\w .^-]/g, '?').slice(0, 64);
