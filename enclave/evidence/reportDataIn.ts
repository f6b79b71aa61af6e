import type { PlatformEvidence } from './attester.js';
import { REPORT_DATA_BYTES } from './runtimeData.js';

const SNP_REPORT_DATA_AT = 0x50;
/** Where report_data begins inside an SGX report body, and inside a TD report body of either size. */
const SGX_REPORT_DATA_AT = 320;
const TD_REPORT_DATA_AT = 520;
const SGX_TEE = 0;
const TDX_TEE = 0x81;
/** After the header; a version 5 quote says the type and size of its body before it. */
const BODY_AT = 48;
const TYPED_BODY_AT = BODY_AT + 6;

/** Which TEE a quote names in its header; undefined where that is neither SGX nor TDX, or no header is there. */
export function kindOfQuote(quote: Uint8Array): 'SgxEnclave' | 'TdxVm' | undefined {
  if (quote.length < BODY_AT) return undefined;
  const tee = new DataView(quote.buffer, quote.byteOffset, quote.byteLength).getUint32(4, true);
  return tee === SGX_TEE ? 'SgxEnclave' : tee === TDX_TEE ? 'TdxVm' : undefined;
}

/**
 * The 64 bytes that the evidence says it vouches for, read without verifying anything: a driver compares them with what
 * it asked for, and so finds mixed-up answers before they travel. Undefined where the evidence is too short to hold any.
 */
export function reportDataIn(evidence: PlatformEvidence): Uint8Array | undefined {
  if (evidence.kind === 'SevSnpVm') return take(evidence.report, SNP_REPORT_DATA_AT);
  const { kind, quote } = evidence;
  if (kindOfQuote(quote) !== kind) return undefined;
  const version = new DataView(quote.buffer, quote.byteOffset, quote.byteLength).getUint16(0, true);
  const body = version >= 5 ? TYPED_BODY_AT : BODY_AT;
  return take(quote, body + (kind === 'TdxVm' ? TD_REPORT_DATA_AT : SGX_REPORT_DATA_AT));
}

function take(bytes: Uint8Array, at: number): Uint8Array | undefined {
  return bytes.length < at + REPORT_DATA_BYTES ? undefined : bytes.subarray(at, at + REPORT_DATA_BYTES);
}
