import { createHash } from 'node:crypto';

/**
 * The policy in force: Azure Attestation's default for SGX, word for word. It permits everything that is genuine and
 * repeats six claims under their old names; to accept or not is the relying party's business.
 */
export const DEFAULT_SGX_POLICY =
  'version= 1.0;authorizationrules{=> permit();};issuancerules{' +
  'c:[type=="x-ms-sgx-is-debuggable"] => issue(type="is-debuggable", value=c.value);' +
  'c:[type=="x-ms-sgx-mrsigner"] => issue(type="sgx-mrsigner", value=c.value);' +
  'c:[type=="x-ms-sgx-mrenclave"] => issue(type="sgx-mrenclave", value=c.value);' +
  'c:[type=="x-ms-sgx-product-id"] => issue(type="product-id", value=c.value);' +
  'c:[type=="x-ms-sgx-svn"] => issue(type="svn", value=c.value);' +
  'c:[type=="x-ms-attestation-type"] => issue(type="tee", value=c.value);};';

/** What the default policy issues for a claim set: new name, old name. */
export const DEFAULT_SGX_ISSUANCE = {
  'is-debuggable': 'x-ms-sgx-is-debuggable',
  'sgx-mrsigner': 'x-ms-sgx-mrsigner',
  'sgx-mrenclave': 'x-ms-sgx-mrenclave',
  'product-id': 'x-ms-sgx-product-id',
  svn: 'x-ms-sgx-svn',
  tee: 'x-ms-attestation-type',
} as const;

/** Claim x-ms-policy-hash: of the base64url text of the policy, not of the policy. */
export function policyHash(text: string): string {
  return createHash('sha256').update(Buffer.from(text).toString('base64url')).digest('base64url');
}
