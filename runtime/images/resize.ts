/**
 * Resampling as Pillow does it: an antialiased Lanczos filter (a = 3) in two passes, with 22-bit fixed-point weights and
 * 8-bit values between the passes. The models were trained on images that Pillow shrank, so a different rounding here
 * would be a different input there. Source: python-pillow/Pillow src/libImaging/Resample.c.
 */
export function resize(image: GreyImage, size: { rows: number; columns: number }): GreyImage {
  return resizeRows(resizeColumns(image, size.columns), size.rows);
}

export interface GreyImage {
  readonly rows: number;
  readonly columns: number;
  readonly pixels: Uint8Array;
}

/** Sums of 8-bit levels times such weights stay within 32 bits, signed. */
const PRECISION_BITS = 22;
/** Rounds to the nearest when the precision is shifted out. */
const HALF = 1 << (PRECISION_BITS - 1);
const SUPPORT = 3;

/** For each output position: where its inputs begin, how many there are, and their fixed-point weights. */
interface Weights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Most weights that any position has. */
  readonly width: number;
  /** `width` a position. */
  readonly weight: Int32Array;
}

function resizeColumns({ rows, columns: inputColumns, pixels: input }: GreyImage, columns: number): GreyImage {
  if (columns === inputColumns) return { rows, columns, pixels: input };
  const { first, count, width, weight } = weightsOf(inputColumns, columns);
  const pixels = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = row * inputColumns + (first[column] ?? 0);
      const weights = column * width;
      const length = count[column] ?? 0;
      let sum = HALF;
      for (let i = 0; i < length; i++) sum = (sum + Math.imul(input[start + i] ?? 0, weight[weights + i] ?? 0)) | 0;
      pixels[row * columns + column] = clip(sum);
    }
  }
  return { rows, columns, pixels };
}

function resizeRows({ rows: inputRows, columns, pixels: input }: GreyImage, rows: number): GreyImage {
  if (rows === inputRows) return { rows, columns, pixels: input };
  const { first, count, width, weight } = weightsOf(inputRows, rows);
  const pixels = new Uint8Array(rows * columns);
  const sums = new Int32Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(HALF);
    for (let i = 0; i < (count[row] ?? 0); i++) {
      const start = ((first[row] ?? 0) + i) * columns;
      const factor = weight[row * width + i] ?? 0;
      for (let column = 0; column < columns; column++)
        sums[column] = (sums[column] ?? 0) + Math.imul(input[start + column] ?? 0, factor);
    }
    for (let column = 0; column < columns; column++) pixels[row * columns + column] = clip(sums[column] ?? 0);
  }
  return { rows, columns, pixels };
}

const clip = (sum: number): number => Math.max(0, Math.min(255, sum >> PRECISION_BITS));

function weightsOf(inputSize: number, outputSize: number): Weights {
  const scale = inputSize / outputSize;
  const filterScale = Math.max(scale, 1); // when it shrinks, the filter widens: this is the antialiasing
  const support = SUPPORT * filterScale;
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputSize);
  const count = new Int32Array(outputSize);
  const weight = new Int32Array(outputSize * width);
  for (let position = 0; position < outputSize; position++) {
    const centre = (position + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const length = Math.min(inputSize, Math.trunc(centre + support + 0.5)) - from;
    const exact = Array.from({ length }, (_, i) => lanczos((i + from - centre + 0.5) / filterScale));
    const sum = exact.reduce((total, value) => total + value, 0);
    first[position] = from;
    count[position] = length;
    exact.forEach((value, i) => {
      const scaled = (sum === 0 ? value : value / sum) * 2 ** PRECISION_BITS;
      weight[position * width + i] = Math.trunc(scaled + (scaled < 0 ? -0.5 : 0.5));
    });
  }
  return { first, count, width, weight };
}

function lanczos(x: number): number {
  return x >= -SUPPORT && x < SUPPORT ? sinc(x) * sinc(x / SUPPORT) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}
