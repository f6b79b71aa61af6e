/** How an issuer writes its attestation results: Azure Attestation (and ours), Intel Trust Authority, draft-ietf-rats-ear. */
export const RESULT_FORMATS = ['azure', 'intel-trust-authority', 'ear'] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];
