import type { HeldData } from '../../../enclave/results/evidenceClaims.js';
import { Refusal } from '../../../enclave/refusals.js';

/** What an attester posts to /attest/{kind}. */
export interface AttestRequest {
  readonly kind: EvidenceKind;
  /** The evidence exactly as posted: a quote, an Open Enclave report, or the JSON around an SEV-SNP report. */
  readonly evidence: Uint8Array;
  readonly runtimeData: HeldData | undefined;
  readonly initTimeData: HeldData | undefined;
  readonly nonce: string | undefined;
  /** A policy to be tried in place of the one in force: its text, or a JWS that holds it. */
  readonly draftPolicy: string | undefined;
}

/** The kinds of evidence that this service verifies. */
export const EVIDENCE_KINDS = ['SgxEnclave', 'OpenEnclave', 'TdxVm', 'SevSnpVm'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

const EVIDENCE_FIELD: Readonly<Record<EvidenceKind, 'quote' | 'report'>> = {
  SgxEnclave: 'quote',
  OpenEnclave: 'report',
  TdxVm: 'quote',
  SevSnpVm: 'report',
};

const MAXIMUM_NONCE_CHARACTERS = 256;

/** @throws Refusal BAD_INPUT that names the field. */
export function parseAttestRequest(kind: EvidenceKind, body: string): AttestRequest {
  const fields = parseObject(body);
  return {
    kind,
    evidence: bytesOf(fields, EVIDENCE_FIELD[kind]),
    runtimeData: heldDataOf(fields, 'runtimeData'),
    initTimeData: heldDataOf(fields, 'initTimeData'),
    nonce: nonceOf(fields.nonce, body),
    draftPolicy: draftPolicyOf(kind, fields.draftPolicyForAttestation),
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

function heldDataOf(
  fields: Readonly<Record<string, unknown>>,
  name: 'runtimeData' | 'initTimeData',
): HeldData | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') throw badInput(`${name} is not an object`);
  const held = value as Readonly<Record<string, unknown>>;
  const type = held.dataType ?? 'Binary';
  if (type !== 'JSON' && type !== 'Binary') throw badInput(`${name}.dataType is neither JSON nor Binary`);
  return { bytes: bytesOf(held, 'data'), type };
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

function draftPolicyOf(kind: EvidenceKind, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (kind === 'TdxVm') throw badInput('draftPolicyForAttestation is not part of the protocol for TdxVm');
  if (typeof value !== 'string' || value === '') throw badInput('draftPolicyForAttestation is not a text');
  return value;
}

function badInput(what: string): Refusal {
  return new Refusal('BAD_INPUT', `${what}.`);
}
