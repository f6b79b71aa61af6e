import type { ClaimFailure } from '../refusals.js';
import type { AttestationResult, SnpDetails, TdxDetails } from '../results/attestationResult.js';
import { SNP_TCB_PARTS } from '../results/attestationResult.js';
import type { PolicyRequirements, SnpRequirements, TdxRequirements } from './policy.js';
import { RTMR_NUMBERS } from './policy.js';

/** A claim that was looked at: what is wrong with it, or undefined. */
type Finding = ClaimFailure | undefined;

/**
 * The claims that do not satisfy what the policy demands besides. Each requirement is judged alone and can only add
 * failures, so that no policy is satisfied more easily for demanding more.
 */
export function failedRequirements(result: AttestationResult, policy: PolicyRequirements): readonly ClaimFailure[] {
  const findings = [
    ...(result.teeType === 'sev-snp' ? [] : intelFindings(result, policy)),
    ...(result.teeType === 'tdx' && policy.tdx ? tdxFindings(result.tdx, policy.tdx) : []),
    ...(result.teeType === 'sev-snp' && policy.snp ? snpFindings(result.snp, policy.snp) : []),
    ...issuerFindings(result, policy),
  ];
  return findings.filter((finding) => finding !== undefined);
}

function intelFindings(result: AttestationResult, policy: PolicyRequirements): readonly Finding[] {
  const { tcbEvaluationDataNumber, tcbStatus } = result;
  return [
    policy.requiresTcbStatus === true && tcbStatus === undefined
      ? failure('tcbStatus', 'a status', NOT_STATED)
      : undefined,
    advisoryFinding(result, policy.acceptedAdvisories),
    atLeast('tcbEvaluationDataNumber', tcbEvaluationDataNumber, policy.minimumTcbEvaluationDataNumber),
  ];
}

/** An UpToDate platform may list advisories that its level has mended. */
function advisoryFinding(
  { advisoryIds, tcbStatus }: AttestationResult,
  accepted: PolicyRequirements['acceptedAdvisories'],
): Finding {
  if (!accepted || tcbStatus === 'UpToDate') return undefined;
  const expected = accepted.length === 0 ? 'none' : `none but ${accepted.join(', ')}`;
  if (!advisoryIds) return failure('advisories', expected, NOT_STATED);
  const others = advisoryIds.filter((advisory) => !accepted.includes(advisory));
  return others.length === 0 ? undefined : failure('advisories', expected, others.join(', '));
}

function tdxFindings(tdx: TdxDetails | undefined, demands: TdxRequirements): readonly Finding[] {
  return [
    ...RTMR_NUMBERS.map((number) => oneOf(`rtmr${number}`, tdx?.rtmrs[Number(number)], demands.rtmrs?.[number])),
    oneOf('mrSeam', tdx?.mrSeam, demands.mrSeam),
    oneOf('mrSignerSeam', tdx?.mrSignerSeam, demands.mrSignerSeam),
    oneOf('mrConfigId', tdx?.mrConfigId, demands.mrConfigId),
    oneOf('mrOwner', tdx?.mrOwner, demands.mrOwner),
    oneOf('mrOwnerConfig', tdx?.mrOwnerConfig, demands.mrOwnerConfig),
    demands.requiresSeptVeDisable === true ? oneOf('septVeDisable', said(tdx?.septVeDisable), ['true']) : undefined,
    demands.requiresNoServiceTd === true ? noServiceTd(tdx?.mrServiceTd) : undefined,
  ];
}

function noServiceTd(mrServiceTd: string | undefined): Finding {
  if (mrServiceTd !== undefined && /^0+$/.test(mrServiceTd)) return undefined;
  return failure('mrServiceTd', 'zeros', mrServiceTd ?? NOT_STATED);
}

function snpFindings(snp: SnpDetails | undefined, demands: SnpRequirements): readonly Finding[] {
  const { maximumVmpl, minimumTcb } = demands;
  return [
    oneOf('hostData', snp?.hostData, demands.hostData),
    oneOf('idKeyDigest', snp?.idKeyDigest, demands.idKeyDigest),
    oneOf('authorKeyDigest', snp?.authorKeyDigest, demands.authorKeyDigest),
    ...SNP_TCB_PARTS.map((part) => atLeast(`reportedTcb.${part}`, snp?.reportedTcb[part], minimumTcb?.[part])),
    maximumVmpl !== undefined && !((snp?.vmpl ?? Infinity) <= maximumVmpl)
      ? failure('vmpl', `at most ${maximumVmpl}`, said(snp?.vmpl) ?? NOT_STATED)
      : undefined,
    demands.allowsSmt === false ? oneOf('smtAllowed', said(snp?.smtAllowed), ['false']) : undefined,
    demands.allowsMigration === false ? oneOf('migrationAllowed', said(snp?.migrationAllowed), ['false']) : undefined,
    oneOf('chipKind', snp?.chipKind, demands.chipKinds),
  ];
}

function issuerFindings(result: AttestationResult, policy: PolicyRequirements): readonly Finding[] {
  const { complianceStatuses, issuerPolicyHashes, requiresAttestedIssuer } = policy;
  const isUnderPolicy = result.issuerPolicyHashes.some((hash) => issuerPolicyHashes?.includes(hash));
  return [
    issuerPolicyHashes && !isUnderPolicy
      ? failure('issuerPolicyHash', issuerPolicyHashes.join(', '), result.issuerPolicyHashes.join(', ') || NOT_STATED)
      : undefined,
    oneOf('complianceStatus', result.complianceStatus, complianceStatuses),
    requiresAttestedIssuer === true ? oneOf('attestedIssuer', said(result.attestedIssuer), ['true']) : undefined,
  ];
}

const NOT_STATED = 'not stated';

function oneOf(claim: string, actual: string | undefined, accepted: readonly string[] | undefined): Finding {
  if (!accepted || (actual !== undefined && accepted.includes(actual))) return undefined;
  return failure(claim, accepted.join(', '), actual ?? NOT_STATED);
}

function atLeast(claim: string, actual: number | undefined, minimum: number | undefined): Finding {
  if (minimum === undefined || (actual !== undefined && actual >= minimum)) return undefined;
  return failure(claim, `at least ${minimum}`, said(actual) ?? NOT_STATED);
}

function said(value: boolean | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function failure(claim: string, expected: string, actual: string): ClaimFailure {
  return { claim, expected, actual };
}
