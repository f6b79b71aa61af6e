/** What the guest's owner fixed at launch, and the firmware keeps to (AMD 56860, GUEST_POLICY). */
export interface GuestPolicy {
  readonly raw: bigint;
  /** The firmware’s ABI that the guest needs at least. */
  readonly abiMajor: number;
  readonly abiMinor: number;
  /** May run where simultaneous multithreading is on. */
  readonly smtAllowed: boolean;
  /** May be bound to a migration agent, which can then export the guest’s state. */
  readonly migrationAgentAllowed: boolean;
  /** Whoever runs the machine can read the guest’s memory. */
  readonly debugAllowed: boolean;
  readonly singleSocketRequired: boolean;
  /** Memory and devices may be attached over CXL. */
  readonly cxlAllowed: boolean;
  readonly aes256XtsRequired: boolean;
  /** Running average power limit, which measures power, must be off. */
  readonly raplDisabled: boolean;
  readonly ciphertextHidingRequired: boolean;
  /** The host may not swap or move the guest’s pages. */
  readonly pageSwapDisabled: boolean;
  /** Bit 17 is one and all bits from 26 are zero. A bit that we do not know may grant what nobody wants. */
  readonly reservedBitsFit: boolean;
}

/** @param raw 64 bits; any such bits are a policy. */
export function readGuestPolicy(raw: bigint): GuestPolicy {
  const bit = (position: bigint) => ((raw >> position) & 1n) === 1n;
  return {
    raw,
    abiMinor: Number(raw & 0xffn),
    abiMajor: Number((raw >> 8n) & 0xffn),
    smtAllowed: bit(16n),
    migrationAgentAllowed: bit(18n),
    debugAllowed: bit(19n),
    singleSocketRequired: bit(20n),
    cxlAllowed: bit(21n),
    aes256XtsRequired: bit(22n),
    raplDisabled: bit(23n),
    ciphertextHidingRequired: bit(24n),
    pageSwapDisabled: bit(25n),
    reservedBitsFit: bit(17n) && raw >> 26n === 0n,
  };
}
