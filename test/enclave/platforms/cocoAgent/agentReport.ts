/**
 * An SEV-SNP report as the attestation agent writes it into JSON: virtee's `sev` crate takes the bytes apart, serde writes
 * the fields. `old` is the crate before version 6, which keeps reserved fields and has no CPUID; Turin's TCB is in the new.
 */
export function agentReport(report: Uint8Array, crate: 'old' | 'new'): Record<string, unknown> {
  const bytes = Buffer.from(report);
  const version = bytes.readUInt32LE(0);
  const isNew = crate === 'new';
  const list = (at: number, length: number) => [...bytes.subarray(at, at + length)];
  const turin = isNew && version >= 3 && (bytes[0x188] ?? 0) >= 0x1a;
  const tcb = (at: number) => {
    const [a = 0, b = 0, c = 0, d = 0, , , g = 0, h = 0] = list(at, 8);
    if (!isNew) return { bootloader: a, tee: b, _reserved: list(at + 2, 4), snp: g, microcode: h };
    return turin
      ? { fmc: a, bootloader: b, tee: c, snp: d, microcode: h }
      : { fmc: null, bootloader: a, tee: b, snp: g, microcode: h };
  };
  const firmware = (at: number, name: string) => {
    const [build, minor, major] = list(at, 3);
    return isNew
      ? { [name]: { major, minor, build } }
      : { [`${name}_build`]: build, [`${name}_minor`]: minor, [`${name}_major`]: major };
  };
  const cpuid = (at: number) => (version >= 3 ? bytes[at] : null);
  return {
    version,
    guest_svn: bytes.readUInt32LE(4),
    policy: Number(bytes.readBigUInt64LE(8)),
    family_id: list(0x10, 16),
    image_id: list(0x20, 16),
    vmpl: bytes.readUInt32LE(0x30),
    sig_algo: bytes.readUInt32LE(0x34),
    current_tcb: tcb(0x38),
    plat_info: Number(bytes.readBigUInt64LE(0x40)),
    ...(isNew ? { key_info: bytes.readUInt32LE(0x48) } : { _author_key_en: bytes.readUInt32LE(0x48), _reserved_0: 0 }),
    report_data: list(0x50, 64),
    measurement: list(0x90, 48),
    host_data: list(0xc0, 32),
    id_key_digest: list(0xe0, 48),
    author_key_digest: list(0x110, 48),
    report_id: list(0x140, 32),
    report_id_ma: list(0x160, 32),
    reported_tcb: tcb(0x180),
    ...(isNew
      ? { cpuid_fam_id: cpuid(0x188), cpuid_mod_id: cpuid(0x189), cpuid_step: cpuid(0x18a) }
      : { _reserved_1: list(0x188, 24) }),
    chip_id: list(0x1a0, 64),
    committed_tcb: tcb(0x1e0),
    ...firmware(0x1e8, 'current'),
    ...firmware(0x1ec, 'committed'),
    launch_tcb: tcb(0x1f0),
    ...(isNew && version >= 5
      ? {
          launch_mit_vector: Number(bytes.readBigUInt64LE(0x1f8)),
          current_mit_vector: Number(bytes.readBigUInt64LE(0x200)),
        }
      : {}),
    signature: {
      r: list(0x2a0, 72),
      s: list(0x2a0 + 72, 72),
      ...(isNew ? {} : { _reserved: list(0x2a0 + 144, 368) }),
    },
  };
}
