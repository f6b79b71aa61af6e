import { createHash } from 'node:crypto';
import { identify } from '../../enclave/appraisal/appraise.js';
import type { ReferenceValues } from '../../enclave/appraisal/policy.js';
import { hexOf } from '../../enclave/bytes.js';
import { type ClaimFailure, Refusal, toRefusal } from '../../enclave/refusals.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { ResultVerifier } from '../../enclave/results/resultVerifier.js';
import type { Appraisals } from './appraisals.js';
import type { AttestationService } from './attestationService.js';
import type { Evidence, EvidenceInput } from './evidence.js';
import { parseEvidence, reportDataOf } from './evidence.js';
import type { EvidenceAppraisal, Verification } from './evidenceAppraisal.js';
import type { Policies } from './policy.js';
import type { Results } from './results.js';
import type { Verdict } from './verdict.js';
import { outcomeOf } from './verdict.js';

/** @throws Refusal for input that is not of its form, for a policy that does not exist, and BUSY. */
export type SubmitEvidence = (input: EvidenceInput, policy?: string) => Promise<EvidenceAppraisal>;

export interface SubmitEvidenceOptions {
  readonly service: AttestationService;
  readonly verifyResult: ResultVerifier;
  readonly policies: Policies;
  readonly referenceValues: ReferenceValues;
  readonly results: Pick<Results, 'record'>;
  readonly appraisals: Pick<Appraisals, 'keep'>;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly maximumAtOnce?: number;
}

const MAXIMUM_AT_ONCE = 8;

/**
 * Evidence in, verdict out: the attestation service says whether it is genuine, its result is verified here like any
 * other, and the policies say whether it is acceptable.
 */
export function createSubmitEvidence(options: SubmitEvidenceOptions): SubmitEvidence {
  const { policies, referenceValues, results, appraisals, now, newId } = options;
  const { maximumAtOnce = MAXIMUM_AT_ONCE } = options;
  let underWay = 0;

  return async (input, policy) => {
    const evidence = parseEvidence(input);
    const isAsked = (verdict: Verdict) => policy === undefined || verdict.policy === policy;
    if (policy !== undefined) policies.named(policy);
    if (underWay >= maximumAtOnce)
      throw new Refusal('BUSY', `Evidence of ${underWay} callers is being verified; that is the limit.`);
    underWay++;
    try {
      const receivedAt = Math.floor(now());
      const { result, verification } = await verify(evidence, options);
      const verdicts = result instanceof Refusal ? policies.verdictsWithout(result) : policies.verdictsOn(result);
      if (!(result instanceof Refusal)) {
        const enclave = identify(result, referenceValues) ?? null;
        await results.record(result, { origin: 'EVIDENCE', enclave, verdicts });
      }
      const appraisal: EvidenceAppraisal = {
        id: newId(),
        kind: evidence.kind,
        evidenceSha256: createHash('sha256').update(evidence.bytes).digest('hex'),
        receivedAt,
        verification,
        resultId: result instanceof Refusal ? null : result.id,
        verdicts: verdicts.filter(isAsked),
      };
      await appraisals.keep(appraisal);
      return appraisal;
    } finally {
      underWay--;
    }
  };
}

async function verify(
  evidence: Evidence,
  { service, verifyResult, randomBytes }: SubmitEvidenceOptions,
): Promise<{ result: AttestationResult | Refusal; verification: Verification }> {
  const nonce = evidence.nonce ?? Buffer.from(randomBytes(32)).toString('base64url');
  const answer = await service.attest(evidence, nonce);
  if ('refusal' in answer) {
    // Nothing was found of the evidence: what was sent is not a request that the service takes.
    if (answer.refusal.definition.kind === 'caller') throw answer.refusal;
    return refused(answer.refusal, service.url, answer.serviceCode);
  }
  try {
    const result = await verifyResult(answer.token);
    requireOwnResult(result, evidence, nonce);
    const failures: ClaimFailure[] = [];
    const accepted = { outcome: 'ACCEPTED', code: null, serviceCode: null, reason: null, failures } as const;
    return { result, verification: { ...accepted, service: service.url } };
  } catch (thrown) {
    return refused(toRefusal(thrown), service.url, null);
  }
}

function refused(refusal: Refusal, service: string, serviceCode: string | null) {
  const { code, message, failures } = refusal;
  const verification: Verification = {
    outcome: outcomeOf(refusal),
    code,
    serviceCode,
    reason: message,
    failures,
    service,
  };
  return { result: refusal, verification };
}

/**
 * Is the result of this evidence, and of this request? Whoever sits on the way to the service could answer with another
 * result that it has signed.
 */
function requireOwnResult(result: AttestationResult, evidence: Evidence, nonce: string): void {
  const expected = reportDataOf(evidence);
  if (expected === undefined || hexOf(expected) !== result.reportData)
    throw new Refusal('RESULT_BINDING_MISMATCH', `The result ${result.id} is of evidence with other report data.`);
  if (result.claims.nonce !== nonce)
    throw new Refusal('RESULT_BINDING_MISMATCH', `The result ${result.id} does not repeat the nonce of the request.`);
}
