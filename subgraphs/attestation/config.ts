import { type ConfigOf, defineConfig, urlsByName } from '../../runtime/config.js';
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
});

export type AttestationConfig = ConfigOf<typeof settings>;
