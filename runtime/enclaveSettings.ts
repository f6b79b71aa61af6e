import { choice, path, port, text, url } from './config.js';

/** Where the attestation service, the trust and the platform of an enclave process are. */
export const enclaveSettings = {
  host: text({ env: 'CLOISTER_HOST', default: '127.0.0.1', help: 'Address to listen on.' }),
  attestationService: url({
    env: 'CLOISTER_ATTESTATION_SERVICE',
    default: 'http://localhost:4001',
    help: 'The attestation service: Azure Attestation, or ours.',
  }),
  trustFile: path({
    env: 'CLOISTER_TRUST_FILE',
    default: '.cloister/trust.json',
    help: 'Trusted issuers and reference values.',
  }),
  policies: path({ env: 'CLOISTER_POLICIES', default: 'schema/policies', help: 'Folder of appraisal policies.' }),
  platform: choice({
    env: 'CLOISTER_PLATFORM',
    default: 'insecure',
    of: ['insecure'],
    help: 'Where evidence comes from. insecure simulates: development only.',
  }),
  insecurePlatform: path({
    env: 'CLOISTER_INSECURE_PLATFORM',
    default: '.cloister/insecure-platform',
    help: 'Folder of the insecure platform: its root, keys and collateral.',
  }),
  logLevel: choice({
    env: 'CLOISTER_LOG_LEVEL',
    default: 'info',
    of: ['debug', 'info', 'warn', 'error', 'silent'],
    help: 'The least that is logged.',
  }),
} as const;

/** The attested TLS listener of an enclave. */
export const attestedPort = (standard: number) =>
  port({ env: 'CLOISTER_ATTESTED_PORT', default: standard, help: 'Port of the attested TLS listener.' });

/** The management listener: health, readiness and metrics, plain HTTP. */
export const managementPort = (standard: number) =>
  port({ env: 'CLOISTER_MANAGEMENT_PORT', default: standard, help: 'Port of /healthz, /readyz and /metrics.' });
