/**
 * Where evidence comes from (RATS attester): one driver a platform. A quote says which code runs and vouches for 64 bytes
 * of that code's choice; see runtimeData.ts for what we put there.
 */
export interface EvidencePlatform {
  /** For instance `insecure`. */
  readonly name: string;
  /** True where no hardware stands behind the quote. */
  readonly simulated: boolean;
  /**
   * @param reportData exactly 64 bytes.
   * @returns the quote, as the attestation service takes it.
   */
  quote(reportData: Uint8Array): Promise<Uint8Array>;
}
