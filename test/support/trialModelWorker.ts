import { workerData } from 'node:worker_threads';
import { serveJobs } from '../../runtime/workerThread.js';
import { infer, type ModelOutput, openModel } from '../../subgraphs/diagnosis/inference/infer.js';

/** Runs a model on values as they are given, in a thread of its own: ONNX Runtime does not accept jest's Float32Array. */
const { bytes, height, width } = workerData as { bytes: Uint8Array; height: number; width: number };
const model = await openModel(bytes, { height, width });

serveJobs<Float32Array, ModelOutput>((input) => infer(model, input));
