const GUIDS = {
  vcek: '63da758d-e664-4564-adc5-f4b93be8accd',
  vlek: 'a8074bc2-a25a-483e-aae6-39c045a0b8a1',
  ask: '4ab7b379-bbac-4fe4-a02f-05aef327c782',
  ark: 'c0b406a4-a803-4952-9743-3fb6014cd0ae',
  crl: '92f81bc3-5811-4d3d-97ff-d19f88dc67ea',
};

/** A certificate table as a host writes it: entries, a zero entry, then the contents. */
export function certificateTableOf(contents: Partial<Record<keyof typeof GUIDS, string>>): Buffer {
  const entries = Object.entries(contents) as [keyof typeof GUIDS, string][];
  const headBytes = (entries.length + 1) * 24;
  const head = Buffer.alloc(headBytes);
  let offset = headBytes;
  for (const [index, [name, content]] of entries.entries()) {
    head.write(GUIDS[name].replaceAll('-', ''), index * 24, 'hex');
    head.writeUInt32LE(offset, index * 24 + 16);
    head.writeUInt32LE(content.length, index * 24 + 20);
    offset += content.length;
  }
  return Buffer.concat([head, ...entries.map(([, content]) => Buffer.from(content))]);
}
