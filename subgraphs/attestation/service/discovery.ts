import type { SigningKeys } from './signingKeys.js';

/** GET /certs: as in Azure, a key is only inside its certificate. */
export function certificatesDocument(keys: SigningKeys) {
  return {
    keys: keys.published().map(({ certificate, keyId }) => ({
      x5c: [Buffer.from(certificate).toString('base64')],
      kid: keyId,
      kty: 'RSA',
    })),
  };
}

/** GET /.well-known/openid-configuration. */
export function openidConfiguration(issuer: string) {
  return {
    response_types_supported: ['token', 'none'],
    id_token_signing_alg_values_supported: ['RS256'],
    revocation_endpoint: `${issuer}/revoke`,
    issuer,
    jwks_uri: `${issuer}/certs`,
    claims_supported: [
      'nonce',
      'x-ms-ver',
      'x-ms-attestation-type',
      'x-ms-policy-hash',
      'x-ms-policy-signer',
      'x-ms-runtime',
      'x-ms-inittime',
      'x-ms-sgx-is-debuggable',
      'x-ms-sgx-mrenclave',
      'x-ms-sgx-mrsigner',
      'x-ms-sgx-svn',
      'x-ms-sgx-ehd',
      'x-ms-sgx-collateral',
      'is-debuggable',
      'sgx-mrsigner',
      'sgx-mrenclave',
      'product-id',
      'svn',
      'tee',
      'x-cloister-advisory-ids',
      'x-cloister-revocation-checked',
      'x-cloister-sevsnpvm-chip',
      'x-cloister-sevsnpvm-fmc-svn',
      'x-cloister-simulated',
      'x-cloister-tcb-evaluation-data-number',
      'x-cloister-tcb-status',
      'x-cloister-tdx-mrservicetd',
    ],
  };
}
