import { writePem } from '../enclave/asn1/pem.js';
import { appraise } from '../enclave/appraisal/appraise.js';
import type { AppraisalPolicy } from '../enclave/appraisal/policy.js';
import { base64urlOf, hexOf } from '../enclave/bytes.js';
import { Refusal, toRefusal } from '../enclave/refusals.js';
import type { AttestationResult } from '../enclave/results/attestationResult.js';
import { readClaims } from '../enclave/results/claims.js';
import { cloisterClaims } from '../enclave/results/evidenceClaims.js';
import { nodePrimitives } from '../enclave/verification/nodePrimitives.js';
import type { EvidenceRequest, VerifiedEvidence } from '../runtime/evidence/verifyEvidence.js';
import type { Trust } from '../runtime/trust.js';
import type { Binding, EvidenceFile } from './evidenceFile.js';

/** One question about evidence, with its answer and why. */
export interface Finding {
  readonly name: 'Evidence' | 'Hardware' | 'Firmware' | 'Debug mode' | 'Code' | 'Policy' | 'Key binding';
  readonly outcome: 'passed' | 'conceded' | 'failed' | 'could not tell' | 'not asked';
  readonly finding: string;
}

export interface FileReport {
  readonly findings: readonly Finding[];
  /** The gravest refusal; undefined where everything that was asked is accepted. */
  readonly refusal: Refusal | undefined;
  readonly result: AttestationResult | undefined;
}

export interface FileQuestions {
  /** Verifies evidence with collateral. @throws Refusal */
  readonly verifyEvidence: (request: EvidenceRequest) => Promise<VerifiedEvidence>;
  /** Whom to believe; undefined where nobody said: then nothing can be appraised, and no token verified. */
  readonly trust: Trust | undefined;
  /** Undefined: only whether it is genuine is asked. */
  readonly policy: string | undefined;
  /** What the evidence must vouch for, where the file itself does not say. */
  readonly binding: Binding | undefined;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Is what the file holds genuine, do we accept it, and does it vouch for the key? Each question with its reason. */
export async function verifyFile(file: EvidenceFile, questions: FileQuestions): Promise<FileReport> {
  const findings: Finding[] = [{ name: 'Evidence', outcome: 'passed', finding: `Taken for: ${file.form}.` }];
  let result: AttestationResult;
  try {
    result = file.kind === 'token' ? await verifyToken(file.token, questions) : await verifyHardware(file, questions);
  } catch (thrown) {
    const refusal = toRefusal(thrown);
    findings.push({ name: 'Hardware', outcome: outcomeOf(refusal), finding: `${refusal.code}: ${refusal.message}` });
    return { findings, refusal, result: undefined };
  }
  const policy = questions.policy === undefined ? undefined : policyNamed(questions.policy, questions.trust);
  findings.push(hardwareFinding(result, policy), firmwareFinding(result), debugFinding(result));
  const refusals = [
    appraiseInto(findings, result, policy, questions),
    bindInto(findings, result, file.kind === 'token' ? questions.binding : (questions.binding ?? file.binding)),
  ].filter((refusal) => refusal !== undefined);
  return { findings, refusal: gravest(refusals), result };
}

/** Somebody else verified the evidence: what remains is whether that somebody is believed. */
async function verifyToken(token: string, { trust }: FileQuestions): Promise<AttestationResult> {
  if (trust) return trust.verifyResult(token);
  throw new Refusal('CONFIGURATION_INVALID', 'An attestation result needs --trust-file: who may have issued it.');
}

async function verifyHardware(
  file: Exclude<EvidenceFile, { kind: 'token' }>,
  { now, verifyEvidence }: FileQuestions,
): Promise<AttestationResult> {
  const request = requestOf(file);
  const verified = await verifyEvidence(request);
  const claims = { ...verified.claims, ...cloisterClaims(verified.facts), 'x-ms-ver': '1.0' };
  const facts = {
    id: hexOf(nodePrimitives.sha256(request.evidence)),
    issuer: 'cloister verify',
    format: 'azure',
    attestedIssuer: undefined,
    token: '',
    times: { issuedAt: now, validFrom: now, expiresAt: now + 1 },
  } as const;
  return readClaims(facts, claims);
}

function requestOf(file: Exclude<EvidenceFile, { kind: 'token' }>): EvidenceRequest {
  if (file.kind === 'sev-snp') {
    const { certificates, report } = file;
    const pem = typeof certificates === 'string' ? certificates : certificates?.map((der) => writePem(der)).join('');
    const envelope = {
      SnpReport: base64urlOf(report),
      ...(pem !== undefined && { VcekCertChain: base64urlOf(new TextEncoder().encode(pem)) }),
    };
    return { kind: 'SevSnpVm', evidence: new TextEncoder().encode(JSON.stringify(envelope)) };
  }
  const isTdx = file.quote[4] === 0x81;
  return { kind: isTdx ? 'TdxVm' : 'SgxEnclave', evidence: file.quote };
}

function policyNamed(name: string, trust: Trust | undefined): AppraisalPolicy | undefined {
  return trust?.policy(name);
}

const TEES = { sgx: 'Intel SGX', tdx: 'Intel TDX', 'sev-snp': 'AMD SEV-SNP' } as const;

function hardwareFinding(
  { claims, issuer, simulated, teeType, token }: AttestationResult,
  policy: AppraisalPolicy | undefined,
): Finding {
  const who = token === '' ? 'its chain ends in a pinned root' : `says ${issuer}`;
  if (simulated) {
    const outcome = policy?.acceptsSimulated === true ? 'conceded' : 'failed';
    return { name: 'Hardware', outcome, finding: `SIMULATED ${TEES[teeType]}: no hardware stands behind it.` };
  }
  const unchecked = claims['x-cloister-revocation-checked'] === false ? ' Revocation was not looked at.' : '';
  return { name: 'Hardware', outcome: 'passed', finding: `${TEES[teeType]}; ${who}.${unchecked}` };
}

function firmwareFinding({ advisoryIds = [], snp, tcbEvaluationDataNumber, tcbStatus }: AttestationResult): Finding {
  const advisories = advisoryIds.length === 0 ? '' : `, advisories ${advisoryIds.join(', ')}`;
  const tables = tcbEvaluationDataNumber === undefined ? '' : ` (TCB evaluation data ${tcbEvaluationDataNumber})`;
  const parts = Object.entries(snp?.reportedTcb ?? {}).flatMap(([part, svn]) =>
    svn === undefined ? [] : [`${part} ${svn}`],
  );
  const finding = snp ? `Reported TCB: ${parts.join(', ')}.` : `${tcbStatus ?? 'Not stated'}${advisories}${tables}.`;
  return { name: 'Firmware', outcome: 'passed', finding };
}

function debugFinding({ debug }: AttestationResult): Finding {
  const finding = debug ? 'On: whoever runs the machine can read its memory.' : 'Off.';
  return { name: 'Debug mode', outcome: debug ? 'failed' : 'passed', finding };
}

function appraiseInto(
  findings: Finding[],
  result: AttestationResult,
  policy: AppraisalPolicy | undefined,
  { now, policy: name, trust }: FileQuestions,
): Refusal | undefined {
  const code = `Measures to ${result.measurement}`;
  if (name === undefined) {
    findings.push({ name: 'Code', outcome: 'not asked', finding: `${code}.` });
    findings.push({ name: 'Policy', outcome: 'not asked', finding: 'Only whether it is genuine was asked.' });
    return undefined;
  }
  if (!policy || !trust) {
    const why = 'There are no reference values: name --trust-file, or ask with --genuine only whether it is genuine.';
    findings.push({ name: 'Code', outcome: 'could not tell', finding: `${code}; nobody said what it should be.` });
    findings.push({ name: 'Policy', outcome: 'could not tell', finding: why });
    return new Refusal('REFERENCE_VALUES_MISSING', why);
  }
  const { enclave, failures } = appraise(result, policy, { referenceValues: trust.referenceValues, now });
  const known = enclave === undefined ? 'which is no reference value' : `the reference value of ${enclave}`;
  const isOther = failures.some(({ claim }) => claim === 'measurement' || claim === 'enclave');
  findings.push({ name: 'Code', outcome: isOther ? 'failed' : 'passed', finding: `${code}, ${known}.` });
  if (failures.length === 0) {
    findings.push({ name: 'Policy', outcome: 'passed', finding: `Satisfies ${policy.name}.` });
    return undefined;
  }
  const why = failures.map(({ actual, claim, expected }) => `${claim}: expected ${expected}, got ${actual}`).join('; ');
  findings.push({ name: 'Policy', outcome: 'failed', finding: `Does not satisfy ${policy.name}. ${why}.` });
  return new Refusal('POLICY_NOT_SATISFIED', `It does not satisfy the policy ${policy.name}.`, { failures });
}

function bindInto(
  findings: Finding[],
  { reportData }: AttestationResult,
  binding: Binding | undefined,
): Refusal | undefined {
  if (!binding) {
    const finding = `Vouches for ${reportData}; nothing to compare with was given (--runtime-data).`;
    findings.push({ name: 'Key binding', outcome: 'not asked', finding });
    return undefined;
  }
  const expected = hexOf(binding.expected);
  if (reportData.startsWith(expected)) {
    findings.push({ name: 'Key binding', outcome: 'passed', finding: `Vouches for ${binding.what}.` });
    return undefined;
  }
  const why = `It vouches for ${reportData}, and ${binding.what} would be ${expected}.`;
  findings.push({ name: 'Key binding', outcome: 'failed', finding: why });
  return new Refusal('EVIDENCE_BINDING_MISMATCH', why);
}

function outcomeOf({ definition }: Refusal): Finding['outcome'] {
  return definition.kind === 'could-not-tell' ? 'could not tell' : 'failed';
}

/** What is not genuine weighs most, then what could not be told. */
function gravest(refusals: readonly Refusal[]): Refusal | undefined {
  const order = ['not-genuine', 'fault', 'caller', 'could-not-tell', 'not-acceptable'];
  return [...refusals].sort((a, b) => order.indexOf(a.definition.kind) - order.indexOf(b.definition.kind))[0];
}
