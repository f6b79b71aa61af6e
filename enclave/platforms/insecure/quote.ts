import type { KeyObject } from 'node:crypto';
import { createHash, createPublicKey, sign } from 'node:crypto';
import type { SgxReportContent } from './sgxReport.js';
import { writeSgxReport } from './sgxReport.js';

export interface QuoteHeader {
  /** 3 (SGX), 4 (SGX or TDX 1.0) or 5 (either, its body’s type written before it). */
  readonly version: number;
  /** Absent: 0, SGX; 0x81 is TDX. */
  readonly teeType?: number;
  /** Absent: 2, ECDSA over P-256 with SHA-256. */
  readonly attestationKeyType?: number;
  /** Hex, 16 bytes; absent: Intel’s, as the format demands it of every quote. */
  readonly qeVendorId?: string;
  /** Written in version 3 only. */
  readonly pceSvn: number;
  /** Version 5 only; absent: what belongs to the body’s length. */
  readonly bodyType?: number;
}

export interface QuoteContent {
  readonly header: QuoteHeader;
  /** The report of the enclave or TD. */
  readonly body: Uint8Array;
  /** Without report data, it gets those that bind the attestation key. */
  readonly quotingEnclave: Omit<SgxReportContent, 'reportData'> & { readonly reportData?: Uint8Array };
  /** P-256. */
  readonly attestationKey: KeyObject;
  /** P-256: the private key of the chain's leaf. */
  readonly pckKey: KeyObject;
  /** PEM, leaf first. */
  readonly pckChain: string;
}

const INTEL_QE_VENDOR_ID = '939a7233f79c4ca9940a0db3957f0607';
/** Certification data is the PEM chain itself; in versions 4 and 5 with the quoting enclave’s report around it. */
const PCK_CHAIN_TYPE = 5;
const QE_REPORT_TYPE = 6;
const BODY_TYPE: Readonly<Record<number, number>> = { 384: 1, 584: 2, 648: 3 };
const QE_AUTHENTICATION_DATA = Buffer.from(Array.from({ length: 32 }, (_, index) => index));

/** A DCAP quote (Intel, SGX ECDSA quote library API, appendix A; TDX DCAP quoting library API, appendix A). */
export function writeQuote(content: QuoteContent): Uint8Array {
  const { header, body, attestationKey } = content;
  const signed = Buffer.concat([writeHeader(content), ...(header.version >= 5 ? [bodyFrame(content)] : []), body]);
  const certification = writeCertification(content);
  const signaturePart = Buffer.concat([
    signRaw(signed, attestationKey),
    rawPublicKey(attestationKey),
    ...(header.version >= 4 ? [u16(QE_REPORT_TYPE), u32(certification.length)] : []),
    certification,
  ]);
  return Buffer.concat([signed, u32(signaturePart.length), signaturePart]);
}

function writeHeader({ header, quotingEnclave }: QuoteContent): Buffer {
  const v3 = header.version === 3;
  return Buffer.concat([
    u16(header.version),
    u16(header.attestationKeyType ?? 2),
    u32(header.teeType ?? 0),
    u16(v3 ? quotingEnclave.securityVersion : 0),
    u16(v3 ? header.pceSvn : 0),
    Buffer.from(header.qeVendorId ?? INTEL_QE_VENDOR_ID, 'hex'),
    Buffer.alloc(20),
  ]);
}

function bodyFrame({ header, body }: QuoteContent): Buffer {
  return Buffer.concat([u16(header.bodyType ?? BODY_TYPE[body.length] ?? 0), u32(body.length)]);
}

function writeCertification({ quotingEnclave, attestationKey, pckKey, pckChain }: QuoteContent): Buffer {
  const binding = createHash('sha256').update(rawPublicKey(attestationKey)).update(QE_AUTHENTICATION_DATA).digest();
  const report = writeSgxReport({ reportData: Buffer.concat([binding, Buffer.alloc(32)]), ...quotingEnclave });
  const chain = Buffer.from(`${pckChain}\0`);
  return Buffer.concat([
    report,
    signRaw(report, pckKey),
    u16(QE_AUTHENTICATION_DATA.length),
    QE_AUTHENTICATION_DATA,
    u16(PCK_CHAIN_TYPE),
    u32(chain.length),
    chain,
  ]);
}

/** x ‖ y, 64 bytes, big-endian. */
function rawPublicKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}

/** r ‖ s, 64 bytes, big-endian. */
function signRaw(bytes: Uint8Array, key: KeyObject): Buffer {
  return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' });
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
