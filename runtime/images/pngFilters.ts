import { Refusal } from '../../enclave/refusals.js';

/**
 * Undoes the line filters of a PNG in place (W3C PNG 9.2).
 *
 * @param lines each `1 + stride` bytes: the filter's number, then the line
 * @param bytesPerPixel of a whole pixel, at least 1
 * @throws Refusal IMAGE_UNREADABLE where a filter's number is not one of the five
 */
export function unfilter(lines: Uint8Array, stride: number, bytesPerPixel: number): void {
  for (let start = 0; start < lines.length; start += stride + 1) {
    const filter = lines[start] ?? 0;
    if (filter > 4)
      throw new Refusal(
        'IMAGE_UNREADABLE',
        `Line ${start / (stride + 1)} names filter ${filter}; there are five, from 0.`,
      );
    if (filter === 0) continue;
    const first = start + 1;
    const hasAbove = start > 0;
    for (let index = 0; index < stride; index++) {
      const position = first + index;
      const left = index < bytesPerPixel ? 0 : (lines[position - bytesPerPixel] ?? 0);
      const above = hasAbove ? (lines[position - stride - 1] ?? 0) : 0;
      const aboveLeft = hasAbove && index >= bytesPerPixel ? (lines[position - stride - 1 - bytesPerPixel] ?? 0) : 0;
      lines[position] = (lines[position] ?? 0) + predict(filter, left, above, aboveLeft);
    }
  }
}

function predict(filter: number, left: number, above: number, aboveLeft: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const estimate = left + above - aboveLeft; // 9.4, Paeth
  const [toLeft, toAbove, toAboveLeft] = [
    Math.abs(estimate - left),
    Math.abs(estimate - above),
    Math.abs(estimate - aboveLeft),
  ];
  if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
  return toAbove <= toAboveLeft ? above : aboveLeft;
}
