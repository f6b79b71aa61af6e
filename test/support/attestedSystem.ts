import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrustFile } from '../../enclave/appraisal/policy.js';
import { readPem } from '../../enclave/asn1/pem.js';
import { insecurePlatform } from '../../enclave/platforms/insecure/platform.js';
import type { AttestedIdentity, IdentityOptions } from '../../runtime/attestedIdentity.js';
import { createAttestedIdentity } from '../../runtime/attestedIdentity.js';
import { silentLog } from '../../runtime/log.js';
import type { Trust } from '../../runtime/trust.js';
import { loadTrust } from '../../runtime/trust.js';
import type { AttestationServiceSetup, RunningAttestationService } from './attestationService.js';
import { startAttestationService } from './attestationService.js';
import { measurementOf } from './issuer.js';
import { checkout } from './shared.js';

/** A whole system's trust in one process: a real attestation service, its trust file, and identities on demand. */
export interface AttestedSystem {
  readonly service: RunningAttestationService;
  readonly trust: Trust;
  readonly trustFile: string;
  /** A freshly attested enclave; `change` replaces what it is made of. */
  identity(name: string, change?: Partial<IdentityOptions>): Promise<AttestedIdentity>;
  close(): Promise<void>;
}

export interface AttestedSystemOptions {
  /** Milliseconds since 1970; default: the time now. */
  readonly now?: () => number;
  /** Replaces parts of the trust file. */
  readonly trust?: Partial<TrustFile>;
  /** What the attestation service is made of, where it is not the usual. */
  readonly service?: AttestationServiceSetup;
}

const ENCLAVES = ['gateway', 'patient', 'attestation', 'diagnosis', 'inference'];

export async function startAttestedSystem(options: AttestedSystemOptions = {}): Promise<AttestedSystem> {
  const now = options.now ?? Date.now;
  const service = await startAttestationService({ now, ...options.service });
  const folder = await mkdtemp(join(tmpdir(), 'cloister-attested-'));
  const trustFile = join(folder, 'trust.json');
  const [certificate] = readPem(service.signing.certificate);
  const pin = createHash('sha256')
    .update(certificate ?? '')
    .digest('hex');
  const content: TrustFile = {
    mode: 'development',
    issuers: [{ issuer: service.issuer, jwksUri: `${service.url}/certs`, certificateSha256: [pin] }],
    referenceValues: Object.fromEntries(ENCLAVES.map((name) => [name, [{ measurement: measurementOf(name) }]])),
    ...options.trust,
  };
  await writeFile(trustFile, JSON.stringify(content));
  const trust = await loadTrust({ trustFile, policiesFolder: join(checkout, 'schema/policies'), now });
  const identities: AttestedIdentity[] = [];
  return {
    service,
    trust,
    trustFile,
    identity: async (name, change = {}) => {
      const platform = insecurePlatform({ files: service.platform, measurement: measurementOf(name) });
      const standard = { platform, attestationService: service.url, trust, now, jitter: () => 0, log: silentLog };
      const identity = await createAttestedIdentity({ name, ...standard, ...change });
      identities.push(identity);
      return identity;
    },
    close: async () => {
      for (const identity of identities) identity.close();
      await service.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
