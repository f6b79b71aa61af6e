import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { GatewayClient } from '../../cli/gatewayClient.js';
import type { ImageFile } from '../../cli/imageFile.js';
import { startSystem } from '../e2e/support/system.js';
import { demonstrationImages, signedInClient } from './client.js';
import { figureOf, ratioOf, type BenchOptions, type Figure } from './report.js';

const SERIAL = 8;
const PARALLEL = 4;
const PARALLEL_DIAGNOSES = 24;
const WORKERS = 2;
const RAW_MS = 2000;

/**
 * A diagnosis through the whole stack (upload, request, queue, graph, attested TLS, model, receipt, record) as a client
 * sees it, one after the other and several at once; beside it the bare model in two worker threads.
 */
export async function diagnosis({ root, rounds, tell }: BenchOptions): Promise<Figure[]> {
  const serialMs: number[] = [];
  const perSecond: number[] = [];
  const rawPerSecond: number[] = [];
  const images = await demonstrationImages(root);
  const system = await startSystem({ root });
  try {
    const client = await signedInClient(system);
    const patient = await client.syntheticPatient();
    const one = (index: number): Promise<number> => diagnoseOnce(client, patient, images[index % images.length]);
    await one(0);
    for (let round = 1; round <= rounds; round++) {
      for (let index = 0; index < SERIAL; index++) serialMs.push(await one(index));
      const began = performance.now();
      await inParallel(PARALLEL_DIAGNOSES, PARALLEL, one);
      perSecond.push((PARALLEL_DIAGNOSES * 1000) / (performance.now() - began));
      rawPerSecond.push(await rawThroughput(root));
      tell(
        `round ${round}: ${perSecond.at(-1)?.toFixed(1)} diagnoses/s, bare model ${rawPerSecond.at(-1)?.toFixed(0)}/s`,
      );
    }
  } finally {
    await system.stop();
  }
  const whole = figureOf(`diagnoses, ${PARALLEL} at once`, '1/s', perSecond);
  const raw = figureOf(`bare model, ${WORKERS} worker threads`, '1/s', rawPerSecond);
  return [
    figureOf('one diagnosis, from upload to finding', 'ms', serialMs),
    whole,
    raw,
    ratioOf('whole stack / bare model', whole, raw),
  ];
}

async function diagnoseOnce(client: GatewayClient, patient: string, image: ImageFile | undefined): Promise<number> {
  if (image === undefined) throw new Error('there is no demonstration image');
  const began = performance.now();
  const report = await client.requestDiagnosis(await client.sendImage(patient, image));
  await client.waitForObservation(report, { timeoutMs: 60_000, onProgress: () => undefined });
  return performance.now() - began;
}

async function inParallel(count: number, width: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Runs of the model file in worker threads, with nothing around it. */
async function rawThroughput(root: string): Promise<number> {
  const model = join(root, 'subgraphs/diagnosis/model/pneumonia-paediatric.onnx');
  const program = `
    const { parentPort } = require('node:worker_threads');
    const ort = require(${JSON.stringify(join(root, 'node_modules/onnxruntime-node'))});
    (async () => {
      const session = await ort.InferenceSession.create(${JSON.stringify(model)}, { intraOpNumThreads: 1, interOpNumThreads: 1 });
      const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', new Float32Array(64 * 64).fill(0.5), [1, 1, 64, 64]) };
      await session.run(feeds);
      const began = performance.now();
      let runs = 0;
      while (performance.now() - began < ${RAW_MS}) { await session.run(feeds); runs++; }
      parentPort.postMessage((runs * 1000) / (performance.now() - began));
    })();`;
  const rates = await Promise.all(
    Array.from({ length: WORKERS }, () => {
      const worker = new Worker(program, { eval: true });
      return new Promise<number>((settle, fail) => {
        worker.once('message', (rate: number) => settle(rate));
        worker.once('error', fail);
      }).finally(() => void worker.terminate());
    }),
  );
  return rates.reduce((sum, rate) => sum + rate, 0);
}
