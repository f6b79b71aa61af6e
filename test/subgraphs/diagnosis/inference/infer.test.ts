import { afterEach, describe, expect, test } from '@jest/globals';
import { createWorkerPool, type WorkerPool } from '../../../../runtime/workerPool.js';
import type { ModelOutput } from '../../../../subgraphs/diagnosis/inference/infer.js';
import { findModel, loadModels } from '../../../../subgraphs/diagnosis/inference/modelRepository.js';
import { trialModel } from '../../../support/onnxModel.js';
import { refusalOf } from '../../../support/refusals.js';
import { checkout } from '../../../support/shared.js';
import { fromSources } from '../../../support/threads.js';

const { card, bytes } = findModel(await loadModels(`${checkout}/subgraphs/diagnosis/model`), undefined);
const pixels = card.height * card.width;
const grey = new Float32Array(pixels).fill(0.5);

let threads: WorkerPool<Float32Array, ModelOutput>;
async function open(model: Uint8Array): Promise<(input: Float32Array) => Promise<ModelOutput>> {
  threads = createWorkerPool({
    script: new URL('../../../support/trialModelWorker.js', import.meta.url),
    size: 1,
    queueLength: 9,
    deadlineMs: 20_000,
    memoryMb: 64,
    crashCode: 'INTERNAL',
    data: { bytes: model, height: card.height, width: card.width },
    execArgv: fromSources,
  });
  await threads.ready;
  return threads.run;
}
afterEach(() => threads.close());

describe('the model in ONNX Runtime', () => {
  test('answers with a probability, a distance and a map, and the same for the same image', async () => {
    const infer = await open(bytes);
    const answer = await infer(grey);
    expect(answer.probability).toBeGreaterThanOrEqual(0);
    expect(answer.probability).toBeLessThanOrEqual(1);
    expect(answer.ood).toBeGreaterThan(card.oodThreshold);
    expect(answer.cam.length).toBe(pixels);
    expect(await infer(grey)).toEqual(answer);
  });

  test.each([
    ['a value that is not a number', Float32Array.from(grey, (value, index) => (index === 77 ? NaN : value))],
    ['an infinite value', Float32Array.from(grey, (value, index) => (index === 77 ? Infinity : value))],
    ['values from 0 to 255', Float32Array.from(grey, (value) => value * 255)],
    ['too few values', grey.subarray(1)],
    ['no values', new Float32Array(0)],
  ])('refuses %s', async (_, input) => {
    expect(await refusalOf(async () => (await open(bytes))(input))).toBe('MODEL_FAILED');
  });

  test('answers as it should where the model is one of our tests', async () => {
    const infer = await open(trialModel([{ op: 'Identity', inputs: ['image'], output: 'cam' }], card));
    expect(await infer(grey)).toMatchObject({ probability: 0.5, ood: 0.5 });
  });

  test('does not start with a model whose answers are not numbers', async () => {
    const negative = { op: 'Neg', inputs: ['image'], output: 'negative' };
    const nan = trialModel([negative, { op: 'Log', inputs: ['negative'], output: 'cam' }], card);
    await expect(open(nan)).rejects.toThrow('The output cam has a value that is not finite.');
  });

  test('does not start with a model whose answers have another shape', async () => {
    const short = trialModel([{ op: 'ReduceMax', inputs: ['image'], output: 'cam' }], card);
    await expect(open(short)).rejects.toThrow();
  });

  test('does not start with a file that is not a model', async () => {
    await expect(open(Buffer.from('not a model'))).rejects.toThrow();
  });
});
