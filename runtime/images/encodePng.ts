import { crc32, deflateSync } from 'node:zlib';

/** A grey picture as an 8-bit PNG. Nothing but the pixels is in it: no time, no text, no origin. */
export function encodePng({
  rows,
  columns,
  pixels,
}: {
  rows: number;
  columns: number;
  pixels: Uint8Array;
}): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns, 0);
  header.writeUInt32BE(rows, 4);
  header[8] = 8; // bits; colour type 0, grey, and methods 0 follow

  const lines = Buffer.alloc(rows * (columns + 1)); // each begins with filter 2, "up", but the first with 0
  for (let row = 0; row < rows; row++) {
    const start = row * (columns + 1);
    lines[start] = row === 0 ? 0 : 2;
    for (let column = 0; column < columns; column++) {
      const index = row * columns + column;
      lines[start + 1 + column] = (pixels[index] ?? 0) - (row === 0 ? 0 : (pixels[index - columns] ?? 0));
    }
  }
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
