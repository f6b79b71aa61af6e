/**
 * What a relying party demands of an enclave. A policy is data (schema/policies/*.json): it names enclaves; what those
 * names measure to are reference values, which come from a build and live apart.
 */
export interface AppraisalPolicy {
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

/** `sealed`: sealed to the attested key. `local`: a plain connection, development only. */
export type PersonChannel = 'sealed' | 'local';

/** How an enclave is recognised (RATS reference value): as one exact build, or by who signed it. */
export type ReferenceValue = BuildReference | SignerReference;

/** Exactly this build. */
export interface BuildReference {
  /** MRENCLAVE, MRTD or launch measurement, hex. */
  readonly measurement: string;
  readonly signer?: never;
  readonly productId?: never;
  readonly minimumSecurityVersion?: never;
}

/** Any build that this signer released of this product, from a security version on. SGX only. */
export interface SignerReference {
  readonly measurement?: never;
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
