import { createHash } from 'node:crypto';
import type { Claims, CloisterFacts } from '../../../enclave/results/evidenceClaims.js';
import { collateralClaims, sgxClaims, tdxClaims } from '../../../enclave/results/evidenceClaims.js';
import { Refusal } from '../../../enclave/refusals.js';
import type { Collateral } from '../../../enclave/verification/dcap/collateral.js';
import type { Quote } from '../../../enclave/verification/dcap/quote.js';
import { parseQuote } from '../../../enclave/verification/dcap/quote.js';
import { verifyQuote } from '../../../enclave/verification/dcap/verifyQuote.js';
import { rememberSignatures } from '../../../enclave/verification/nodePrimitives.js';
import type { TrustRoot } from '../../../enclave/verification/trustRoot.js';
import type { AttestRequest } from './attestRequest.js';
import { quoteInOpenEnclaveReport } from './openEnclaveReport.js';

export interface VerifyEvidenceOptions {
  readonly trustRoots: readonly TrustRoot[];
  /** Asked for each time, so that renewed collateral is used without a restart. */
  readonly collateral: (quote: Quote) => Collateral | Promise<Collateral>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Evidence that is genuine, and what it says. */
export interface VerifiedEvidence {
  readonly tee: 'sgx' | 'tdx' | 'sev-snp';
  /** MRENCLAVE, MRTD or launch measurement, hex. */
  readonly measurement: string;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** What was fixed at launch, whose first 32 bytes can be a digest; undefined where this evidence has no such field. */
  readonly launchData: { readonly name: string; readonly hex: string } | undefined;
  readonly claims: Claims;
  readonly facts: CloisterFacts;
}

/** How many signatures of chains and collateral are remembered. */
const REMEMBERED_SIGNATURES = 512;

/**
 * Is the evidence genuine? Also a debug enclave or an old TCB is: the answer says so, and policy and relying parties decide.
 *
 * @returns a function that throws a Refusal EVIDENCE_… or COLLATERAL_….
 */
export function createVerifyEvidence(
  options: VerifyEvidenceOptions,
): (request: AttestRequest) => Promise<VerifiedEvidence> {
  const primitives = rememberSignatures(REMEMBERED_SIGNATURES);

  async function dcap(request: AttestRequest, bytes: Uint8Array): Promise<VerifiedEvidence> {
    const collateral = await options.collateral(parseQuote(bytes));
    const verified = verifyQuote(bytes, {
      now: options.now(),
      trustRoots: options.trustRoots,
      collateral,
      allowDebug: true,
      primitives,
    });
    const { report } = verified.quote;
    const facts = {
      simulated: verified.trustRoot.simulated,
      tcbStatus: verified.tcbStatus,
      advisoryIds: verified.advisoryIds,
      tcbEvaluationDataNumber: verified.tcbEvaluationDataNumber,
    };
    const { reportData } = report;
    const wantsTdx = request.kind === 'TdxVm';
    if (report.tee === 'tdx') {
      if (!wantsTdx) throw new Refusal('EVIDENCE_MALFORMED', 'The quote is of a TD, not of an SGX enclave.');
      const claims = tdxClaims(report, verified.tcbStatus);
      return { tee: 'tdx', measurement: report.mrTd, reportData, launchData: undefined, claims, facts };
    }
    if (wantsTdx) throw new Refusal('EVIDENCE_MALFORMED', 'The quote is of an SGX enclave, not of a TD.');
    return {
      tee: 'sgx',
      measurement: report.mrEnclave,
      reportData,
      launchData: report.keySeparation ? { name: 'config_id', hex: report.configId } : undefined,
      claims: { ...sgxClaims(report), ...collateralClaims(request.evidence, collateral, primitives.sha256) },
      facts,
    };
  }

  return async (request) => {
    const { kind, evidence } = request;
    if (kind === 'SevSnpVm') throw new Refusal('BAD_INPUT', 'SevSnpVm is not verified by this service.');
    const verified = await dcap(request, kind === 'OpenEnclave' ? quoteInOpenEnclaveReport(evidence) : evidence);
    requireHeldData(request, verified);
    return verified;
  };
}

/** SHA-256 of the data, byte for byte as sent, is the first half of the field that vouches for it. */
function requireHeldData({ runtimeData, initTimeData }: AttestRequest, evidence: VerifiedEvidence): void {
  if (runtimeData) requireDigest('runtime', runtimeData.bytes, Buffer.from(evidence.reportData).toString('hex'));
  if (!initTimeData) return;
  if (!evidence.launchData)
    throw new Refusal(
      'BAD_INPUT',
      'initTimeData needs SGX with key separation and sharing, or SEV-SNP: this evidence has no field for it.',
    );
  requireDigest('init-time', initTimeData.bytes, evidence.launchData.hex);
}

function requireDigest(what: string, data: Uint8Array, field: string): void {
  const digest = createHash('sha256').update(data).digest('hex');
  const vouched = field.slice(0, digest.length);
  if (digest === vouched) return;
  throw new Refusal(
    'EVIDENCE_BINDING_MISMATCH',
    `The ${what} data has digest ${digest}; the evidence vouches for ${vouched}.`,
  );
}
