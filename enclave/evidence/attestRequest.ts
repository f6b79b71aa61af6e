import { base64urlOf } from '../bytes.js';
import type { EvidenceKind, PlatformEvidence } from './attester.js';

/** Runtime data as Azure Attestation takes it; `data` is base64url. */
export interface RuntimeDataField {
  readonly data: string;
  readonly dataType: 'JSON';
}

/** Exactly what POST /attest/{kind} takes; binary values are base64url without padding. */
export type AttestBody =
  | { readonly quote: string; readonly runtimeData: RuntimeDataField }
  | { readonly report: string; readonly runtimeData: RuntimeDataField };

export interface AttestRequest {
  readonly kind: EvidenceKind;
  readonly body: AttestBody;
}

/** What a process answers to GET /evidence: all that anybody needs to have it verified by POST /attest/{kind}. */
export type EvidenceAnswer = AttestBody & {
  readonly kind: EvidenceKind;
  readonly simulated: boolean;
  /** The driver's name. */
  readonly platform: string;
};

/** TDX came last, with an interface version of its own. */
const API_VERSION: Readonly<Record<EvidenceKind, string>> = {
  SgxEnclave: '2022-08-01',
  SevSnpVm: '2022-08-01',
  TdxVm: '2025-06-01',
};

/**
 * The request by which an attestation service judges the evidence, ours and Azure's alike.
 *
 * An SEV-SNP report travels in an envelope with its certificates; without certificates the envelope has no
 * `VcekCertChain`, and the service must have them from elsewhere. Azure's refuses that, ours asks its collateral source.
 */
export function attestRequestOf(evidence: PlatformEvidence, runtimeData: Uint8Array): AttestRequest {
  const { kind } = evidence;
  const field: RuntimeDataField = { data: base64urlOf(runtimeData), dataType: 'JSON' };
  if (kind !== 'SevSnpVm') return { kind, body: { quote: base64urlOf(evidence.quote), runtimeData: field } };
  const { report, certificates } = evidence;
  const envelope = {
    SnpReport: base64urlOf(report),
    ...(certificates === undefined ? {} : { VcekCertChain: base64urlOf(utf8(certificates)) }),
  };
  return { kind, body: { report: base64urlOf(utf8(JSON.stringify(envelope))), runtimeData: field } };
}

/** @param service URL without a trailing slash. */
export function attestUrl(service: string, kind: EvidenceKind): string {
  return `${service}/attest/${kind}?api-version=${API_VERSION[kind]}`;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
