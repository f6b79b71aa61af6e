import { type Lut, lookUp } from './dicomLut.js';

/** How stored values become grey levels. */
export interface Presentation {
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly highBit: number;
  /** Two's complement (PixelRepresentation 1). */
  readonly signed: boolean;
  /** Stored values from and to which a pixel holds no image; shown black. */
  readonly padding: readonly [number, number] | undefined;
  readonly modalityLut: Lut | undefined;
  readonly slope: number;
  readonly intercept: number;
  readonly voiLut: Lut | undefined;
  readonly window: Window | undefined;
  /** LINEAR, LINEAR_EXACT or SIGMOID. */
  readonly voiFunction: string;
  /** True for MONOCHROME1 or a presentation LUT shape INVERSE: the lowest value is white. */
  readonly inverse: boolean;
}

interface Window {
  readonly centre: number;
  readonly width: number;
}

/**
 * The grey level, 0 to 255, of every possible raw word: there are at most 65,536, so each is worked out once. The order
 * is that of PS3.3 C.11 and PS3.4 N.2: stored value, modality, value of interest, inversion. Without a VOI LUT or window,
 * the range of the values that occur is spread from black to white.
 *
 * @param raw the words as they stand in the pixel data
 */
export function presentationTable(raw: Uint8Array | Uint16Array, presentation: Presentation): Uint8Array {
  const words = 2 ** presentation.bitsAllocated;
  const occurs = new Uint8Array(words);
  for (const word of raw) occurs[word] = 1;

  const storedValue = storedValueReader(presentation);
  const isPadding = paddingTest(presentation);
  const padding = new Uint8Array(words);
  const modality = new Float64Array(words);
  for (let word = 0; word < words; word++) {
    const stored = storedValue(word);
    padding[word] = isPadding(stored) ? 1 : 0;
    modality[word] = modalityValue(stored, presentation);
  }
  const brightness = valueOfInterest(
    presentation,
    modality.filter((_, word) => occurs[word] === 1 && padding[word] === 0),
  );
  const levels = new Uint8Array(words);
  for (let word = 0; word < words; word++) {
    const level = brightness(modality[word] ?? 0);
    levels[word] = padding[word] === 1 ? 0 : Math.round(255 * (presentation.inverse ? 1 - level : level));
  }
  return levels;
}

function paddingTest({ padding }: Presentation): (stored: number) => boolean {
  if (padding === undefined) return () => false;
  const [from, to] = [Math.min(...padding), Math.max(...padding)];
  return (stored) => stored >= from && stored <= to;
}

/** PS3.5 8.1.1: takes the bits that count out of a word, with their sign. */
function storedValueReader({ bitsStored, highBit, signed }: Presentation): (word: number) => number {
  const [shift, mask] = [highBit + 1 - bitsStored, 2 ** bitsStored - 1];
  const negativeFrom = signed ? 2 ** (bitsStored - 1) : Infinity;
  return (word) => {
    const value = (word >> shift) & mask;
    return value >= negativeFrom ? value - mask - 1 : value;
  };
}

function modalityValue(stored: number, { modalityLut, slope, intercept }: Presentation): number {
  return modalityLut === undefined ? stored * slope + intercept : lookUp(modalityLut, stored);
}

/** PS3.3 C.11.2: from a modality value to brightness, 0 to 1. */
function valueOfInterest(
  { voiLut, window, voiFunction }: Presentation,
  shown: Float64Array,
): (value: number) => number {
  if (voiLut !== undefined) return (value) => Math.min(1, lookUp(voiLut, value) / voiLut.maximum);
  if (window === undefined) {
    const [low, high] = rangeOf(shown);
    return (value) => (high > low ? clamp((value - low) / (high - low)) : 0);
  }
  const { centre, width } = window;
  if (voiFunction === 'SIGMOID') return (value) => 1 / (1 + Math.exp((-4 * (value - centre)) / width));
  if (voiFunction === 'LINEAR_EXACT') return (value) => clamp((value - centre) / width + 0.5);
  // LINEAR (C.11.2.1.2.1). A width of 1 is a threshold.
  if (width <= 1) return (value) => (value > centre - 0.5 ? 1 : 0);
  return (value) => clamp((value - (centre - 0.5)) / (width - 1) + 0.5);
}

function rangeOf(values: Float64Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

const clamp = (value: number): number => Math.max(0, Math.min(1, value));
