import { type GreyImage, resize } from '../../../runtime/images/resize.js';

/**
 * The input that the models were trained on: the film squashed to the size of the input, 0 black and 1 white. Normalisation
 * is inside the model.
 */
export function preprocess(image: GreyImage, { height, width }: { height: number; width: number }): Float32Array {
  const { pixels } = resize(image, { rows: height, columns: width });
  return Float32Array.from(pixels, (level) => level / 255);
}
