import { Refusal } from '../../enclave/refusals.js';
import type { PlatformEvidence } from '../../enclave/evidence/attester.js';
import { reportDataIn } from '../../enclave/evidence/reportDataIn.js';

/** As Azure Attestation names them; the schema's enum EvidenceKind has them in capitals. */
export const EVIDENCE_KINDS = ['SgxEnclave', 'OpenEnclave', 'TdxVm', 'SevSnpVm'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** Input EvidenceInput of the schema. */
export interface EvidenceInput {
  readonly kind: EvidenceKind;
  readonly evidence: string;
  readonly runtimeData?: { readonly data: string; readonly type?: 'JSON' | 'BINARY' | null } | null;
  readonly nonce?: string | null;
}

/** Evidence whose form is right, ready to be sent. */
export interface Evidence {
  readonly kind: EvidenceKind;
  readonly bytes: Uint8Array;
  readonly runtimeData: { readonly bytes: Uint8Array; readonly type: 'JSON' | 'Binary' } | undefined;
  readonly nonce: string | undefined;
}

/** Together, as base64url, within the 64 KiB that our attestation service takes. Quotes have 5 to 8 KB. */
const MAXIMUM_EVIDENCE_BYTES = 32 * 1024;
const MAXIMUM_RUNTIME_BYTES = 8 * 1024;
const MAXIMUM_NONCE_CHARACTERS = 256;

/** @throws Refusal BAD_INPUT or TOO_LARGE that names the field. */
export function parseEvidence({ kind, evidence, runtimeData, nonce }: EvidenceInput): Evidence {
  if (typeof nonce === 'string' && (nonce.length === 0 || nonce.length > MAXIMUM_NONCE_CHARACTERS))
    throw new Refusal('BAD_INPUT', `nonce has ${nonce.length} characters, not 1 to ${MAXIMUM_NONCE_CHARACTERS}.`);
  return {
    kind,
    bytes: bytesOf('evidence', evidence, MAXIMUM_EVIDENCE_BYTES),
    runtimeData: runtimeData
      ? {
          bytes: bytesOf('runtimeData.data', runtimeData.data, MAXIMUM_RUNTIME_BYTES),
          type: runtimeData.type === 'BINARY' ? 'Binary' : 'JSON',
        }
      : undefined,
    nonce: nonce ?? undefined,
  };
}

/** base64url; padding is accepted, since some attesters add it. */
function bytesOf(field: string, text: string, maximumBytes: number): Uint8Array {
  const bytes = Math.floor((text.replace(/=+$/, '').length * 3) / 4);
  if (bytes > maximumBytes)
    throw new Refusal('TOO_LARGE', `${field} has ${bytes} bytes; the limit is ${maximumBytes}.`);
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(text)) throw new Refusal('BAD_INPUT', `${field} is not base64url.`);
  return Buffer.from(text, 'base64url');
}

const OPEN_ENCLAVE_HEADER_BYTES = 16;

/**
 * The 64 bytes that the evidence says it vouches for, read without verifying anything: they tell whether a result can be
 * of this evidence. Undefined where there are none.
 */
export function reportDataOf({ kind, bytes }: Evidence): Uint8Array | undefined {
  const evidence = platformEvidenceOf(kind, bytes);
  return evidence && reportDataIn(evidence);
}

function platformEvidenceOf(kind: EvidenceKind, bytes: Uint8Array): PlatformEvidence | undefined {
  if (kind === 'OpenEnclave') return { kind: 'SgxEnclave', quote: bytes.subarray(OPEN_ENCLAVE_HEADER_BYTES) };
  if (kind !== 'SevSnpVm') return { kind, quote: bytes };
  const report = reportIn(bytes);
  return report && { kind, report, certificates: undefined };
}

function reportIn(envelope: Uint8Array): Uint8Array | undefined {
  try {
    const { SnpReport } = JSON.parse(Buffer.from(envelope).toString('utf8')) as { SnpReport?: unknown };
    return typeof SnpReport === 'string' ? Buffer.from(SnpReport, 'base64url') : undefined;
  } catch {
    return undefined;
  }
}
