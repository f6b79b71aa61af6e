import type { KeyObject } from 'node:crypto';
import { createHash, createPublicKey, sign } from 'node:crypto';

/** What goes into an SGX report body; everything else in it is zero. */
export interface ReportContent {
  /** 16 bytes. */
  readonly cpuSvn: Uint8Array;
  /** Attribute flags: 0x01 INIT, 0x02 DEBUG, 0x04 MODE64, 0x10 PROVISION_KEY. */
  readonly flags: number;
  /** MRENCLAVE, hex, 32 bytes. */
  readonly measurement: string;
  /** MRSIGNER, hex, 32 bytes. */
  readonly signer: string;
  readonly productId: number;
  readonly securityVersion: number;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
}

export interface QuoteContent {
  readonly enclave: ReportContent;
  /** The quoting enclave; its report data is computed here. */
  readonly quotingEnclave: Omit<ReportContent, 'reportData'>;
  readonly pceSvn: number;
  /** P-256. */
  readonly attestationKey: KeyObject;
  /** P-256: the private key of the chain's leaf. */
  readonly pckKey: KeyObject;
  /** PEM, leaf first. */
  readonly pckChain: string;
}

/** Intel's, as the format demands it of every quote. */
const QE_VENDOR_ID = '939a7233f79c4ca9940a0db3957f0607';
/** ECDSA over P-256 with SHA-256. */
const ATTESTATION_KEY_TYPE = 2;
/** Certification data is the PEM chain itself. */
const PCK_CHAIN_TYPE = 5;
const QE_AUTHENTICATION_DATA = Buffer.from(Array.from({ length: 32 }, (_, index) => index));

/** An SGX DCAP quote, version 3 (Intel, SGX ECDSA Quote Library API reference, appendix A). */
export function writeQuote(content: QuoteContent): Uint8Array {
  const attestationKey = rawPublicKey(content.attestationKey);
  const body = Buffer.concat([header(content), report(content.enclave)]);
  const binding = createHash('sha256').update(attestationKey).update(QE_AUTHENTICATION_DATA).digest();
  const qeReport = report({ ...content.quotingEnclave, reportData: Buffer.concat([binding, Buffer.alloc(32)]) });
  const chain = Buffer.from(`${content.pckChain}\0`);
  const signaturePart = Buffer.concat([
    signRaw(body, content.attestationKey),
    attestationKey,
    qeReport,
    signRaw(qeReport, content.pckKey),
    u16(QE_AUTHENTICATION_DATA.length),
    QE_AUTHENTICATION_DATA,
    u16(PCK_CHAIN_TYPE),
    u32(chain.length),
    chain,
  ]);
  return Buffer.concat([body, u32(signaturePart.length), signaturePart]);
}

function header({ quotingEnclave, pceSvn }: QuoteContent): Buffer {
  return Buffer.concat([
    u16(3),
    u16(ATTESTATION_KEY_TYPE),
    u32(0),
    u16(quotingEnclave.securityVersion),
    u16(pceSvn),
    Buffer.from(QE_VENDOR_ID, 'hex'),
    Buffer.alloc(20),
  ]);
}

/** 384 bytes. */
function report(content: ReportContent): Buffer {
  const bytes = Buffer.alloc(384);
  bytes.set(content.cpuSvn, 0);
  bytes.writeUInt32LE(content.flags, 48);
  // XFRM: x87, SSE and AVX state.
  bytes.writeUInt32LE(7, 56);
  bytes.write(content.measurement, 64, 'hex');
  bytes.write(content.signer, 128, 'hex');
  bytes.writeUInt16LE(content.productId, 256);
  bytes.writeUInt16LE(content.securityVersion, 258);
  bytes.set(content.reportData, 320);
  return bytes;
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
