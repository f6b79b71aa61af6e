import { choice, type ConfigOf, defineConfig, number, path, url } from '../../runtime/config.js';
import { attestedPort, enclaveSettings, managementPort } from '../../runtime/enclaveSettings.js';

/** Every setting of this process. */
export const settings = defineConfig({
  ...enclaveSettings,
  attestedPort: attestedPort(4011),
  managementPort: managementPort(4021),
  data: path({
    env: 'CLOISTER_DATA',
    default: '.cloister/patient',
    help: 'Folder of the database and the images, both sealed.',
  }),
  dataKey: path({
    env: 'CLOISTER_DATA_KEY',
    default: '.cloister/keys/patient-data.key',
    help: 'File of the 32-byte key that seals them; the insecure platform’s stand-in for a key that hardware keeps.',
  }),
  databaseSeed: path({
    env: 'CLOISTER_DATABASE_SEED',
    default: '',
    help: 'Folder of an empty database to copy at the first start; without it one is made, which takes 5 to 10 s.',
  }),
  gateway: url({
    env: 'CLOISTER_GATEWAY',
    default: 'https://127.0.0.1:4010',
    help: 'Attested listener of the gateway.',
  }),
  attestedUrl: url({
    env: 'CLOISTER_ATTESTED_URL',
    default: 'https://127.0.0.1:4011',
    help: 'How the inference enclave reaches this one.',
  }),
  imageLimitMb: number({
    env: 'CLOISTER_IMAGE_LIMIT_MB',
    default: 64,
    min: 1,
    max: 64,
    unit: 'MiB',
    help: 'Largest image file.',
  }),
  diagnosisConcurrency: number({
    env: 'CLOISTER_DIAGNOSIS_CONCURRENCY',
    default: 2,
    min: 1,
    max: 32,
    unit: 'studies',
    help: 'Diagnoses asked for at the same time.',
  }),
  diagnosisAttempts: number({
    env: 'CLOISTER_DIAGNOSIS_ATTEMPTS',
    default: 8,
    min: 1,
    max: 100,
    unit: 'times',
    help: 'Tries until a diagnosis is given up.',
  }),
  diagnosisTimeoutMs: number({
    env: 'CLOISTER_DIAGNOSIS_TIMEOUT_MS',
    default: 45_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
    help: 'For one try.',
  }),
  diagnosisBackoffMs: number({
    env: 'CLOISTER_DIAGNOSIS_BACKOFF_MS',
    default: 1000,
    min: 10,
    max: 30_000,
    unit: 'ms',
    help: 'Before the second try; doubled for each further one, up to 30 s.',
  }),
  demoData: choice({
    env: 'CLOISTER_DEMO_DATA',
    default: 'no',
    of: ['yes', 'no', 'true', 'false'],
    help: 'Whether an empty record begins with synthetic patients.',
  }),
  demoImages: path({
    env: 'CLOISTER_DEMO_IMAGES',
    default: 'subgraphs/patient/demo',
    help: 'Folder of the images of the synthetic patients.',
  }),
});

export type PatientConfig = ConfigOf<typeof settings>;
