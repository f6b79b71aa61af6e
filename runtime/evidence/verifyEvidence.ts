import { createHash } from 'node:crypto';
import { bytesOfHex } from '../../enclave/bytes.js';
import type { Claims, CloisterFacts, HeldData } from '../../enclave/results/evidenceClaims.js';
import { collateralClaims, sgxClaims, snpClaims, tdxClaims } from '../../enclave/results/evidenceClaims.js';
import { Refusal } from '../../enclave/refusals.js';
import { parseQuote } from '../../enclave/verification/dcap/quote.js';
import { requireQuoteOrigin } from '../../enclave/verification/dcap/quoteOrigin.js';
import { verifyQuote } from '../../enclave/verification/dcap/verifyQuote.js';
import { rememberSignatures } from '../../enclave/verification/nodePrimitives.js';
import { parseReport } from '../../enclave/verification/sevSnp/report.js';
import { requireReportOrigin } from '../../enclave/verification/sevSnp/reportOrigin.js';
import { verifyReport } from '../../enclave/verification/sevSnp/verifyReport.js';
import type { TrustRoot } from '../../enclave/verification/trustRoot.js';
import type { CollateralCache } from '../collateral/cache.js';
import { requestOfQuote } from '../collateral/requestOfQuote.js';
import { quoteInOpenEnclaveReport } from './openEnclaveReport.js';
import { endorsementOf } from './snpEndorsement.js';
import { readSnpEnvelope } from './snpEnvelope.js';

/** Evidence as it is posted to /attest/{kind} of an attestation service, and the data that it should vouch for. */
export interface EvidenceRequest {
  readonly kind: 'SgxEnclave' | 'OpenEnclave' | 'TdxVm' | 'SevSnpVm';
  /** A quote, an Open Enclave report, or the JSON around an SEV-SNP report. */
  readonly evidence: Uint8Array;
  readonly runtimeData?: HeldData | undefined;
  readonly initTimeData?: HeldData | undefined;
}

export interface VerifyEvidenceOptions {
  readonly trustRoots: readonly TrustRoot[];
  /** Asked for each time, so that renewed collateral is used without a restart. */
  readonly collateral: Pick<CollateralCache, 'get'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** `not-checked` verifies SEV-SNP without AMD's revocation list, and says so in every answer. Absent: it is demanded. */
  readonly snpRevocation?: 'required' | 'not-checked';
}

/** Evidence that is genuine, and what it says. */
export interface VerifiedEvidence {
  readonly tee: 'sgx' | 'tdx' | 'sev-snp';
  /** MRENCLAVE, MRTD or launch measurement, hex. */
  readonly measurement: string;
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /**
   * Hex of what was fixed at launch, whose first 32 bytes can be a digest; undefined where this evidence has no such field,
   * or none whose meaning is documented.
   */
  readonly launchData: string | undefined;
  readonly claims: Claims;
  readonly facts: CloisterFacts;
}

/** How many signatures of chains and collateral are remembered. */
const REMEMBERED_SIGNATURES = 512;
/** And of chains as they arrive: these have a memory of their own, so that made-up ones drive nothing out of the other. */
const REMEMBERED_ARRIVALS = 64;

/**
 * Is the evidence genuine? Also a debug enclave or an old TCB is: the answer says so, and policy and relying parties decide.
 *
 * @returns a function that throws a Refusal EVIDENCE_… or COLLATERAL_…, and BAD_INPUT for data that cannot belong to it.
 */
export function createVerifyEvidence(
  options: VerifyEvidenceOptions,
): (request: EvidenceRequest) => Promise<VerifiedEvidence> {
  const { collateral: source, now, trustRoots } = options;
  const primitives = rememberSignatures(REMEMBERED_SIGNATURES);
  const arrivals = rememberSignatures(REMEMBERED_ARRIVALS);
  // A vendor's service is asked about platforms of the vendor's alone: nobody shall have us ask it about made-up ones.
  const onArrival = () => ({ now: now(), trustRoots, primitives: arrivals });

  async function verifyDcap(request: EvidenceRequest, bytes: Uint8Array): Promise<VerifiedEvidence> {
    const quote = quoteOfKind(request, bytes);
    requireQuoteOrigin(quote, onArrival());
    const collateral = await source.get(requestOfQuote(quote));
    const verified = verifyQuote(bytes, { now: now(), trustRoots, collateral, allowDebug: true, primitives });
    const { report } = verified.quote;
    const { reportData } = report;
    const { advisoryIds, tcbEvaluationDataNumber, tcbStatus, trustRoot } = verified;
    const facts = { simulated: trustRoot.simulated, tcbStatus, advisoryIds, tcbEvaluationDataNumber };
    if (report.tee === 'tdx') {
      const claims = tdxClaims(report, tcbStatus);
      const serviceTd = report.td15?.mrServiceTd;
      return {
        tee: 'tdx',
        measurement: report.mrTd,
        reportData,
        launchData: undefined,
        claims,
        facts: { ...facts, serviceTd },
      };
    }
    return {
      tee: 'sgx',
      measurement: report.mrEnclave,
      reportData,
      launchData: report.keySeparation ? report.configId : undefined,
      claims: { ...sgxClaims(report), ...collateralClaims(request.evidence, collateral, primitives.sha256) },
      facts,
    };
  }

  async function verifySnp(evidence: Uint8Array): Promise<VerifiedEvidence> {
    const envelope = readSnpEnvelope(evidence);
    const parsed = parseReport(envelope.report);
    if (envelope.certificates !== undefined) requireReportOrigin(parsed, envelope.certificates, onArrival());
    const { certificates, crl } = await endorsementOf(parsed, envelope.certificates, {
      source,
      revocation: options.snpRevocation ?? 'required',
    });
    const { product, report, revocationChecked, tcb, trustRoot } = verifyReport(envelope.report, {
      now: now(),
      trustRoots,
      certificates,
      revocationList: crl === undefined ? 'not-checked' : bytesOfHex(crl),
      allowDebug: true,
      primitives,
    });
    return {
      tee: 'sev-snp',
      measurement: report.measurement,
      reportData: report.reportData,
      launchData: report.hostData,
      claims: snpClaims(report, tcb),
      facts: { simulated: trustRoot.simulated, revocationChecked, chip: product, fmcSvn: tcb.fmc },
    };
  }

  return async (request) => {
    const { kind, evidence } = request;
    const verified =
      kind === 'SevSnpVm'
        ? await verifySnp(evidence)
        : await verifyDcap(request, kind === 'OpenEnclave' ? quoteInOpenEnclaveReport(evidence) : evidence);
    requireHeldData(request, verified);
    return verified;
  };
}

/** @throws Refusal EVIDENCE_MALFORMED also where the quote is of another TEE than the request says. */
function quoteOfKind({ kind }: EvidenceRequest, bytes: Uint8Array) {
  const quote = parseQuote(bytes);
  const expected = kind === 'TdxVm' ? 'tdx' : 'sgx';
  if (quote.report.tee === expected) return quote;
  throw new Refusal('EVIDENCE_MALFORMED', `The quote is of ${quote.report.tee}, and ${kind} takes ${expected}.`);
}

/** SHA-256 of the data, byte for byte as sent, is the first half of the field that vouches for it. */
function requireHeldData({ runtimeData, initTimeData }: EvidenceRequest, evidence: VerifiedEvidence): void {
  if (runtimeData) requireDigest('runtime', runtimeData.bytes, Buffer.from(evidence.reportData).toString('hex'));
  if (!initTimeData) return;
  if (evidence.launchData === undefined)
    throw new Refusal(
      'BAD_INPUT',
      'initTimeData needs config_id of SGX with key separation and sharing, or host_data of SEV-SNP.',
    );
  requireDigest('init-time', initTimeData.bytes, evidence.launchData);
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
