import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { readPem } from '../enclave/asn1/pem.js';
import { bytesOfBase64, bytesOfHex, latin1Of } from '../enclave/bytes.js';
import { certificateEvidence } from '../enclave/evidence/certificateEvidence.js';
import { Refusal } from '../enclave/refusals.js';
import { parseHclReport } from '../enclave/verification/azureHcl/hclReport.js';
import type { Collateral } from '../enclave/verification/dcap/collateral.js';
import { EvidenceRefusal } from '../enclave/verification/evidenceRefusal.js';
import { nodePrimitives } from '../enclave/verification/nodePrimitives.js';
import { SNP_REPORT_BYTES } from '../enclave/verification/sevSnp/report.js';

/** Evidence as files hold it, with whatever came along. Nothing of it is verified. */
export type EvidenceFile =
  | (QuoteEvidence & Companions)
  | (SnpEvidence & Companions)
  /** An attestation result: what somebody else verified. */
  | { readonly kind: 'token'; readonly form: string; readonly token: string };

export interface QuoteEvidence {
  readonly kind: 'quote';
  readonly quote: Uint8Array;
  readonly collateral?: Collateral;
}

export interface SnpEvidence {
  readonly kind: 'sev-snp';
  readonly report: Uint8Array;
  /** PEM, or DER one by one: leaf, ASK, ARK. */
  readonly certificates?: string | readonly Uint8Array[];
}

interface Companions {
  /** What the file was taken for, in words. */
  readonly form: string;
  /** What the evidence should vouch for. */
  readonly binding?: Binding;
}

/** What the first bytes of report_data must be. */
export interface Binding {
  readonly expected: Uint8Array;
  /** For instance `the key of the certificate`. */
  readonly what: string;
}

const MAXIMUM_FILE_BYTES = 1024 * 1024;
const OPEN_ENCLAVE_HEADER_BYTES = 16;

/**
 * Takes a file for what its content says, whatever its name: a quote, bare or with Open Enclave's header; a SEV-SNP report; a
 * certificate that carries evidence; a request to an attestation service or a gateway's /evidence as JSON; a JWT; or one of these
 * in base64 or hex.
 *
 * @throws Refusal NOT_FOUND, TOO_LARGE, or EVIDENCE_MALFORMED where it is none of these.
 */
export function readEvidenceFile(path: string): EvidenceFile {
  const bytes = readBytes(path);
  return binaryEvidence(bytes) ?? textEvidence(textOf(bytes)) ?? unknown(path, bytes.length);
}

function binaryEvidence(bytes: Uint8Array): EvidenceFile | undefined {
  if (bytes.length < OPEN_ENCLAVE_HEADER_BYTES) return undefined;
  if (latin1Of(bytes.subarray(0, 4)) === 'HCLA') return paravisorEvidence(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [first, second] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (bytes.length === SNP_REPORT_BYTES && first >= 2 && first <= 5)
    return { kind: 'sev-snp', form: 'SEV-SNP report', report: bytes };
  if (first === 1 && second === 2) {
    return { kind: 'quote', form: 'Open Enclave report', quote: bytes.subarray(OPEN_ENCLAVE_HEADER_BYTES) };
  }
  const version = view.getUint16(0, true);
  const isQuote = version >= 3 && version <= 5 && (second === 0 || second === 0x81);
  if (isQuote) return { kind: 'quote', form: `DCAP quote, version ${version}`, quote: bytes };
  // A SEQUENCE whose length takes two bytes: no text begins so.
  return bytes[0] === 0x30 && bytes[1] === 0x82 ? certificateFile(bytes) : undefined;
}

/** A report of Azure's paravisor: hardware evidence, and JSON that it vouches for. @throws EvidenceRefusal */
function paravisorEvidence(bytes: Uint8Array): EvidenceFile {
  const { hardware, runtimeBytes } = parseHclReport(bytes);
  // A TDREPORT can be verified on its own machine only; a quote of it could be.
  if (hardware.kind === 'TdxVm') throw new EvidenceRefusal(['td-quote-missing']);
  const binding = bindingTo(runtimeBytes);
  return { kind: 'sev-snp', form: "report of Azure's paravisor", report: hardware.report, binding };
}

function textEvidence(text: string | undefined): EvidenceFile | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed.startsWith('-----BEGIN CERTIFICATE-----')) {
    const [der] = readPem(trimmed);
    return der && certificateFile(der);
  }
  if (trimmed.startsWith('{')) return jsonEvidence(trimmed);
  if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(trimmed)) return { kind: 'token', form: 'attestation result', token: trimmed };
  if (/^[0-9a-fA-F\s]+$/.test(trimmed)) return binaryEvidence(bytesOfHex(trimmed.replace(/\s/g, '')));
  if (/^[\w+/=\s-]+$/.test(trimmed)) return binaryEvidence(base64(trimmed.replace(/\s/g, ''), 'the file'));
  return undefined;
}

function certificateFile(der: Uint8Array): EvidenceFile {
  const evidence = certificateEvidence(der, nodePrimitives);
  if (!evidence) throw new Refusal('EVIDENCE_MALFORMED', 'The certificate carries no evidence.');
  const { expectedReportData: expected, format, namesKey, quote } = evidence;
  // Evidence that is about another key can be bound to nothing here.
  const binding = { expected: namesKey ? expected : new Uint8Array(32).fill(0xff), what: 'the key of the certificate' };
  return { kind: 'quote', form: `certificate with evidence (${format})`, quote, binding };
}

type Fields = Readonly<Record<string, unknown>>;

/** What attesters post to Azure Attestation, what gateways answer, and test vectors. */
function jsonEvidence(text: string): EvidenceFile | undefined {
  const fields = objectOf(text);
  const { quote, report, leaf, ask, ark, token, collateral } = fields;
  if (typeof token === 'string') return { kind: 'token', form: 'attestation result in JSON', token };
  const binding = bindingOf(fields.runtimeData);
  if (typeof quote === 'string') {
    const isVector = typeof collateral === 'object' && collateral !== null;
    return {
      kind: 'quote',
      form: isVector ? 'quote with collateral in JSON' : 'quote in JSON',
      quote: base64(quote, 'quote'),
      ...(isVector && { collateral: collateral as Collateral }),
      ...(binding && { binding }),
    };
  }
  if (typeof report !== 'string') return undefined;
  const bytes = base64(report, 'report');
  if (bytes[0] === 0x7b) return { ...envelope(bytes), ...(binding && { binding }) };
  const certificates = [leaf, ask, ark].flatMap((each) =>
    typeof each === 'string' ? [base64(each, 'certificate')] : [],
  );
  const inner = binaryEvidence(bytes);
  if (inner?.kind !== 'sev-snp') return inner && { ...inner, ...(binding && { binding }) };
  return { ...inner, ...(certificates.length > 0 && { certificates }), ...(binding && { binding }) };
}

/** What Azure Attestation takes as `report` for SEV-SNP: JSON around the report. */
function envelope(bytes: Uint8Array): SnpEvidence & Companions {
  const { SnpReport: report, VcekCertChain: chain } = objectOf(textOf(bytes) ?? '');
  return {
    kind: 'sev-snp',
    form: 'SEV-SNP report in JSON',
    report: base64(report, 'SnpReport'),
    ...(typeof chain === 'string' && { certificates: textOf(base64(chain, 'VcekCertChain')) ?? '' }),
  };
}

function bindingOf(runtimeData: unknown): Binding | undefined {
  const data = (runtimeData as { data?: unknown } | null | undefined)?.data;
  return typeof data === 'string' ? bindingTo(base64(data, 'runtimeData.data')) : undefined;
}

/** By Azure's rule: SHA-256 of the runtime data is the first half of report_data. */
export function bindingTo(runtimeData: Uint8Array): Binding {
  return { expected: nodePrimitives.sha256(runtimeData), what: `runtime data of ${runtimeData.length} bytes` };
}

function objectOf(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  } catch (cause) {
    throw new Refusal('EVIDENCE_MALFORMED', 'The file begins like JSON and is not.', { cause });
  }
  throw new Refusal('EVIDENCE_MALFORMED', 'The file is JSON, and no object.');
}

function base64(value: unknown, name: string): Uint8Array {
  try {
    if (typeof value === 'string') return bytesOfBase64(value);
  } catch (cause) {
    throw new Refusal('EVIDENCE_MALFORMED', `${name} is not base64.`, { cause });
  }
  throw new Refusal('EVIDENCE_MALFORMED', `${name} is not a text.`);
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** @throws Refusal NOT_FOUND, TOO_LARGE */
export function readBytes(path: string): Uint8Array {
  let file: number | undefined;
  try {
    file = path === '-' ? 0 : openSync(path, 'r');
    const { size } = fstatSync(file);
    if (size > MAXIMUM_FILE_BYTES)
      throw new Refusal('TOO_LARGE', `${path} has ${size} bytes; evidence has at most ${MAXIMUM_FILE_BYTES}.`);
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('NOT_FOUND', `The file ${path} cannot be read.`, { cause });
  } finally {
    if (file !== undefined && file !== 0) closeSync(file);
  }
}

function unknown(path: string, size: number): never {
  throw new Refusal(
    'EVIDENCE_MALFORMED',
    `${path} (${size} bytes) is neither a quote, a report, a certificate with evidence, nor an attestation result.`,
  );
}
