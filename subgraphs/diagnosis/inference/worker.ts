import { workerData } from 'node:worker_threads';
import { Refusal } from '../../../enclave/refusals.js';
import { decodeImage } from '../../../runtime/images/decodeImage.js';
import { serveJobs } from '../../../runtime/workerThread.js';
import { infer, type ModelOutput, openModel } from './infer.js';
import { preprocess } from './preprocess.js';
import type { InferenceJob, WorkerModel } from './workerPool.js';

const opened = (workerData as readonly WorkerModel[]).map(
  async ({ id, bytes, height, width }) => [id, await openModel(bytes, { height, width })] as const,
);
const models = new Map(await Promise.all(opened));

serveJobs<InferenceJob, ModelOutput>(async ({ model: id, bytes }) => {
  const model = models.get(id);
  if (model === undefined) throw new Refusal('NOT_FOUND', 'There is no such model.');
  const image = await decodeImage(bytes);
  return infer(model, preprocess(image, model));
});
