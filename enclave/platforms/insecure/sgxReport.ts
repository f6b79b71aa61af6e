/** What goes into an SGX report body; whatever is absent is zero. */
export interface SgxReportContent {
  /** 16 bytes. */
  readonly cpuSvn?: Uint8Array;
  readonly miscSelect?: number;
  /** Attribute flags: 0x01 INIT, 0x02 DEBUG, 0x04 MODE64, 0x10 PROVISION_KEY, 0x80 KSS. */
  readonly flags: number;
  /** MRENCLAVE, hex, 32 bytes. */
  readonly measurement: string;
  /** MRSIGNER, hex, 32 bytes. */
  readonly signer: string;
  /** Hex, 64 bytes; means something with KSS only, as the next two. */
  readonly configId?: string;
  readonly configSvn?: number;
  /** Hex, 16 bytes. */
  readonly familyId?: string;
  readonly productId: number;
  readonly securityVersion: number;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

/** 384 bytes (Intel SDM, volume 3D, REPORT). */
export function writeSgxReport(content: SgxReportContent): Uint8Array {
  const bytes = Buffer.alloc(384);
  bytes.set(content.cpuSvn ?? [], 0);
  bytes.writeUInt32LE(content.miscSelect ?? 0, 16);
  bytes.writeUInt32LE(content.flags, 48);
  // XFRM: x87, SSE and AVX state.
  bytes.writeUInt32LE(7, 56);
  bytes.write(content.measurement, 64, 'hex');
  bytes.write(content.signer, 128, 'hex');
  bytes.write(content.configId ?? '', 192, 'hex');
  bytes.writeUInt16LE(content.productId, 256);
  bytes.writeUInt16LE(content.securityVersion, 258);
  bytes.writeUInt16LE(content.configSvn ?? 0, 260);
  bytes.write(content.familyId ?? '', 304, 'hex');
  bytes.set(content.reportData, 320);
  return bytes;
}
