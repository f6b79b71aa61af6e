import { Refusal } from '../../../enclave/refusals.js';

/** What an attester posts to /attest/SgxEnclave or /attest/OpenEnclave. */
export interface AttestRequest {
  /** The evidence exactly as posted. */
  readonly evidence: Uint8Array;
  /** The quote in it: for Open Enclave what follows the report header. */
  readonly quote: Uint8Array;
  readonly runtimeData: RuntimeData | undefined;
  readonly nonce: string | undefined;
}

export interface RuntimeData {
  readonly bytes: Uint8Array;
  readonly type: 'JSON' | 'Binary';
}

/** The kinds of evidence that this service verifies. */
export const EVIDENCE_KINDS = ['SgxEnclave', 'OpenEnclave'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

const MAXIMUM_NONCE_CHARACTERS = 256;

/** Fields of the protocol that would change the verdict: to ignore them would be to lie. */
const UNSUPPORTED = ['draftPolicyForAttestation', 'initTimeData'];

/** @throws Refusal BAD_INPUT that names the field, EVIDENCE_MALFORMED where an Open Enclave header is wrong. */
export function parseAttestRequest(kind: EvidenceKind, body: string): AttestRequest {
  const fields = parseObject(body);
  for (const field of UNSUPPORTED) {
    if (fields[field] !== undefined && fields[field] !== null) throw badInput(`${field} is not supported here`);
  }
  const evidence = bytesOf(fields, kind === 'SgxEnclave' ? 'quote' : 'report');
  return {
    evidence,
    quote: kind === 'SgxEnclave' ? evidence : withoutReportHeader(evidence),
    runtimeData: runtimeDataOf(fields.runtimeData),
    nonce: nonceOf(fields.nonce, body),
  };
}

function parseObject(body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new Refusal('BAD_INPUT', 'The body is not JSON.', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badInput('the body is not a JSON object');
  return value as Record<string, unknown>;
}

/** base64url; padding is accepted, since some clients of Azure send it. */
function bytesOf(fields: Readonly<Record<string, unknown>>, name: string): Uint8Array {
  const value = fields[name];
  if (typeof value !== 'string' || value === '' || !/^[A-Za-z0-9_-]+={0,2}$/.test(value))
    throw badInput(`${name} is not base64url`);
  return Buffer.from(value, 'base64url');
}

function runtimeDataOf(value: unknown): RuntimeData | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') throw badInput('runtimeData is not an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const type = fields.dataType ?? 'Binary';
  if (type !== 'JSON' && type !== 'Binary') throw badInput('runtimeData.dataType is neither JSON nor Binary');
  return { bytes: bytesOf(fields, 'data'), type };
}

/**
 * The specification says text; a client of Microsoft sends a number up to 2^64, whose digits only the raw body has. A
 * quote inside a JSON text is always escaped, so that the pattern finds names of members and nothing else.
 */
function nonceOf(value: unknown, body: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length > 0 && value.length <= MAXIMUM_NONCE_CHARACTERS) return value;
  const digits =
    typeof value === 'number' ? [...body.matchAll(/"nonce"\s*:\s*(\d{1,20})(?![\d.eE])/g)].at(-1)?.[1] : undefined;
  if (digits !== undefined && Number(digits) === value) return digits;
  throw badInput(`nonce is neither a text of 1 to ${MAXIMUM_NONCE_CHARACTERS} characters nor a whole number`);
}

const REPORT_HEADER_BYTES = 16;
const SGX_REMOTE = 2;

/** Open Enclave puts u32 version, u32 type, u64 length before the quote. */
function withoutReportHeader(report: Uint8Array): Uint8Array {
  const bytes = Buffer.from(report);
  const isRemoteReport =
    bytes.length > REPORT_HEADER_BYTES && bytes.readUInt32LE(0) === 1 && bytes.readUInt32LE(4) === SGX_REMOTE;
  if (!isRemoteReport)
    throw new Refusal('EVIDENCE_MALFORMED', 'The report has no Open Enclave header of a remote SGX report.');
  const length = bytes.readBigUInt64LE(8);
  const rest = bytes.subarray(REPORT_HEADER_BYTES);
  if (length > BigInt(rest.length))
    throw new Refusal(
      'EVIDENCE_MALFORMED',
      `The report names a quote of ${length.toString()} bytes and holds ${rest.length}.`,
    );
  return rest.subarray(0, Number(length));
}

function badInput(what: string): Refusal {
  return new Refusal('BAD_INPUT', `${what}.`);
}
