/**
 * Types of the claims that Azure Attestation offers to policies, of all TEEs: what a rule can expect from the service.
 * Source: claim-sets.md, policy-version-1-0.md to -1-2.md of Microsoft's documentation.
 */
export const KNOWN_CLAIM_TYPES: ReadonlySet<string> = new Set([
  ...['ver', 'attestation-type', 'compliance-status', 'policy-hash', 'policy-signer', 'runtime', 'inittime'].map(
    (name) => `x-ms-${name}`,
  ),
  ...['is-debuggable', 'product-id', 'svn', 'mrenclave', 'mrsigner', 'report-data', 'ehd', 'collateral'].map(sgx),
  ...['config-id', 'config-svn', 'isv-extended-product-id', 'isv-family-id'].map(sgx),
  ...['$is-debuggable', '$product-id', '$sgx-mrsigner', '$sgx-mrenclave', '$svn', '$tee'],
  ...['authorkeydigest', 'bootloader-svn', 'familyId', 'guestsvn', 'hostdata', 'idkeydigest', 'imageId'].map(snp),
  ...['is-debuggable', 'launchmeasurement', 'microcode-svn', 'migration-allowed', 'reportdata', 'reportid'].map(snp),
  ...['smt-allowed', 'snpfw-svn', 'tee-svn', 'vmpl'].map(snp),
  ...['eat_profile', 'dbgstat', 'intuse', 'attester_tcb_status'],
  ...['mrsignerseam', 'mrseam', 'mrtd', 'rtmr0', 'rtmr1', 'rtmr2', 'rtmr3', 'mrconfigid', 'mrowner'].map(tdx),
  ...['mrownerconfig', 'report_data', 'seam_attributes', 'tee_tcb_svn', 'xfam', 'td_attributes', 'seamsvn'].map(tdx),
  ...['debug', 'key_locker', 'perfmon', 'protection_keys', 'septve_disable'].map((name) =>
    tdx(`td_attributes_${name}`),
  ),
  ...['aikValidated', 'aikPubHash', 'tpmVersion', 'secureBootEnabled', 'iommuEnabled', 'bootDebuggingDisabled'],
  ...['notSafeMode', 'notWinPE', 'vbsEnabled', 'vbsReportPresent', 'vsmReportPresent', 'enclaveAuthorId'],
  ...['enclaveImageId', 'enclaveOwnerId', 'enclaveFamilyId', 'enclaveSvn', 'enclavePlatformSvn', 'enclaveFlags'],
  ...['events', 'bootEvents', 'pcrs', 'x-ms-tpm-request-key'],
]);

/** Confidential virtual machines have too many to list: those are known by their beginning. */
export function isKnownClaimType(type: string): boolean {
  return KNOWN_CLAIM_TYPES.has(type) || type.startsWith('x-ms-azurevm-');
}

function sgx(name: string): string {
  return `x-ms-sgx-${name}`;
}

function snp(name: string): string {
  return `x-ms-sevsnpvm-${name}`;
}

function tdx(name: string): string {
  return `tdx_${name}`;
}
