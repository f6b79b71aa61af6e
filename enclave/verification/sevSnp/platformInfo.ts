/** How the machine is set up (AMD 56860, PLATFORM_INFO). Real firmware sets bits that are not documented: kept in `raw`. */
export interface PlatformInfo {
  readonly raw: bigint;
  readonly smtEnabled: boolean;
  /** Transparent encryption of all memory. */
  readonly tsmeEnabled: boolean;
  readonly eccEnabled: boolean;
  readonly raplDisabled: boolean;
  readonly ciphertextHidingEnabled: boolean;
  /** The firmware looked for memory that is visible at two addresses and found none (AMD-SB-3015). */
  readonly aliasCheckComplete: boolean;
}

/** @param raw 64 bits; any such bits are an answer. */
export function readPlatformInfo(raw: bigint): PlatformInfo {
  const bit = (position: bigint) => ((raw >> position) & 1n) === 1n;
  return {
    raw,
    smtEnabled: bit(0n),
    tsmeEnabled: bit(1n),
    eccEnabled: bit(2n),
    raplDisabled: bit(3n),
    ciphertextHidingEnabled: bit(4n),
    aliasCheckComplete: bit(5n),
  };
}
