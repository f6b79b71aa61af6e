import { collateralSettings } from './collateral/settings.js';
import { choice, path, port, text, url } from './config.js';
import { PLATFORM_NAMES } from './platformNames.js';

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
    default: 'auto',
    of: ['auto', ...PLATFORM_NAMES],
    help: 'Where evidence comes from. auto looks for hardware; insecure simulates: development only, and never found.',
  }),
  privilegeLevel: choice({
    env: 'CLOISTER_PRIVILEGE_LEVEL',
    default: 'lowest',
    of: ['lowest', '0', '1', '2', '3'],
    help: 'configfs-tsm in an SEV-SNP guest: the VMPL that reports are asked for.',
  }),
  quoteFile: path({
    env: 'CLOISTER_QUOTE_FILE',
    default: '',
    help: 'SCONE, Occlum: where a program beside the process leaves SGX quotes.',
  }),
  quoteRequestFile: path({
    env: 'CLOISTER_QUOTE_REQUEST_FILE',
    default: '',
    help: 'SCONE, Occlum: where the process puts the 64 bytes that it wants a quote over.',
  }),
  occlum: text({ env: 'OCCLUM', default: '', help: 'Set by Occlum itself: how the process knows where it runs.' }),
  scone: text({
    env: 'SCONE_CONFIG_ID',
    default: '',
    help: 'Set for every program in a SCONE session: how the process knows where it runs.',
  }),
  insecurePlatform: path({
    env: 'CLOISTER_INSECURE_PLATFORM',
    default: '.cloister/insecure-platform',
    help: 'Folder of the insecure platform: its root, keys and collateral.',
  }),
  /** Asked only where a policy demands that the attestation service itself is attested. */
  ...collateralSettings,
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
