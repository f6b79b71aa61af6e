/**
 * The policies that hold where nobody has set one. That of SGX is Azure Attestation's own of 2022, byte for byte, so that
 * its hash is the one known from real attestation results; it issues the old names of the claims.
 */
const SGX_DEFAULT =
  'version= 1.0;authorizationrules{=> permit();};issuancerules{' +
  'c:[type=="x-ms-sgx-is-debuggable"] => issue(type="is-debuggable", value=c.value);' +
  'c:[type=="x-ms-sgx-mrsigner"] => issue(type="sgx-mrsigner", value=c.value);' +
  'c:[type=="x-ms-sgx-mrenclave"] => issue(type="sgx-mrenclave", value=c.value);' +
  'c:[type=="x-ms-sgx-product-id"] => issue(type="product-id", value=c.value);' +
  'c:[type=="x-ms-sgx-svn"] => issue(type="svn", value=c.value);' +
  'c:[type=="x-ms-attestation-type"] => issue(type="tee", value=c.value);};';

/** Ours: Azure's own default for virtual machines is not known to us. It permits whatever is genuine and issues nothing. */
const VM_DEFAULT = 'version= 1.0;authorizationrules{=> permit();};issuancerules{};';

/** Texts by kind of TEE, under the names that Azure Attestation's paths have. They permit debug enclaves as well. */
export const DEFAULT_POLICIES = {
  SgxEnclave: SGX_DEFAULT,
  OpenEnclave: SGX_DEFAULT,
  SevSnpVm: VM_DEFAULT,
  TdxVm: VM_DEFAULT,
} as const;
