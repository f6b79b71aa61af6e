/** Bits of a TD's attributes, 8 bytes little-endian in hex (Intel TDX DCAP Quoting Library API, A.3.4). */
export function tdAttributesOf(hex: string): { readonly debug: boolean; readonly septVeDisable: boolean } {
  const byte = (index: number) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  // The whole first byte is "TD under debug": all its bits but the lowest are reserved for that.
  return { debug: byte(0) !== 0, septVeDisable: (byte(3) & 0x10) !== 0 };
}
