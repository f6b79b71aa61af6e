import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Refusal } from '../../../enclave/refusals.js';

/** What a model says of one image, before anybody decides what it means. */
export interface ModelOutput {
  /** Calibrated probability of the finding. */
  readonly probability: number;
  /** Squared Mahalanobis distance from the training images. */
  readonly ood: number;
  /** Class activation map, `height * width` values from 0; no upper bound. */
  readonly cam: Float32Array;
}

export interface ModelSession {
  readonly height: number;
  readonly width: number;
  readonly session: InferenceSession;
}

/** Opens a model and runs it once, so that the first patient does not wait for what ONNX Runtime puts off. */
export async function openModel(bytes: Uint8Array, size: { height: number; width: number }): Promise<ModelSession> {
  const session = await InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const model = { ...size, session };
  await infer(model, new Float32Array(size.height * size.width).fill(0.5));
  return model;
}

/**
 * @param input `height * width` values from 0 to 1
 * @throws Refusal MODEL_FAILED where a value that goes in or comes out is not finite: ONNX Runtime turns NaN into NaN
 * without a word, and a comparison with NaN would then read as "no finding".
 */
export async function infer({ session, height, width }: ModelSession, input: Float32Array): Promise<ModelOutput> {
  if (input.length !== height * width || !input.every((value) => value >= 0 && value <= 1))
    throw new Refusal('MODEL_FAILED', `The input is not ${height * width} values from 0 to 1.`);
  const outputs = await session.run({ image: new Tensor('float32', input, [1, 1, height, width]) }, [
    'probabilities',
    'cam',
    'ood',
  ]);
  const [, probability] = values(outputs, 'probabilities', 2);
  const [ood] = values(outputs, 'ood', 1);
  const cam = values(outputs, 'cam', height * width);
  if (probability === undefined || ood === undefined || probability < 0 || probability > 1)
    throw new Refusal('MODEL_FAILED', 'The probability is not from 0 to 1.');
  return { probability, ood, cam };
}

function values(outputs: InferenceSession.OnnxValueMapType, name: string, length: number): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array) || data.length !== length)
    throw new Refusal('MODEL_FAILED', `The output ${name} is not ${length} numbers.`);
  if (!data.every(Number.isFinite))
    throw new Refusal('MODEL_FAILED', `The output ${name} has a value that is not finite.`);
  return data;
}
