import { fetchJwks, type Sources } from '../../enclave/gatewayTrust/evidence.js';
import { verifyGateway as verify, type GatewayReport } from '../../enclave/gatewayTrust/verifyGateway.js';
import { createIssuerKeys } from '../../enclave/results/issuerKeys.js';
import type { PortalConfig } from '../config/portalConfig.js';

export type TrustReport = GatewayReport;

export interface Verification extends Sources {
  readonly config: PortalConfig;
  /** base64url of at least 16 random bytes, drawn for this verification alone. */
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A new one would not be believed within one verification. */
const MINIMUM_REFETCH_SECONDS = 60;

/**
 * Is the gateway genuine, and do we accept it, by what those who deployed this portal pinned? The portal speaks plain HTTP
 * or HTTPS to it, which a policy may concede.
 */
export function verifyGateway({ config, now, ...verification }: Verification): Promise<TrustReport> {
  const { certificateSha256, issuer, url } = config.attestationService;
  return verify({
    ...verification,
    now,
    gateway: config.gateway,
    attestationService: url,
    issuers: [{ issuer, jwksUri: `${url}/certs`, certificateSha256 }],
    getKeys: createIssuerKeys({
      fetchJwks: (uri) => fetchJwks(uri, verification),
      now: () => Math.floor(now / 1000),
      minimumRefetchSeconds: MINIMUM_REFETCH_SECONDS,
    }),
    policy: config.policy,
    referenceValues: config.referenceValues.gateway,
    channel: 'local',
  });
}
