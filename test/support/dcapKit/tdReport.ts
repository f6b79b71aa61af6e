/** What goes into a TD report body; hex, and zeros where it is absent. */
export interface TdReportContent {
  /** 16 security versions. */
  readonly teeTcbSvn: readonly number[];
  readonly mrSeam?: string;
  readonly mrSignerSeam?: string;
  readonly seamAttributes?: string;
  readonly tdAttributes?: string;
  readonly xfam?: string;
  readonly mrTd?: string;
  readonly mrConfigId?: string;
  readonly mrOwner?: string;
  readonly mrOwnerConfig?: string;
  readonly rtmrs?: readonly string[];
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** TDX 1.5 only: its presence makes the body 648 bytes instead of 584. */
  readonly td15?: { readonly teeTcbSvn2: readonly number[]; readonly mrServiceTd?: string };
}

/** Intel, TDX DCAP quoting library API, A.3.2. */
export function writeTdReport(content: TdReportContent): Uint8Array {
  const { td15 } = content;
  const bytes = Buffer.alloc(td15 ? 648 : 584);
  const hex = (text: string | undefined, at: number) => bytes.write(text ?? '', at, 'hex');
  bytes.set(content.teeTcbSvn, 0);
  hex(content.mrSeam, 16);
  hex(content.mrSignerSeam, 64);
  hex(content.seamAttributes, 112);
  hex(content.tdAttributes, 120);
  hex(content.xfam, 128);
  hex(content.mrTd, 136);
  hex(content.mrConfigId, 184);
  hex(content.mrOwner, 232);
  hex(content.mrOwnerConfig, 280);
  for (const [index, rtmr] of (content.rtmrs ?? []).entries()) hex(rtmr, 328 + 48 * index);
  bytes.set(content.reportData, 520);
  bytes.set(td15?.teeTcbSvn2 ?? [], 584);
  if (td15) hex(td15.mrServiceTd, 600);
  return bytes;
}
