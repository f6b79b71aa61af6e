import { Refusal } from '../../enclave/refusals.js';

/** What Azure Attestation takes as `report` for SEV-SNP: JSON around the report. */
export interface SnpEnvelope {
  readonly report: Uint8Array;
  /** PEM: VCEK or VLEK, ASK, ARK; undefined where the sender has none and the vendor has to be asked. */
  readonly certificates: string | undefined;
}

/**
 * Reads the envelope. Its `Endorsements` (of the utility VM of container instances) are not looked at: no claim rests on them.
 *
 * @throws Refusal EVIDENCE_MALFORMED
 */
export function readSnpEnvelope(bytes: Uint8Array): SnpEnvelope {
  const fields = jsonObject(bytes);
  const { VcekCertChain: chain } = fields;
  return {
    report: bytesOf(fields.SnpReport, 'SnpReport'),
    certificates:
      chain === undefined || chain === null || chain === ''
        ? undefined
        : Buffer.from(bytesOf(chain, 'VcekCertChain')).toString('latin1'),
  };
}

function jsonObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw malformed('is not JSON', cause);
  }
  throw malformed('is not a JSON object');
}

function bytesOf(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+={0,2}$/.test(value))
    throw malformed(`has no ${name} in base64url`);
  return Buffer.from(value, 'base64url');
}

function malformed(what: string, cause?: unknown): Refusal {
  return new Refusal('EVIDENCE_MALFORMED', `The envelope of the SEV-SNP report ${what}.`, { cause });
}
