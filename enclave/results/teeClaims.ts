import type { AttestationResult } from './attestationResult.js';

/**
 * What a format says, each part in an object of its own: `readClaims` lays them out as one result. (Spreading them into
 * each other there would cost more than the signature check.)
 */
export interface FormatClaims {
  readonly tee: TeeClaims;
  readonly simulated: boolean;
  readonly keys: AttestationResult['keys'];
  readonly initTimeData: unknown;
  readonly issuerPolicyHashes: readonly string[];
  readonly issuerVerdicts: AttestationResult['issuerVerdicts'];
  readonly complianceStatus: string | undefined;
}

/** What an issuer says of the TEE. */
export interface TeeClaims extends Pick<
  AttestationResult,
  'teeType' | 'measurement' | 'debug' | 'reportData' | 'tdx' | 'snp'
> {
  readonly sgx: SgxIdentity | undefined;
  readonly platform: Pick<AttestationResult, 'tcbStatus' | 'advisoryIds' | 'tcbEvaluationDataNumber'>;
}

/** What only SGX has. */
export type SgxIdentity = Pick<AttestationResult, 'signer' | 'productId' | 'securityVersion' | 'configId'>;
