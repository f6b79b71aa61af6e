import type { EvidenceKind } from './attestRequest.js';

/**
 * Azure Attestation's default for SGX, word for word. It permits everything that is genuine and repeats six claims under
 * their old names; to accept or not is the relying party's business.
 */
export const DEFAULT_SGX_POLICY =
  'version= 1.0;authorizationrules{=> permit();};issuancerules{' +
  'c:[type=="x-ms-sgx-is-debuggable"] => issue(type="is-debuggable", value=c.value);' +
  'c:[type=="x-ms-sgx-mrsigner"] => issue(type="sgx-mrsigner", value=c.value);' +
  'c:[type=="x-ms-sgx-mrenclave"] => issue(type="sgx-mrenclave", value=c.value);' +
  'c:[type=="x-ms-sgx-product-id"] => issue(type="product-id", value=c.value);' +
  'c:[type=="x-ms-sgx-svn"] => issue(type="svn", value=c.value);' +
  'c:[type=="x-ms-attestation-type"] => issue(type="tee", value=c.value);};';

/** Ours: what Azure's defaults for virtual machines say is not published. Permits everything that is genuine. */
const DEFAULT_VM_POLICY = 'version= 1.0;authorizationrules{=> permit();};issuancerules{};';

/** The policy of an evidence kind until somebody sets another. */
export const DEFAULT_POLICIES: Readonly<Record<EvidenceKind, string>> = {
  SgxEnclave: DEFAULT_SGX_POLICY,
  OpenEnclave: DEFAULT_SGX_POLICY,
  TdxVm: DEFAULT_VM_POLICY,
  SevSnpVm: DEFAULT_VM_POLICY,
};
