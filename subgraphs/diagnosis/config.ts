import { type ConfigOf, defineConfig, number, url } from '../../runtime/config.js';
import { attestedPort, enclaveSettings, managementPort } from '../../runtime/enclaveSettings.js';

/** The settings of the diagnosis subgraph. */
export const settings = defineConfig({
  ...enclaveSettings,
  attestedPort: attestedPort(4013),
  managementPort: managementPort(4023),
  inference: url({
    env: 'CLOISTER_INFERENCE',
    default: 'https://127.0.0.1:4014',
    protocols: ['https:'],
    help: "The inference enclave's attested listener.",
  }),
  inferenceTimeoutMs: number({
    env: 'CLOISTER_INFERENCE_TIMEOUT_MS',
    default: 30_000,
    min: 100,
    max: 300_000,
    unit: 'ms',
    help: 'For one interpretation, fetching the image included.',
  }),
});

export type DiagnosisConfig = ConfigOf<typeof settings>;
