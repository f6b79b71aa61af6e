import { Refusal } from '../../enclave/refusals.js';
import type {
  AnyCollateral,
  CollateralRequest,
  DcapCollateral,
  DcapRequest,
  SevSnpCollateral,
  SevSnpRequest,
  VcekCertificate,
  VcekRequest,
} from './request.js';

/**
 * Where collateral comes from. A source offers only the questions that it can answer. Each answers undefined where the
 * source knows no such platform, and throws a Refusal otherwise: COLLATERAL_UNAVAILABLE for no answer,
 * COLLATERAL_INVALID for a wrong one.
 *
 * Sources check form, so that what is no collateral goes no further. They verify no signature.
 */
export interface CollateralSource {
  /** For messages; holds no secret. */
  readonly name: string;
  dcap?(request: DcapRequest, signal: AbortSignal): Promise<DcapCollateral | undefined>;
  sevSnp?(request: SevSnpRequest, signal: AbortSignal): Promise<SevSnpCollateral | undefined>;
  vcek?(request: VcekRequest, signal: AbortSignal): Promise<VcekCertificate | undefined>;
  /** Another text means that the source has changed, and that what it answered before may no longer be what it says; undefined: it cannot tell. */
  version?(): string | undefined;
  /** What the source can list as its own, to be had before anybody asks. */
  known?(): readonly CollateralRequest[];
  /** What an operator should know; undefined where there is nothing. */
  trouble?(): SourceTrouble | undefined;
  close?(): Promise<void>;
}

export interface SourceTrouble {
  readonly reason: string;
  /** False where the source can answer nothing at all until this is mended. */
  readonly answers: boolean;
}

/** Puts a question to a source. @returns undefined also where it is none of the source's questions. */
export async function askSource(
  source: CollateralSource,
  request: CollateralRequest,
  signal: AbortSignal,
): Promise<AnyCollateral | undefined> {
  switch (request.kind) {
    case 'dcap':
      return source.dcap?.(request, signal);
    case 'sev-snp':
      return source.sevSnp?.(request, signal);
    case 'vcek':
      return source.vcek?.(request, signal);
  }
}

/** A refusal of a source that said when it wants to be asked again. */
export class SourceRefusal extends Refusal {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number, options: { cause?: unknown } = {}) {
    super('COLLATERAL_UNAVAILABLE', message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The source of who has none: every question is COLLATERAL_UNAVAILABLE. */
export function noCollateral(): CollateralSource {
  const reason = 'No collateral source is configured.';
  const refuse = () => Promise.reject(new Refusal('COLLATERAL_UNAVAILABLE', reason));
  return { name: 'none', dcap: refuse, sevSnp: refuse, vcek: refuse, trouble: () => ({ reason, answers: false }) };
}
