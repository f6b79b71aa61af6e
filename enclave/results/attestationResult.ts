import type { JWK } from 'jose';

/** A verified attestation result (RFC 9334), whatever service issued it. Hex is lower case; times are seconds since 1970. */
export interface AttestationResult {
  /** jti */
  readonly id: string;
  readonly issuer: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly teeType: 'sgx' | 'tdx' | 'sev-snp';
  /** True where the issuer says that no hardware stands behind the evidence (claim x-cloister-simulated). */
  readonly simulated: boolean;
  /** MRENCLAVE, MRTD or launch measurement, hex. */
  readonly measurement: string;
  /** MRSIGNER, hex; SGX only. */
  readonly signer: string | undefined;
  readonly productId: number | undefined;
  /** ISV SVN. */
  readonly securityVersion: number | undefined;
  readonly debug: boolean;
  /** For instance UpToDate; undefined where the issuer does not say (Azure does not for SGX). */
  readonly tcbStatus: string | undefined;
  /** 64 bytes, hex. */
  readonly reportData: string;
  /** The public keys that the enclave put into its runtime data, by `kid`. */
  readonly keys: readonly JWK[];
  /** The compact JWS as received. Never logged. */
  readonly token: string;
  /** Every claim, as issued. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** `kid` of the keys in the runtime data of every enclave of this project. */
export const KEY_ID = {
  /** P-256: the key of the enclave's TLS certificate. */
  tls: 'tls',
  /** P-256, ES256: signs receipts. */
  receipt: 'receipt',
} as const;
