import type { ReferenceValues, TrustFile } from '../../enclave/appraisal/policy.js';
import { measureProcess } from '../../runtime/measuredFiles.js';
import type { Trust } from '../../runtime/trust.js';
import { enclaveNames, type Addresses } from './addresses.js';

/** The policy that the portal holds the gateway to: it is about to send it what a patient record holds. */
const PORTAL_POLICY = 'patient-record';

/** What each enclave of this checkout measures to. */
export async function referenceValues(root: string): Promise<ReferenceValues> {
  const measured = await Promise.all(
    enclaveNames.map(async (name) => [name, [{ measurement: await measureProcess(name, root) }]] as const),
  );
  return Object.fromEntries(measured);
}

/** Whom the enclaves of this system believe: its own attestation service, with exactly this certificate. */
export function trustFile(addresses: Addresses, certificateSha256: string, values: ReferenceValues): TrustFile {
  const { attestationService } = addresses;
  return {
    mode: 'development',
    issuers: [
      { issuer: attestationService, jwksUri: `${attestationService}/certs`, certificateSha256: [certificateSha256] },
    ],
    referenceValues: values,
  };
}

/** What the portal is told by its deployer (web/config/portalConfig.ts). */
export function portalConfig(addresses: Addresses, trust: Trust): Record<string, unknown> {
  const policy = trust.policy(PORTAL_POLICY);
  const [issuer] = trust.issuers;
  return {
    gateway: addresses.gateway,
    attestationService: {
      url: addresses.attestationService,
      issuer: issuer?.issuer,
      certificateSha256: issuer?.certificateSha256,
    },
    identity: { issuer: addresses.identity, clientId: 'cloister-portal' },
    referenceValues: { gateway: trust.referenceValues.gateway },
    mode: trust.mode,
    policy,
    notice: policy.notice,
  };
}
