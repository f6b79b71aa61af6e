import { concatBytes, hexOf } from '../../bytes.js';
import type { GuestPolicy } from './guestPolicy.js';
import { readGuestPolicy } from './guestPolicy.js';
import type { PlatformInfo } from './platformInfo.js';
import { readPlatformInfo } from './platformInfo.js';
import type { CpuId } from './product.js';
import { refuseReport } from './reasons.js';

/**
 * An SEV-SNP attestation report, taken apart (AMD 56860, ATTESTATION_REPORT). Parsing decides nothing about it. Hex is
 * lower case, in byte order of the report. Views share the input's memory.
 */
export interface SnpReport {
  readonly tee: 'sev-snp';
  readonly version: 2 | 3 | 4 | 5;
  readonly guestSvn: number;
  readonly policy: GuestPolicy;
  /** 16 bytes. */
  readonly familyId: string;
  /** 16 bytes. */
  readonly imageId: string;
  /** The privilege level inside the guest that asked, 0 to 3; 0xffffffff where the host did. */
  readonly vmpl: number;
  /** 1: ECDSA P-384 with SHA-384. */
  readonly signatureAlgorithm: number;
  /** 8 bytes, as are all TCB versions here; their layout depends on the product, see tcb.ts. */
  readonly currentTcb: string;
  readonly platformInfo: PlatformInfo;
  readonly signer: SignerInfo;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** The guest's initial contents, 48 bytes. */
  readonly measurement: string;
  /** What the host added at launch, 32 bytes. */
  readonly hostData: string;
  /** 48 bytes; zero where the guest was launched without an identity block. */
  readonly idKeyDigest: string;
  /** 48 bytes. */
  readonly authorKeyDigest: string;
  /** 32 bytes, new for each launch. */
  readonly reportId: string;
  /** The report id of the migration agent; ff throughout for none. */
  readonly reportIdMa: string;
  /** The TCB version that the signing key was derived for: the one that counts. */
  readonly reportedTcb: string;
  /** Undefined in version 2. */
  readonly cpu: CpuId | undefined;
  /** 64 bytes; zero where the host masks it. */
  readonly chipId: string;
  /** Firmware older than this cannot be loaded any more. */
  readonly committedTcb: string;
  readonly currentFirmware: FirmwareVersion;
  readonly committedFirmware: FirmwareVersion;
  /** The current TCB version when the guest was launched. */
  readonly launchTcb: string;
  /** Undefined before version 5. */
  readonly mitigations: MitigationVectors | undefined;
  /** Whoever runs the machine can read the guest's memory. */
  readonly debug: boolean;
  /** The 672 bytes that the endorsement key signed. */
  readonly signed: Uint8Array;
  /** r ‖ s, 96 bytes, big-endian. */
  readonly signature: Uint8Array;
  /** Every byte around r and s is zero; a signature must not have two forms. */
  readonly signaturePaddingIsZero: boolean;
}

export interface SignerInfo {
  /** `none` and reserved numbers: nobody signed in a way that we know. */
  readonly key: 'vcek' | 'vlek' | 'none' | 'reserved';
  /** The chip's key is not used: a report that it should have signed is not signed. */
  readonly maskChipKey: boolean;
  /** authorKeyDigest means something. */
  readonly authorKeyEnabled: boolean;
  readonly reservedBitsAreZero: boolean;
}

export interface FirmwareVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
}

/** A bit for each mitigation that the firmware has verified; AMD says what each means for a product. */
export interface MitigationVectors {
  readonly launch: bigint;
  readonly current: bigint;
}

export const SNP_REPORT_BYTES = 1184;

const SIGNED_BYTES = 0x2a0;
/** Of r and of s: little-endian, of which P-384 uses 48 bytes. */
const NUMBER_BYTES = 72;
const P384_BYTES = 48;

/** @throws EvidenceRefusal `length` or `version`: any 1184 bytes that begin with a known version are a report. */
export function parseReport(bytes: Uint8Array): SnpReport {
  if (bytes.length !== SNP_REPORT_BYTES) throw refuseReport(['length']);
  const view = new DataView(bytes.buffer, bytes.byteOffset, SNP_REPORT_BYTES);
  const hex = (start: number, length: number) => hexOf(bytes.subarray(start, start + length));
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => view.getBigUint64(at, true);
  const version = u32(0x00);
  if (version !== 2 && version !== 3 && version !== 4 && version !== 5) throw refuseReport(['version']);
  const policy = readGuestPolicy(u64(0x08));
  return {
    tee: 'sev-snp',
    version,
    guestSvn: u32(0x04),
    policy,
    familyId: hex(0x10, 16),
    imageId: hex(0x20, 16),
    vmpl: u32(0x30),
    signatureAlgorithm: u32(0x34),
    currentTcb: hex(0x38, 8),
    platformInfo: readPlatformInfo(u64(0x40)),
    signer: readSignerInfo(u32(0x48)),
    reportData: bytes.subarray(0x50, 0x90),
    measurement: hex(0x90, 48),
    hostData: hex(0xc0, 32),
    idKeyDigest: hex(0xe0, 48),
    authorKeyDigest: hex(0x110, 48),
    reportId: hex(0x140, 32),
    reportIdMa: hex(0x160, 32),
    reportedTcb: hex(0x180, 8),
    cpu:
      version >= 3
        ? { family: view.getUint8(0x188), model: view.getUint8(0x189), stepping: view.getUint8(0x18a) }
        : undefined,
    chipId: hex(0x1a0, 64),
    committedTcb: hex(0x1e0, 8),
    currentFirmware: readFirmwareVersion(bytes.subarray(0x1e8)),
    committedFirmware: readFirmwareVersion(bytes.subarray(0x1ec)),
    launchTcb: hex(0x1f0, 8),
    mitigations: version >= 5 ? { launch: u64(0x1f8), current: u64(0x200) } : undefined,
    debug: policy.debugAllowed,
    signed: bytes.subarray(0, SIGNED_BYTES),
    ...readSignature(bytes.subarray(SIGNED_BYTES)),
  };
}

const SIGNING_KEYS: Readonly<Record<number, SignerInfo['key']>> = { 0: 'vcek', 1: 'vlek', 7: 'none' };

function readSignerInfo(flags: number): SignerInfo {
  return {
    key: SIGNING_KEYS[(flags >>> 2) & 7] ?? 'reserved',
    maskChipKey: (flags & 2) !== 0,
    authorKeyEnabled: (flags & 1) !== 0,
    reservedBitsAreZero: flags >>> 5 === 0,
  };
}

function readFirmwareVersion([build = 0, minor = 0, major = 0]: Uint8Array): FirmwareVersion {
  return { major, minor, build };
}

function readSignature(field: Uint8Array): Pick<SnpReport, 'signature' | 'signaturePaddingIsZero'> {
  const numbers = [field.subarray(0, NUMBER_BYTES), field.subarray(NUMBER_BYTES, 2 * NUMBER_BYTES)];
  const padding = [...numbers.map((number) => number.subarray(P384_BYTES)), field.subarray(2 * NUMBER_BYTES)];
  return {
    signature: concatBytes(...numbers.map((number) => Uint8Array.from(number.subarray(0, P384_BYTES)).reverse())),
    signaturePaddingIsZero: padding.every((part) => part.every((byte) => byte === 0)),
  };
}
