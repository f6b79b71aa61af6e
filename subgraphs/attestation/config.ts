import { type ConfigOf, defineConfig, number, path, urlsByName } from '../../runtime/config.js';
import { attestedPort, enclaveSettings, managementPort } from '../../runtime/enclaveSettings.js';

/** The settings of the attestation subgraph. */
export const settings = defineConfig({
  ...enclaveSettings,
  attestedPort: attestedPort(4012),
  managementPort: managementPort(4022),
  enclaves: urlsByName({
    env: 'CLOISTER_ENCLAVES',
    default: ['gateway', 'patient', 'attestation', 'diagnosis', 'inference']
      .map((name, index) => `${name}=https://127.0.0.1:${4010 + index}`)
      .join(','),
    help: 'The enclaves of the system and their attested listeners.',
  }),
  data: path({
    env: 'CLOISTER_DATA',
    default: '.cloister/attestation',
    help: 'Folder of the results that were verified, of status changes and of policy versions.',
  }),
  retentionDays: number({
    env: 'CLOISTER_RETENTION_DAYS',
    default: 90,
    min: 1,
    max: 3650,
    unit: 'days',
    help: 'How long results and appraisals of evidence can be read by their identifiers.',
  }),
  probeSeconds: number({
    env: 'CLOISTER_PROBE_SECONDS',
    default: 30,
    min: 0,
    max: 3600,
    unit: 's',
    help: 'Time between two rounds of probing; 0: only when somebody looks.',
  }),
  attestationServiceTimeoutMs: number({
    env: 'CLOISTER_ATTESTATION_SERVICE_TIMEOUT_MS',
    default: 10_000,
    min: 100,
    max: 60_000,
    unit: 'ms',
    help: 'For one request to the attestation service.',
  }),
});

export type AttestationConfig = ConfigOf<typeof settings>;
