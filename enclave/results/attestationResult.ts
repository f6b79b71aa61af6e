import type { JWK } from 'jose';
import type { ResultFormat } from './resultFormat.js';

/**
 * A verified attestation result (RFC 9334), whatever service issued it. Hex is lower case; times are seconds since 1970;
 * what the issuer does not say is undefined, and never a value that would please a policy.
 */
export interface AttestationResult {
  /** jti; where the format has none, a digest of what was signed. */
  readonly id: string;
  readonly issuer: string;
  readonly format: ResultFormat;
  readonly issuedAt: number;
  /** The later of nbf and iat. */
  readonly validFrom: number;
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
  /** Intel's advisories that stand against the platform, for instance INTEL-SA-00615. Empty means: none. */
  readonly advisoryIds: readonly string[] | undefined;
  /** Of the TCB info that the platform was judged by; greater is newer. Intel only. */
  readonly tcbEvaluationDataNumber: number | undefined;
  /** 64 bytes, hex. */
  readonly reportData: string;
  /** SGX with key separation: CONFIGID, 64 bytes, hex. */
  readonly configId: string | undefined;
  readonly tdx: TdxDetails | undefined;
  readonly snp: SnpDetails | undefined;
  /** The data that the evidence fixes at launch (init-time data), as the issuer repeats it. */
  readonly initTimeData: unknown;
  /** Digests of the issuer's own policies that the evidence satisfied, as the issuer writes them. */
  readonly issuerPolicyHashes: readonly string[];
  /** What the issuer itself concludes, where its format has it do so: of each part that it looked at. */
  readonly issuerVerdicts: readonly IssuerVerdict[];
  /** For instance azure-compliant-cvm. */
  readonly complianceStatus: string | undefined;
  /** Whether the issuer's signing key is known to live in an enclave; undefined where it cannot be told. */
  readonly attestedIssuer: boolean | undefined;
  /** The public keys that the enclave put into its runtime data, by `kid`. */
  readonly keys: readonly JWK[];
  /** The compact JWS as received. Never logged. */
  readonly token: string;
  /** Every claim, as issued. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Of a TD report; 48 bytes in hex where not said otherwise. */
export interface TdxDetails {
  /** RTMR0 to RTMR3. */
  readonly rtmrs: readonly (string | undefined)[];
  readonly mrSeam: string | undefined;
  readonly mrSignerSeam: string | undefined;
  readonly mrConfigId: string | undefined;
  readonly mrOwner: string | undefined;
  readonly mrOwnerConfig: string | undefined;
  /** 8 bytes, as in the report. */
  readonly tdAttributes: string | undefined;
  /** 8 bytes, as in the report. */
  readonly seamAttributes: string | undefined;
  readonly septVeDisable: boolean | undefined;
  /** MRSERVICETD; TDX 1.5 only, and few issuers repeat it. All zeros: no service TD is bound. */
  readonly mrServiceTd: string | undefined;
}

/** Of an SEV-SNP report; hex. */
export interface SnpDetails {
  /** 32 bytes. */
  readonly hostData: string | undefined;
  /** 48 bytes. */
  readonly idKeyDigest: string | undefined;
  /** 48 bytes. */
  readonly authorKeyDigest: string | undefined;
  /** 16 bytes. */
  readonly familyId: string | undefined;
  /** 16 bytes. */
  readonly imageId: string | undefined;
  readonly vmpl: number | undefined;
  readonly guestSvn: number | undefined;
  /** Of the guest policy: may the guest run with simultaneous multithreading, may it be migrated? */
  readonly smtAllowed: boolean | undefined;
  readonly migrationAllowed: boolean | undefined;
  readonly reportedTcb: SnpTcb;
  /** For instance Milan. */
  readonly chipKind: string | undefined;
}

/** The parts of a reported TCB: security versions. */
export type SnpTcb = Readonly<Record<SnpTcbPart, number | undefined>>;
export const SNP_TCB_PARTS = ['fmc', 'bootloader', 'tee', 'snp', 'microcode'] as const;
export type SnpTcbPart = (typeof SNP_TCB_PARTS)[number];

export interface IssuerVerdict {
  /** The issuer's name for the part, for instance cpu0. */
  readonly part: string;
  readonly status: 'affirming' | 'warning' | 'contraindicated' | 'none';
}

/** `kid` of the keys in the runtime data of every enclave of this project. */
export const KEY_ID = {
  /** P-256: the key of the enclave's TLS certificate. */
  tls: 'tls',
  /** P-256, ES256: signs receipts. */
  receipt: 'receipt',
} as const;
