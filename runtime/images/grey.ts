/** ITU-R BT.601 luma of 8-bit red, green and blue, with the rounding that Pillow uses; the models were trained on it. */
export function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}
