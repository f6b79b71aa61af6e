/**
 * Evidence as a platform gives it. A quote or report says which code runs and vouches for 64 bytes of that code's choice;
 * see runtimeData.ts for what we put there.
 */
export type PlatformEvidence =
  | {
      readonly kind: 'SgxEnclave' | 'TdxVm';
      readonly quote: Uint8Array;
    }
  | {
      readonly kind: 'SevSnpVm';
      /** 1184 bytes. */
      readonly report: Uint8Array;
      /** PEM: VCEK or VLEK, ASK, ARK; undefined where the platform hands out none, and the verifier has to find them. */
      readonly certificates: string | undefined;
    };

/** As Azure Attestation names them. */
export type EvidenceKind = PlatformEvidence['kind'];

/** Where evidence comes from (RATS attester): one driver a platform. */
export interface EvidencePlatform {
  /** For instance `insecure`. */
  readonly name: string;
  /** True where no hardware stands behind the evidence. */
  readonly simulated: boolean;
  /**
   * @param reportData exactly 64 bytes.
   * @throws Refusal EVIDENCE_UNAVAILABLE where trying again may help, CONFIGURATION_INVALID where somebody must act first.
   */
  evidence(reportData: Uint8Array): Promise<PlatformEvidence>;
}
