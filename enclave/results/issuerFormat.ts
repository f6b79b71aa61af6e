import type { TrustedIssuer } from '../appraisal/policy.js';
import type { ResultFormat } from './resultFormat.js';
import type { TokenAlgorithm } from './tokenSignatures.js';

/** The algorithm that an issuer signs with. It comes from the format or the configuration; a token is only compared with it. */
export function algorithmOf(issuer: TrustedIssuer): TokenAlgorithm {
  return issuer.algorithm ?? ALGORITHM[formatOf(issuer)];
}

export function formatOf({ format }: TrustedIssuer): ResultFormat {
  return format ?? 'azure';
}

/** Azure Attestation and Intel Trust Authority have one each; Trustee issues EAR with ES256. */
const ALGORITHM = { azure: 'RS256', 'intel-trust-authority': 'PS384', ear: 'ES256' } as const;

/** Azure's JWKS holds certificates only: `n` and `e` without one are nobody's key there. */
export function takesBareKeys(issuer: TrustedIssuer): boolean {
  return formatOf(issuer) !== 'azure';
}
