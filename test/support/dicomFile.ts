/** Writes small DICOM files (PS3.10, explicit little endian unless `syntax` says otherwise) for tests. */
export interface DicomFile {
  readonly rows: number;
  readonly columns: number;
  /** Pixel data as it stands in the file. */
  readonly pixels: Uint8Array;
  readonly bitsAllocated?: number;
  readonly syntax?: string;
  /** Further elements, or other values for those above: 'GGGG,EEEE' to VR and value. Numbers are written as US or SS. */
  readonly elements?: Readonly<Record<string, readonly [vr: string, value: string | number | readonly number[]]>>;
}

export function dicomFile({
  rows,
  columns,
  pixels,
  bitsAllocated = 8,
  syntax = '1.2.840.10008.1.2.1',
  elements = {},
}: DicomFile): Buffer {
  const meta = element('0002,0010', 'UI', syntax);
  const all = {
    '0008,0060': ['CS', 'DX'],
    '0028,0002': ['US', 1],
    '0028,0004': ['CS', 'MONOCHROME2'],
    '0028,0010': ['US', rows],
    '0028,0011': ['US', columns],
    '0028,0100': ['US', bitsAllocated],
    '0028,0101': ['US', bitsAllocated],
    '0028,0102': ['US', bitsAllocated - 1],
    '0028,0103': ['US', 0],
    ...elements,
  } satisfies DicomFile['elements'];
  const dataSet = Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tag, [vr, value]]) => element(tag, vr, value));
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element('0002,0000', 'UL', meta.length),
    meta,
    ...dataSet,
    element('7FE0,0010', 'OW', pixels),
  ]);
}

function element(tag: string, vr: string, value: string | number | readonly number[] | Uint8Array): Buffer {
  const [group = '', number = ''] = tag.split(',');
  const body = bodyOf(vr, value);
  const long = vr === 'OW' || vr === 'OB' || vr === 'SQ';
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(parseInt(group, 16), 0);
  head.writeUInt16LE(parseInt(number, 16), 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(body.length, 8);
  else head.writeUInt16LE(body.length, 6);
  return Buffer.concat([head, body]);
}

function bodyOf(vr: string, value: string | number | readonly number[] | Uint8Array): Buffer {
  if (typeof value === 'string')
    return Buffer.from(value.length % 2 === 0 ? value : `${value}${vr === 'UI' ? '\0' : ' '}`, 'latin1');
  if (value instanceof Uint8Array) return Buffer.concat([value, Buffer.alloc(value.length % 2)]);
  const numbers = typeof value === 'number' ? [value] : value;
  const size = vr === 'UL' ? 4 : 2;
  const body = Buffer.alloc(numbers.length * size);
  numbers.forEach((each, index) => {
    if (vr === 'UL') body.writeUInt32LE(each, index * 4);
    else if (vr === 'SS') body.writeInt16LE(each, index * 2);
    else body.writeUInt16LE(each, index * 2);
  });
  return body;
}
