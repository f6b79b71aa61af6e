import { randomBytes } from 'node:crypto';
import { appraise } from '../enclave/appraisal/appraise.js';
import type { AppraisalPolicy } from '../enclave/appraisal/policy.js';
import { reportDataOf } from '../enclave/evidence/runtimeData.js';
import { Refusal, toRefusal } from '../enclave/refusals.js';
import type { AttestationResult } from '../enclave/results/attestationResult.js';
import { fetchJson, objectOf, refusalOf } from './http.js';
import type { Target } from './target.js';

/** `conceded`: the answer is no, and only the development policy lets it pass. */
export interface Check {
  readonly name: string;
  readonly outcome: 'passed' | 'conceded' | 'failed' | 'could not tell';
  /** What was found, in words. */
  readonly finding: string;
}

export interface GatewayReport {
  readonly checks: readonly Check[];
  /** Undefined where the gateway is accepted. */
  readonly refusal: Refusal | undefined;
  readonly result: AttestationResult | undefined;
}

/**
 * Is the gateway genuine, and do we accept it? The checks of the portal, in the same order; each rests on those before it,
 * so the first one that does not pass ends the list. Nothing but a random number is sent to the gateway.
 */
export async function checkGateway(target: Target, policy: AppraisalPolicy): Promise<GatewayReport> {
  const checks: Check[] = [];
  const pass = (name: string, finding: string): void => void checks.push({ name, outcome: 'passed', finding });
  let step = 'Evidence';
  let result: AttestationResult | undefined;
  try {
    const nonce = randomBytes(32).toString('base64url');
    const evidence = await askForEvidence(target.gateway, nonce);
    const token = await attest(target.attestationService, evidence);
    pass(step, 'The attestation service found the quote genuine.');

    step = 'Freshness';
    requireNonce(evidence, nonce);
    pass(step, 'Made now, over a random number of this command.');

    step = 'Signature';
    result = await target.trust.verifyResult(token);
    pass(step, `Signed by ${result.issuer} with a certificate that the trust file accepts.`);

    step = 'Keys';
    await requireBinding(evidence, result);
    pass(
      step,
      `The quote vouches for the gateway's keys: ${result.keys.map(({ kid }) => kid ?? 'unnamed').join(', ')}.`,
    );

    step = 'Policy';
    appraiseInto(checks, result, policy, target);
    return { checks, result, refusal: undefined };
  } catch (error) {
    const refusal = toRefusal(error);
    const outcome = refusal.definition.kind === 'could-not-tell' ? 'could not tell' : 'failed';
    checks.push({ name: step, outcome, finding: `${refusal.code}: ${refusal.message}` });
    return { checks, result, refusal };
  }
}

interface Evidence {
  readonly quote: string;
  readonly runtimeData: { readonly data: string; readonly dataType: 'JSON' };
}

async function askForEvidence(gateway: string, nonce: string): Promise<Evidence> {
  const answer = await fetchJson(`${gateway}/evidence?nonce=${nonce}`);
  if (!answer.ok) throw refusalOf(answer, 'UPSTREAM_FAILED', 'The gateway gave no evidence');
  const { quote, runtimeData } = objectOf(answer.body);
  const { data } = objectOf(runtimeData);
  if (typeof quote !== 'string' || typeof data !== 'string')
    throw new Refusal('EVIDENCE_MALFORMED', "The gateway's answer holds no quote with its runtime data.");
  return { quote, runtimeData: { data, dataType: 'JSON' } };
}

async function attest(service: string, evidence: Evidence): Promise<string> {
  const answer = await fetchJson(
    `${service}/attest/SgxEnclave?api-version=2022-08-01`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(evidence) },
    'ISSUER_UNREACHABLE',
  );
  if (answer.status >= 500 || answer.status === 429)
    throw new Refusal('ISSUER_UNREACHABLE', `The attestation service answered ${answer.status}.`);
  if (!answer.ok) throw refusalOf(answer, 'EVIDENCE_MALFORMED', 'The attestation service refused the evidence');
  const { token } = objectOf(answer.body);
  if (typeof token !== 'string') throw new Refusal('RESULT_MALFORMED', 'The attestation service gave no token.');
  return token;
}

function requireNonce({ runtimeData }: Evidence, expected: string): void {
  let actual: unknown;
  try {
    actual = objectOf(JSON.parse(Buffer.from(runtimeData.data, 'base64url').toString('utf8'))).nonce;
  } catch {
    actual = undefined;
  }
  if (actual === expected) return;
  const failures = [{ claim: 'nonce', expected, actual: typeof actual === 'string' ? actual.slice(0, 100) : 'none' }];
  throw new Refusal('EVIDENCE_NOT_FRESH', 'The evidence was not made over the number that was sent.', { failures });
}

async function requireBinding({ runtimeData }: Evidence, result: AttestationResult): Promise<void> {
  const digest = await reportDataOf(Buffer.from(runtimeData.data, 'base64url'));
  const expected = Buffer.from(digest).toString('hex');
  if (result.reportData === expected) return;
  const failures = [{ claim: 'report data', expected, actual: result.reportData }];
  throw new Refusal(
    'EVIDENCE_BINDING_MISMATCH',
    'The attestation result vouches for other keys than the gateway showed.',
    { failures },
  );
}

/**
 * This program cannot seal requests yet; before it sends anything, the policy must concede that.
 * @throws Refusal CHANNEL_NOT_ACCEPTED
 */
export function requireLocalChannel({ name, recipientChannels }: AppraisalPolicy): void {
  if (recipientChannels.includes('local')) return;
  const expected = recipientChannels.join(', ') || 'none';
  throw new Refusal(
    'CHANNEL_NOT_ACCEPTED',
    `The policy ${name} demands requests that are sealed to the attested key.`,
    {
      failures: [{ claim: 'channel', expected, actual: 'local' }],
    },
  );
}

/** Which line of the report a failed claim belongs to. */
const LINE_OF_CLAIM: Readonly<Record<string, string>> = {
  measurement: 'Program',
  enclave: 'Program',
  teeType: 'Platform',
  tcbStatus: 'Platform',
  debug: 'Debug mode',
  simulated: 'Hardware',
  age: 'Age',
  expiresAt: 'Age',
};

/** One line for each question of the policy. @throws Refusal POLICY_NOT_SATISFIED with every failed claim. */
function appraiseInto(checks: Check[], result: AttestationResult, policy: AppraisalPolicy, { trust }: Target): void {
  const now = Math.floor(Date.now() / 1000);
  const gateway = trust.referenceValues.gateway ?? [];
  const { accepted, failures } = appraise(result, policy, { referenceValues: { gateway }, now });
  const findings: [string, string][] = [
    ['Program', `Measures to ${result.measurement}, the reference value of the gateway.`],
    ['Platform', `${result.teeType}, patch level ${result.tcbStatus ?? 'not stated by the attestation service'}.`],
    ['Debug mode', result.debug ? 'On; the policy accepts it.' : 'Off.'],
    ['Age', `Issued ${Math.max(0, now - result.issuedAt)} s ago; the policy accepts ${policy.maximumAgeSeconds} s.`],
    [
      'Hardware',
      result.simulated ? 'SIMULATED: no hardware stands behind it. The development policy lets it pass.' : 'Real.',
    ],
  ];
  for (const [name, finding] of findings) {
    const failed = failures.filter(({ claim }) => (LINE_OF_CLAIM[claim] ?? 'Platform') === name);
    const outcome = failed.length > 0 ? 'failed' : name === 'Hardware' && result.simulated ? 'conceded' : 'passed';
    const why = failed.map(({ actual, claim, expected }) => `${claim}: expected ${expected}, got ${actual}`).join('; ');
    checks.push({ name, outcome, finding: failed.length > 0 ? why : finding });
  }
  if (!accepted)
    throw new Refusal('POLICY_NOT_SATISFIED', `The gateway does not satisfy the policy ${policy.name}.`, { failures });
}
