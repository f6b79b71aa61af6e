import { type ConfigOf, defineConfig, list, number, path, type Setting, url } from '../../../runtime/config.js';
import { attestedPort, enclaveSettings, managementPort } from '../../../runtime/enclaveSettings.js';

/** The settings of the inference enclave. */
export const settings = defineConfig({
  ...enclaveSettings,
  attestedPort: attestedPort(4014),
  managementPort: managementPort(4024),
  models: path({
    env: 'CLOISTER_MODELS',
    default: 'subgraphs/diagnosis/model',
    help: 'Folder of models: NAME.onnx and its card NAME.json.',
  }),
  imageSources: origins({
    env: 'CLOISTER_IMAGE_SOURCES',
    default: 'https://127.0.0.1:4011',
    help: 'Origins of the patient services that images may come from. Nothing else is connected to.',
  }),
  workers: number({ env: 'CLOISTER_WORKERS', default: 2, min: 1, max: 64, help: 'Threads that decode and infer.' }),
  queueLength: number({
    env: 'CLOISTER_QUEUE_LENGTH',
    default: 64,
    min: 0,
    max: 10_000,
    unit: 'images',
    help: 'Images that may wait for a thread; more are refused with BUSY.',
  }),
  deadlineMs: number({
    env: 'CLOISTER_DEADLINE_MS',
    default: 10_000,
    min: 100,
    max: 120_000,
    unit: 'ms',
    help: 'For one image to wait, be decoded and be inferred.',
  }),
  workerMemoryMb: number({
    env: 'CLOISTER_WORKER_MEMORY_MB',
    default: 128,
    min: 32,
    max: 4096,
    unit: 'MiB',
    help: 'JavaScript heap of each thread.',
  }),
  inFlightMb: number({
    env: 'CLOISTER_IN_FLIGHT_MB',
    default: 256,
    min: 64,
    max: 65_536,
    unit: 'MiB',
    help: 'Images that are fetched, wait or are worked on at the same time; more are refused with BUSY.',
  }),
});

export type InferenceConfig = ConfigOf<typeof settings>;

/** https origins, as `URL.origin` writes them. */
function origins(declaration: Parameters<typeof list>[0]): Setting<readonly string[]> {
  const texts = list(declaration);
  const { parse } = url({ ...declaration, protocols: ['https:'] });
  return { ...texts, parse: (text) => texts.parse(text).map((each) => new URL(parse(each)).origin) };
}
