import type { SnpTcbPart } from '../results/attestationResult.js';
import type { ResultFormat } from '../results/resultFormat.js';
import type { TokenAlgorithm } from '../results/tokenSignatures.js';

/**
 * What a relying party demands of an enclave. A policy is data (schema/policies/*.json): it names enclaves; what those
 * names measure to are reference values, which come from a build and live apart.
 */
export interface AppraisalPolicy extends PolicyRequirements {
  readonly name: string;
  readonly description: string;
  /** Names of enclaves whose reference values are accepted. */
  readonly enclaves: readonly string[];
  readonly teeTypes: readonly ('sgx' | 'tdx' | 'sev-snp')[];
  /** Accepted TCB statuses, where the result states one. */
  readonly tcbStatuses: readonly string[];
  readonly acceptsDebug: boolean;
  /** False in every policy as published; only the development overlay sets it. */
  readonly acceptsSimulated: boolean;
  /** Longest time since the result was issued, in seconds. */
  readonly maximumAgeSeconds: number;
  /** Channels over which an authenticated person may receive values under this policy. */
  readonly recipientChannels: readonly PersonChannel[];
  /** What people who see such values must be told; null outside development. */
  readonly notice: string | null;
}

/**
 * What a policy may demand besides. A requirement that is absent demands nothing; one that is present fails where the
 * result does not state the claim.
 */
export interface PolicyRequirements {
  /** True: an Intel platform's result that states no TCB status fails. Otherwise it is looked at where there is one. */
  readonly requiresTcbStatus?: boolean;
  /**
   * Intel's advisories that may stand against a platform whose TCB status is not UpToDate, or not stated. Absent: any.
   * Does not concern SEV-SNP.
   */
  readonly acceptedAdvisories?: readonly string[];
  /** Least evaluation data number of the TCB info that an Intel platform was judged by. */
  readonly minimumTcbEvaluationDataNumber?: number;
  /** What a TDX result must say besides. */
  readonly tdx?: TdxRequirements;
  /** What an SEV-SNP result must say besides. */
  readonly snp?: SnpRequirements;
  /** The issuer must have applied one of these policies of its own; digests as it writes them (x-ms-policy-hash). */
  readonly issuerPolicyHashes?: readonly string[];
  /** Accepted compliance statuses of Azure, for instance azure-compliant-cvm. */
  readonly complianceStatuses?: readonly string[];
  /** True: the issuer's signing key must be known to live in an enclave itself. */
  readonly requiresAttestedIssuer?: boolean;
}

/** Of a TD. */
export interface TdxRequirements {
  /** Accepted values of runtime measurement registers, by number: hex of 48 bytes. */
  readonly rtmrs?: Readonly<Partial<Record<RtmrNumber, readonly string[]>>>;
  /** Accepted values, hex of 48 bytes. */
  readonly mrSeam?: readonly string[];
  readonly mrSignerSeam?: readonly string[];
  readonly mrConfigId?: readonly string[];
  readonly mrOwner?: readonly string[];
  readonly mrOwnerConfig?: readonly string[];
  /** True: page faults that the host injects must not reach the guest as exceptions (SEPT_VE_DISABLE). */
  readonly requiresSeptVeDisable?: boolean;
  /** True: no service TD, as for migration, may be bound (MRSERVICETD is zero). */
  readonly requiresNoServiceTd?: boolean;
}

export const RTMR_NUMBERS = ['0', '1', '2', '3'] as const;
export type RtmrNumber = (typeof RTMR_NUMBERS)[number];

/** Of an SEV-SNP guest. */
export interface SnpRequirements {
  /** Accepted values, hex of 32 bytes. */
  readonly hostData?: readonly string[];
  /** Accepted values, hex of 48 bytes. */
  readonly idKeyDigest?: readonly string[];
  readonly authorKeyDigest?: readonly string[];
  /** Least security version of each part of the reported TCB. */
  readonly minimumTcb?: Readonly<Partial<Record<SnpTcbPart, number>>>;
  /** Greatest virtual machine privilege level from which the report may come; 0 is the most privileged. */
  readonly maximumVmpl?: number;
  /** False: the guest policy must forbid it. */
  readonly allowsSmt?: boolean;
  readonly allowsMigration?: boolean;
  /** Accepted kinds of chip, for instance Milan. */
  readonly chipKinds?: readonly string[];
}

/** `sealed`: sealed to the attested key. `local`: a plain connection, development only. */
export type PersonChannel = 'sealed' | 'local';

/** How an enclave is recognised (RATS reference value): as one exact build, or by who signed it. */
export type ReferenceValue = BuildReference | SignerReference;

/**
 * Exactly this build. A TD's or VM's measurement at launch often covers the firmware alone, which many share; then the
 * registers, or the host data, tell the builds apart.
 */
export interface BuildReference {
  /** MRENCLAVE, MRTD or launch measurement, hex. */
  readonly measurement: string;
  /** TDX: runtime measurement registers that must have these values too; hex of 48 bytes. */
  readonly rtmrs?: Readonly<Partial<Record<RtmrNumber, string>>>;
  /** SEV-SNP: host data, hex of 32 bytes. */
  readonly hostData?: string;
  readonly signer?: never;
  readonly productId?: never;
  readonly minimumSecurityVersion?: never;
}

/** Any build that this signer released of this product, from a security version on. SGX only. */
export interface SignerReference {
  readonly measurement?: never;
  readonly rtmrs?: never;
  readonly hostData?: never;
  /** MRSIGNER, hex. */
  readonly signer: string;
  readonly productId: number;
  readonly minimumSecurityVersion: number;
}

/** Reference values by enclave name. Several per enclave while an upgrade rolls out. */
export type ReferenceValues = Readonly<Record<string, readonly ReferenceValue[]>>;

/** An attestation service that may be believed, and the exact certificates it signs with. */
export interface TrustedIssuer {
  /** Must equal the token's `iss`. */
  readonly issuer: string;
  /** Where its JWKS is: the only place where keys come from. */
  readonly jwksUri: string;
  /** Hex SHA-256 of each accepted signing certificate (DER). Absent: any key of the JWKS, which then rests on TLS alone. */
  readonly certificateSha256?: readonly string[];
  /** How it writes its results. Absent: as Azure Attestation does. */
  readonly format?: ResultFormat;
  /** What it signs with, where its format leaves a choice: `ear` alone, and absent means ES256. */
  readonly algorithm?: TokenAlgorithm;
}

/** What a mode changes in every policy as published. */
export interface PolicyOverlay {
  /** The mode that it belongs to. */
  readonly overlay: 'development';
  readonly acceptsSimulated: boolean;
  readonly recipientChannels: readonly PersonChannel[];
  readonly notice: string;
}

/** The trust file of a deployment. */
export interface TrustFile {
  /** `development` applies the development overlay to every policy. */
  readonly mode: 'development' | 'production';
  readonly issuers: readonly TrustedIssuer[];
  readonly referenceValues: ReferenceValues;
}
