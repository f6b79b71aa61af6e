/** What goes into an Azure HCL report; everything absent is as the paravisor writes it. */
export interface HclReportContent {
  /** 2: SEV-SNP, 4: TDX. */
  readonly type: number;
  /** The hardware report, at most 1184 bytes. */
  readonly hardware: Uint8Array;
  readonly runtimeData: string;
  readonly signature?: string;
  readonly version?: number;
  readonly reportSize?: number;
  readonly dataSize?: number;
  readonly requestVersion?: number;
  readonly hashType?: number;
  readonly runtimeSize?: number;
}

/** As it lies in the vTPM: an index of 2600 bytes, or as many as it takes. */
export function writeHclReport(content: HclReportContent): Uint8Array {
  const runtimeData = Buffer.from(content.runtimeData);
  const size = 1236 + runtimeData.length;
  const bytes = Buffer.alloc(Math.max(2600, size));
  bytes.write(content.signature ?? 'HCLA', 0, 'latin1');
  bytes.writeUInt32LE(content.version ?? 2, 4);
  bytes.writeUInt32LE(content.reportSize ?? size, 8);
  bytes.writeUInt32LE(2, 12);
  bytes.set(content.hardware, 32);
  bytes.writeUInt32LE(content.dataSize ?? 20 + runtimeData.length, 1216);
  bytes.writeUInt32LE(content.requestVersion ?? 1, 1220);
  bytes.writeUInt32LE(content.type, 1224);
  bytes.writeUInt32LE(content.hashType ?? 1, 1228);
  bytes.writeUInt32LE(content.runtimeSize ?? runtimeData.length, 1232);
  bytes.set(runtimeData, 1236);
  return bytes;
}

/** A TDREPORT of 1024 bytes out of a TD report body of 648: its MAC is nobody's. */
export function writeTdMacReport(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1024);
  const part = (start: number, length: number) => body.subarray(start, start + length);
  bytes[0] = 0x81;
  bytes.set(part(520, 64), 128);
  bytes.fill(0x3a, 224, 256);
  bytes.set(part(0, 120), 264);
  bytes.set(part(584, 16), 384);
  bytes.set(part(120, 400), 512);
  bytes.set(part(600, 48), 912);
  return bytes;
}

/** The paravisor’s JSON with stand-ins for keys, and with the changes. */
export function hclRuntimeData(changes: Readonly<Record<string, unknown>> = {}): string {
  const key = (kid: string, operation: string) => ({ kid, key_ops: [operation], kty: 'RSA', e: 'AQAB', n: 'yJsX' });
  return JSON.stringify({
    keys: [key('HCLAkPub', 'sign'), key('HCLEkPub', 'encrypt')],
    'vm-configuration': { 'secure-boot': true, vmUniqueId: '00000000-0000-0000-0000-000000000000' },
    'user-data': 'AB'.repeat(64),
    ...changes,
  });
}
