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

/** One expected measurement of an enclave (RATS reference value). */
export interface ReferenceValue {
  /** Hex. */
  readonly measurement: string;
  /** MRSIGNER hex; with `productId` and `minimumSecurityVersion` where an enclave is known by its signer. */
  readonly signer?: string;
  readonly productId?: number;
  readonly minimumSecurityVersion?: number;
}

/** Expected measurements by enclave name. Several per enclave while an upgrade rolls out. */
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

/** The trust file of a deployment. */
export interface TrustFile {
  /** `development` applies the development overlay to every policy. */
  readonly mode: 'development' | 'production';
  readonly issuers: readonly TrustedIssuer[];
  readonly referenceValues: ReferenceValues;
}
