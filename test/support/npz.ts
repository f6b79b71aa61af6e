import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** Reads the uint8 arrays of a NumPy .npz file: name to shape and values. Enough of ZIP and NPY for the shared data. */
export function readNpz(path: string): Map<string, { shape: number[]; values: Uint8Array }> {
  const zip = readFileSync(path);
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  const arrays = new Map<string, { shape: number[]; values: Uint8Array }>();
  let entry = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    const [method, size, nameLength] = [
      zip.readUInt16LE(entry + 10),
      zip.readUInt32LE(entry + 20),
      zip.readUInt16LE(entry + 28),
    ];
    const local = zip.readUInt32LE(entry + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const stored = zip.subarray(start, start + size);
    const name = zip.toString('latin1', entry + 46, entry + 46 + nameLength).replace(/\.npy$/, '');
    arrays.set(name, readNpy(method === 0 ? stored : inflateRawSync(stored)));
    entry += 46 + nameLength + zip.readUInt16LE(entry + 30) + zip.readUInt16LE(entry + 32);
  }
  return arrays;
}

function readNpy(bytes: Buffer): { shape: number[]; values: Uint8Array } {
  const headerLength = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + headerLength);
  const shape =
    /'shape': \(([\d, ]*)\)/
      .exec(header)?.[1]
      ?.split(',')
      .filter((part) => part.trim())
      .map(Number) ?? [];
  return { shape, values: bytes.subarray(10 + headerLength) };
}
