import { join } from 'node:path';
import type { Ports } from './listeners.js';

/** Where the parts of a local system are. Browser-facing parts are on localhost; enclaves on a numeric address. */
export interface Addresses {
  readonly gateway: string;
  readonly attestationService: string;
  readonly identity: string;
  readonly portal: string;
  /** Attested TLS listeners by enclave name. */
  readonly enclaves: Readonly<Record<EnclaveName, string>>;
}

export const enclaveNames = ['gateway', 'patient', 'attestation', 'diagnosis', 'inference'] as const;
export type EnclaveName = (typeof enclaveNames)[number];

/** What access tokens are for (RFC 8707). */
export const AUDIENCE = 'urn:cloister:gateway';

export function addressesOf(ports: Ports): Addresses {
  const enclave = (name: EnclaveName): [EnclaveName, string] => [
    name,
    `https://127.0.0.1:${ports[`${name}-attested`]}`,
  ];
  return {
    gateway: `http://localhost:${ports.gateway}`,
    attestationService: `http://localhost:${ports['attestation-service']}`,
    identity: `http://localhost:${ports.identity}`,
    portal: `http://localhost:${ports.portal}`,
    enclaves: Object.fromEntries(enclaveNames.map(enclave)) as Record<EnclaveName, string>,
  };
}

/** What lies where in the data folder. */
export interface DataFiles {
  readonly folder: string;
  readonly keys: string;
  readonly logs: string;
  readonly insecurePlatform: string;
  readonly attestationServiceKey: string;
  readonly attestationServiceCertificate: string;
  readonly patientDataKey: string;
  readonly identityKeys: string;
  readonly patientRecords: string;
  readonly attestationRecords: string;
  readonly trust: string;
  readonly portalConfig: string;
  /** The running system, as other commands find it. */
  readonly running: string;
}

export function dataFiles(folder: string): DataFiles {
  const at = (...parts: string[]): string => join(folder, ...parts);
  return {
    folder,
    keys: at('keys'),
    logs: at('logs'),
    insecurePlatform: at('insecure-platform'),
    attestationServiceKey: at('keys', 'attestation-service.pem'),
    attestationServiceCertificate: at('keys', 'attestation-service.crt'),
    patientDataKey: at('keys', 'patient-data.key'),
    identityKeys: at('keys', 'identity.json'),
    patientRecords: at('patient'),
    attestationRecords: at('attestation'),
    trust: at('trust.json'),
    portalConfig: at('portal-config.json'),
    running: at('running.json'),
  };
}
