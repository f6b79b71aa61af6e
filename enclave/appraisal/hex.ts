/** Whether a text is this many bytes in lower-case hex: results have no other, so that texts can be compared. */
export function isHexOf(bytes: number): (text: string) => boolean {
  return (text) => text.length === bytes * 2 && /^[0-9a-f]+$/.test(text);
}
