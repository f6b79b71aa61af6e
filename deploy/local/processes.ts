import { join } from 'node:path';
import { AUDIENCE, enclaveNames, type Addresses, type DataFiles } from './addresses.js';
import type { LocalConfig } from './config.js';
import type { ProcessSpec } from './processSpec.js';

/** Where the build puts an empty database, relative to the root of the checkout. */
export const DATABASE_SEED = 'dist/database-seed';

/**
 * The system. `first` must serve before an enclave can attest; `beside` is needed by nobody's start; the enclaves find
 * each other by themselves, in any order.
 */
export function systemOf(
  config: LocalConfig,
  addresses: Addresses,
  files: DataFiles,
): Record<'first' | 'beside' | 'enclaves', ProcessSpec[]> {
  const { demoData, logLevel, ports } = config;
  const shared = { CLOISTER_HOST: '127.0.0.1', CLOISTER_LOG_LEVEL: logLevel };
  const enclave = {
    ...shared,
    CLOISTER_ATTESTATION_SERVICE: addresses.attestationService,
    CLOISTER_TRUST_FILE: files.trust,
    CLOISTER_POLICIES: 'schema/policies',
    CLOISTER_PLATFORM: 'insecure',
    CLOISTER_INSECURE_PLATFORM: files.insecurePlatform,
  };
  const subgraph = (name: 'patient' | 'attestation' | 'diagnosis' | 'inference') => ({
    ...enclave,
    CLOISTER_ATTESTED_PORT: String(ports[`${name}-attested`]),
    CLOISTER_MANAGEMENT_PORT: String(ports[`${name}-management`]),
  });

  return {
    first: [
      {
        name: 'attestation-service',
        entry: 'dist/subgraphs/attestation/service/index.js',
        environment: {
          ...shared,
          CLOISTER_HTTP_PORT: String(ports['attestation-service']),
          CLOISTER_ISSUER: addresses.attestationService,
          CLOISTER_SIGNING_KEY: files.attestationServiceKey,
          CLOISTER_SIGNING_CERTIFICATE: files.attestationServiceCertificate,
          CLOISTER_INSECURE_PLATFORM: files.insecurePlatform,
          CLOISTER_COLLATERAL_SOURCES: `file=${join(files.insecurePlatform, 'collateral.json')}`,
          CLOISTER_ALLOWED_ORIGINS: addresses.portal,
        },
      },
    ],
    beside: [
      {
        name: 'identity',
        entry: 'dist/deploy/local/identity/index.js',
        environment: {
          ...shared,
          CLOISTER_HTTP_PORT: String(ports.identity),
          CLOISTER_ISSUER: addresses.identity,
          CLOISTER_IDENTITY_KEYS: files.identityKeys,
          CLOISTER_IDENTITY_AUDIENCE: AUDIENCE,
          CLOISTER_PORTAL_ORIGIN: addresses.portal,
        },
      },
      {
        name: 'portal',
        entry: 'dist/web/server/index.js',
        environment: {
          ...shared,
          CLOISTER_HTTP_PORT: String(ports.portal),
          CLOISTER_PORTAL: 'dist/web/portal',
          CLOISTER_PORTAL_CONFIG: files.portalConfig,
        },
      },
    ],
    enclaves: [
      {
        name: 'gateway',
        entry: 'dist/gateway/index.js',
        environment: {
          ...enclave,
          CLOISTER_HTTP_PORT: String(ports.gateway),
          CLOISTER_ATTESTED_PORT: String(ports['gateway-attested']),
          CLOISTER_SUPERGRAPH: 'schema/supergraph.graphql',
          CLOISTER_SUBGRAPH_PATIENT: addresses.enclaves.patient,
          CLOISTER_SUBGRAPH_ATTESTATION: addresses.enclaves.attestation,
          CLOISTER_SUBGRAPH_DIAGNOSIS: addresses.enclaves.diagnosis,
          CLOISTER_IDENTITY_ISSUER: addresses.identity,
          CLOISTER_IDENTITY_AUDIENCE: AUDIENCE,
          CLOISTER_PORTAL_ORIGIN: addresses.portal,
          CLOISTER_GRAPHIQL: 'dist/web/graphiql',
        },
      },
      {
        name: 'patient',
        entry: 'dist/subgraphs/patient/index.js',
        environment: {
          ...subgraph('patient'),
          CLOISTER_DATA: files.patientRecords,
          CLOISTER_DATA_KEY: files.patientDataKey,
          CLOISTER_DATABASE_SEED: DATABASE_SEED,
          CLOISTER_GATEWAY: addresses.enclaves.gateway,
          CLOISTER_ATTESTED_URL: addresses.enclaves.patient,
          CLOISTER_DEMO_DATA: demoData ? 'yes' : 'no',
        },
      },
      {
        name: 'attestation',
        entry: 'dist/subgraphs/attestation/index.js',
        environment: {
          ...subgraph('attestation'),
          CLOISTER_DATA: files.attestationRecords,
          CLOISTER_ENCLAVES: enclaveNames.map((name) => `${name}=${addresses.enclaves[name]}`).join(','),
        },
      },
      {
        name: 'diagnosis',
        entry: 'dist/subgraphs/diagnosis/index.js',
        environment: { ...subgraph('diagnosis'), CLOISTER_INFERENCE: addresses.enclaves.inference },
      },
      {
        name: 'inference',
        entry: 'dist/subgraphs/diagnosis/inference/index.js',
        environment: {
          ...subgraph('inference'),
          CLOISTER_MODELS: 'subgraphs/diagnosis/model',
          CLOISTER_IMAGE_SOURCES: addresses.enclaves.patient,
        },
      },
    ],
  };
}
