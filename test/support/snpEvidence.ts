import type { KeyObject } from 'node:crypto';
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import { integer, octetString, TAG, writeDer } from '../../enclave/asn1/der.js';
import { writePem } from '../../enclave/asn1/pem.js';
import type { RevocationListContent } from '../../enclave/asn1/revocationList.js';
import { writeRevocationList } from '../../enclave/asn1/revocationList.js';
import type {
  CertificateContent,
  CertificateExtension,
  CertificateSigner,
} from '../../enclave/asn1/writeCertificate.js';
import { certificateAuthority, keyUsage, writeCertificate } from '../../enclave/asn1/writeCertificate.js';
import { bytesOfHex } from '../../enclave/bytes.js';
import { nodePrimitives } from '../../enclave/verification/nodePrimitives.js';
import type { SnpProduct } from '../../enclave/verification/sevSnp/product.js';
import { AMD_EXTENSIONS } from '../../enclave/verification/sevSnp/vcekExtension.js';
import type { VerifyReportOptions } from '../../enclave/verification/sevSnp/verifyReport.js';
import type { TrustRoot } from '../../enclave/verification/trustRoot.js';

/** Complete SEV-SNP evidence under a test root: all keys are ours, so that one thing at a time can be wrong. */
export interface SnpEvidence {
  readonly report: Uint8Array;
  /** Leaf, ASK, ARK, DER. */
  readonly certificates: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** The same as PEM. */
  readonly pem: string;
  readonly revocationList: Uint8Array;
  readonly trustRoot: TrustRoot;
}

export interface SnpEvidenceChanges {
  /** Absent: Milan, signed by a VCEK. */
  readonly product?: SnpProduct;
  readonly signer?: 'vcek' | 'vlek';
  readonly report?: Partial<ReportContent>;
  readonly leaf?: Partial<CertificateContent>;
  /** What the leaf says of its chip; undefined leaves an extension out. */
  readonly extensions?: Readonly<Record<string, Uint8Array | undefined>>;
  readonly ask?: Partial<CertificateContent>;
  readonly ark?: Partial<CertificateContent>;
  readonly revocationList?: Partial<RevocationListContent>;
}

export interface ReportContent {
  readonly version: number;
  readonly guestSvn: number;
  readonly policy: bigint;
  readonly vmpl: number;
  readonly signatureAlgorithm: number;
  readonly platformInfo: bigint;
  readonly flags: number;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** Hex, 48 bytes. */
  readonly measurement: string;
  readonly hostData: string;
  readonly authorKeyDigest: string;
  /** Hex, 8 bytes: reported, current, committed and launch TCB alike. */
  readonly tcb: string;
  readonly cpu: readonly [family: number, model: number, stepping: number];
  /** Hex, 64 bytes. */
  readonly chipId: string;
  readonly mitigations: readonly [launch: bigint, current: bigint];
  readonly signWith: KeyObject;
}

/** The instant for which the evidence is made. */
export const SNP_NOW = Date.UTC(2026, 10, 2, 12);
const YEAR = 365 * 86_400_000;
const MONTH = 30 * 86_400_000;

const keys = {
  // As large as the vendor's; whoever imports this file waits a second or two for them, once.
  ark: generateKeyPairSync('rsa', { modulusLength: 4096 }),
  ask: generateKeyPairSync('rsa', { modulusLength: 4096 }),
  leaf: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
};
export const stranger = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
};

export const SNP_CHIP_ID = Array.from({ length: 64 }, (_, at) => (at * 3 + 1).toString(16).padStart(2, '0')).join('');

/** Of each layout: TCB version as the report writes it, the same levels as the certificate does, and a processor. */
const PRODUCTS = {
  Milan: { tcb: '03010000000008d1', cpu: [0x19, 0x01, 1], leafName: 'Milan-B0' },
  Genoa: { tcb: '09020000000017d9', cpu: [0x19, 0x11, 1], leafName: 'Genoa-B1' },
  Turin: { tcb: '0104020500000082', cpu: [0x1a, 0x02, 1], leafName: 'Turin' },
} as const;

const LEVELS: Readonly<Record<SnpProduct, Readonly<Record<string, number>>>> = {
  Milan: { '3.1': 3, '3.2': 1, '3.3': 8, '3.4': 0, '3.5': 0, '3.6': 0, '3.7': 0, '3.8': 0xd1 },
  Genoa: { '3.1': 9, '3.2': 2, '3.3': 0x17, '3.4': 0, '3.5': 0, '3.6': 0, '3.7': 0, '3.8': 0xd9 },
  Turin: { '3.9': 1, '3.1': 4, '3.2': 2, '3.3': 5, '3.5': 0, '3.6': 0, '3.7': 0, '3.8': 0x82 },
};

export function makeSnpEvidence(changes: SnpEvidenceChanges = {}): SnpEvidence {
  const { product = 'Milan', signer = 'vcek' } = changes;
  const names = {
    ark: { commonName: `ARK-${product}` },
    ask: { commonName: signer === 'vlek' ? `SEV-VLEK-${product}` : `SEV-${product}` },
    leaf: { commonName: `SEV-${signer.toUpperCase()}` },
  };
  const dates = { notBefore: SNP_NOW - YEAR, notAfter: SNP_NOW + YEAR };
  const arkSigner = pssSigner(keys.ark.privateKey);
  const ark = writeCertificate({
    subject: names.ark,
    issuer: names.ark,
    publicKey: spki(keys.ark.publicKey),
    signWith: arkSigner,
    serial: Uint8Array.of(1, 0, 0),
    extensions: [certificateAuthority(), keyUsage('keyCertSign', 'cRLSign')],
    ...dates,
    ...changes.ark,
  });
  const ask = writeCertificate({
    subject: names.ask,
    issuer: names.ark,
    publicKey: spki(keys.ask.publicKey),
    signWith: arkSigner,
    serial: ASK_SERIAL,
    extensions: [certificateAuthority(0), keyUsage('keyCertSign')],
    ...dates,
    ...changes.ask,
  });
  const leaf = writeCertificate({
    subject: names.leaf,
    issuer: names.ask,
    publicKey: spki(keys.leaf.publicKey),
    signWith: pssSigner(keys.ask.privateKey),
    serial: Uint8Array.of(0),
    extensions: leafExtensions(product, signer, changes.extensions),
    ...dates,
    ...changes.leaf,
  });
  const certificates = [leaf, ask, ark] as const;
  return {
    report: writeReport({
      ...reportOf(product, signer),
      ...changes.report,
    }),
    certificates,
    pem: certificates.map((der) => writePem(der)).join(''),
    revocationList: writeRevocationList({
      issuer: names.ark,
      signWith: arkSigner,
      thisUpdate: SNP_NOW - MONTH,
      nextUpdate: SNP_NOW + MONTH,
      ...changes.revocationList,
    }),
    trustRoot: { name: 'test-ark', simulated: true, publicKey: spki(keys.ark.publicKey) },
  };
}

/** What accepts it, with one thing changed. */
export function snpVerifyOptions(
  evidence: SnpEvidence,
  options: Partial<VerifyReportOptions> = {},
): VerifyReportOptions {
  return {
    now: SNP_NOW,
    trustRoots: [evidence.trustRoot],
    certificates: evidence.certificates,
    revocationList: evidence.revocationList,
    primitives: nodePrimitives,
    ...options,
  };
}

export const ASK_SERIAL = Uint8Array.of(1, 0, 1);

/** RSASSA-PSS with SHA-384, as the vendor signs certificates and CRLs. */
export function pssSigner(key: KeyObject): CertificateSigner {
  return {
    algorithm: 'RSASSA-PSS-SHA384',
    sign: (bytes) => sign('sha384', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }),
  };
}

export const amdExtension = (arcs: string, value: Uint8Array): CertificateExtension => ({
  oid: `${AMD_EXTENSIONS}.${arcs}`,
  value,
});

export const ia5String = (text: string) => writeDer(TAG.IA5_STRING, new TextEncoder().encode(text));
export const wrappedHardwareId = octetString(bytesOfHex(SNP_CHIP_ID));

export function leafExtensions(
  product: SnpProduct,
  signer: 'vcek' | 'vlek',
  changes: SnpEvidenceChanges['extensions'] = {},
): CertificateExtension[] {
  const all: Record<string, Uint8Array | undefined> = {
    1: integer(product === 'Turin' ? 1 : 0),
    2: ia5String(PRODUCTS[product].leafName),
    ...Object.fromEntries(Object.entries(LEVELS[product]).map(([arcs, level]) => [arcs, integer(level)])),
    ...(signer === 'vcek'
      ? { 4: bytesOfHex(SNP_CHIP_ID).subarray(0, product === 'Turin' ? 8 : 64) }
      : { 5: ia5String('CN=cloud.test') }),
    ...changes,
  };
  return Object.entries(all).flatMap(([arcs, value]) => (value ? [amdExtension(arcs, value)] : []));
}

function reportOf(product: SnpProduct, signer: 'vcek' | 'vlek'): ReportContent {
  const { tcb, cpu } = PRODUCTS[product];
  return {
    version: 3,
    guestSvn: 7,
    policy: 0x3001fn,
    vmpl: 0,
    signatureAlgorithm: 1,
    platformInfo: 0x25n,
    flags: signer === 'vlek' ? 1 << 2 : 0,
    reportData: new Uint8Array(64).fill(0xda),
    measurement: 'cd'.repeat(48),
    hostData: 'ab'.repeat(32),
    authorKeyDigest: '00'.repeat(48),
    tcb,
    cpu,
    chipId: product === 'Turin' ? SNP_CHIP_ID.slice(0, 16).padEnd(128, '0') : SNP_CHIP_ID,
    mitigations: [0n, 0n],
    signWith: keys.leaf.privateKey,
  };
}

function writeReport(content: ReportContent): Uint8Array {
  const report = new Uint8Array(1184);
  const view = new DataView(report.buffer);
  const put = (at: number, hex: string) => {
    report.set(bytesOfHex(hex), at);
  };
  view.setUint32(0x00, content.version, true);
  view.setUint32(0x04, content.guestSvn, true);
  view.setBigUint64(0x08, content.policy, true);
  view.setUint32(0x30, content.vmpl, true);
  view.setUint32(0x34, content.signatureAlgorithm, true);
  put(0x38, content.tcb);
  view.setBigUint64(0x40, content.platformInfo, true);
  view.setUint32(0x48, content.flags, true);
  report.set(content.reportData, 0x50);
  put(0x90, content.measurement);
  put(0xc0, content.hostData);
  put(0x110, content.authorKeyDigest);
  put(0x140, '1d'.repeat(32));
  put(0x160, 'ff'.repeat(32));
  put(0x180, content.tcb);
  if (content.version >= 3) report.set(content.cpu, 0x188);
  put(0x1a0, content.chipId);
  put(0x1e0, content.tcb);
  report.set([4, 52, 1, 0, 3, 51, 1], 0x1e8);
  put(0x1f0, content.tcb);
  if (content.version >= 5) {
    view.setBigUint64(0x1f8, content.mitigations[0], true);
    view.setBigUint64(0x200, content.mitigations[1], true);
  }
  const signature = sign('sha384', report.subarray(0, 0x2a0), { key: content.signWith, dsaEncoding: 'ieee-p1363' });
  report.set(signature.subarray(0, 48).reverse(), 0x2a0);
  report.set(signature.subarray(48).reverse(), 0x2a0 + 72);
  return report;
}

function spki(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }));
}
