import { SNP_REPORT_BYTES } from '../answer.js';

/** Where the last field before the mitigation vectors ends, and where the signature begins. */
const LAUNCH_MITIGATION_AT = 0x1f8;
const CURRENT_MITIGATION_AT = 0x200;
const SIGNATURE_AT = 0x2a0;
/** CPUID family from which on TCB versions have Turin's layout. */
const TURIN_FAMILY = 0x1a;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The 1184 bytes of an SEV-SNP report out of the fields into which the agent took it apart: those of virtee's `sev` crate,
 * before and after its version 6 (AMD 56860, SEV Secure Nested Paging Firmware ABI, ATTESTATION_REPORT). Nothing is made
 * up: a field that is missing is an error. What the agent drops are the reserved bytes, which must be zero; where a later
 * firmware fills them, the report's signature does not verify any more, and no verifier accepts it.
 *
 * @throws RangeError that names the field.
 */
export function snpReportOf(fields: Fields): Uint8Array {
  const report = new Uint8Array(SNP_REPORT_BYTES);
  const view = new DataView(report.buffer);
  const version = whole(fields, 'version', 2 ** 32 - 1);
  if (version < 2) throw new RangeError(`version is ${version}`);
  const family = version >= 3 ? whole(fields, 'cpuid_fam_id', 255) : 0;
  const turin = family >= TURIN_FAMILY || tcbHasFmc(fields);

  const u32 = (at: number, name: string) => view.setUint32(at, whole(fields, name, 2 ** 32 - 1), true);
  const u64 = (at: number, name: string) =>
    view.setBigUint64(at, BigInt(whole(fields, name, Number.MAX_SAFE_INTEGER)), true);
  const bytes = (at: number, name: string, length: number) => report.set(byteArray(fields[name], name, length), at);
  const tcb = (at: number, name: string) => report.set(tcbVersion(object(fields, name), name, turin), at);

  u32(0x00, 'version');
  u32(0x04, 'guest_svn');
  u64(0x08, 'policy');
  bytes(0x10, 'family_id', 16);
  bytes(0x20, 'image_id', 16);
  u32(0x30, 'vmpl');
  u32(0x34, 'sig_algo');
  tcb(0x38, 'current_tcb');
  u64(0x40, 'plat_info');
  // Older agents name the whole field after its lowest bit.
  u32(0x48, 'key_info' in fields ? 'key_info' : '_author_key_en');
  bytes(0x50, 'report_data', 64);
  bytes(0x90, 'measurement', 48);
  bytes(0xc0, 'host_data', 32);
  bytes(0xe0, 'id_key_digest', 48);
  bytes(0x110, 'author_key_digest', 48);
  bytes(0x140, 'report_id', 32);
  bytes(0x160, 'report_id_ma', 32);
  tcb(0x180, 'reported_tcb');
  if (version >= 3)
    report.set(
      ['cpuid_fam_id', 'cpuid_mod_id', 'cpuid_step'].map((name) => octet(fields, name)),
      0x188,
    );
  bytes(0x1a0, 'chip_id', 64);
  tcb(0x1e0, 'committed_tcb');
  report.set(firmwareVersion(fields, 'current'), 0x1e8);
  report.set(firmwareVersion(fields, 'committed'), 0x1ec);
  tcb(0x1f0, 'launch_tcb');
  if (version >= 5) {
    u64(LAUNCH_MITIGATION_AT, 'launch_mit_vector');
    u64(CURRENT_MITIGATION_AT, 'current_mit_vector');
  }
  const signature = object(fields, 'signature');
  report.set(byteArray(signature.r, 'signature.r', 72), SIGNATURE_AT);
  report.set(byteArray(signature.s, 'signature.s', 72), SIGNATURE_AT + 72);
  return report;
}

/** Reports of version 2 say no CPUID; newer agents then say by `fmc` that they read Turin's layout. */
function tcbHasFmc(fields: Fields): boolean {
  const { fmc } = object(fields, 'reported_tcb');
  return fmc !== undefined && fmc !== null;
}

/** Milan and Genoa: boot loader, TEE, four reserved, SNP, microcode. Turin: FMC, boot loader, TEE, SNP, …, microcode. */
function tcbVersion(tcb: Fields, name: string, turin: boolean): number[] {
  const part = (field: string) => octet(tcb, field, `${name}.${field}`);
  const common = [part('bootloader'), part('tee')];
  return turin
    ? [part('fmc'), ...common, part('snp'), 0, 0, 0, part('microcode')]
    : [...common, 0, 0, 0, 0, part('snp'), part('microcode')];
}

/** Build, minor, major: `{build, minor, major}` since version 6 of the crate, three fields of the report before. */
function firmwareVersion(fields: Fields, name: 'current' | 'committed'): number[] {
  const parts = ['build', 'minor', 'major'];
  if (fields[name] === undefined) return parts.map((part) => octet(fields, `${name}_${part}`));
  const version = object(fields, name);
  return parts.map((part) => octet(version, part, `${name}.${part}`));
}

function object(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new RangeError(`${name} is missing`);
}

function octet(fields: Fields, name: string, path = name): number {
  return whole(fields, name, 255, path);
}

/** Beyond 2^53 JSON numbers are no longer what the agent wrote. */
function whole(fields: Fields, name: string, maximum: number, path = name): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= maximum) return value;
  throw new RangeError(
    value === undefined || value === null ? `${path} is missing` : `${path} is no number up to ${maximum}`,
  );
}

function byteArray(value: unknown, path: string, length: number): number[] {
  const isByte = (item: unknown) => Number.isInteger(item) && (item as number) >= 0 && (item as number) <= 255;
  if (value === undefined) throw new RangeError(`${path} is missing`);
  if (Array.isArray(value) && value.length === length && value.every(isByte)) return value as number[];
  throw new RangeError(`${path} is not ${length} bytes`);
}
