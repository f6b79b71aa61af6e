import { appraise } from '../../enclave/appraisal/appraise.js';
import { reportDataOf } from '../../enclave/evidence/runtimeData.js';
import { Refusal, toRefusal, type ClaimFailure } from '../../enclave/refusals.js';
import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import { createIssuerKeys, type IssuerKeys } from '../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../enclave/results/verifyResult.js';
import type { PortalConfig } from '../config/portalConfig.js';
import { CheckList, type Check, type CheckId } from './checks.js';
import { askForEvidence, attest, fetchJwks, type Evidence, type Fetch } from './evidence.js';
import { base64urlToBytes, hexOf } from './bytes.js';

export interface TrustReport {
  readonly outcome: 'accepted' | 'refused' | 'could-not-tell';
  readonly checks: readonly Check[];
  /** Why not; undefined where accepted. */
  readonly refusal: Refusal | undefined;
  /** Present as soon as it was verified, accepted or not. */
  readonly result: AttestationResult | undefined;
  /** The platform's name, as the gateway says it. */
  readonly platform: string | undefined;
  /** Milliseconds since 1970, by this browser's clock. */
  readonly verifiedAt: number;
}

export interface Verification {
  readonly config: PortalConfig;
  readonly fetch: Fetch;
  /** base64url of at least 16 random bytes, drawn for this verification alone. */
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal;
}

/**
 * Is the gateway genuine, and do we accept it? Runs before sign-in and before any query; the attacker holds the
 * gateway's whole answer and everything between it and this browser.
 *
 * It does not check the quote itself: that is the attestation service's work, whose signing certificate is pinned.
 * Never throws: what went wrong is in the report.
 */
export async function verifyGateway(verification: Verification): Promise<TrustReport> {
  const { config, nonce, now } = verification;
  const checks = new CheckList();
  let evidence: Evidence | undefined;
  let result: AttestationResult | undefined;
  let refusal: Refusal | undefined;
  try {
    evidence = await askForEvidence(config.gateway, nonce, verification);
    checkNonce(checks, evidence, nonce);
    const token = await attest(config.attestationService.url, evidence, verification);
    checks.answer('evidence', { outcome: 'passed', finding: 'The attestation service found the quote genuine.' });
    result = await verifyToken(checks, token, verification);
    await checkBinding(checks, evidence, result);
    checkAppraisal(checks, result, verification);
    checkChannel(checks, config);
  } catch (thrown) {
    refusal = toRefusal(thrown);
    blame(checks, refusal);
  }
  return {
    outcome: outcomeOf(refusal),
    checks: checks.all(),
    refusal,
    result,
    platform: evidence?.platform,
    verifiedAt: now,
  };
}

function checkNonce(checks: CheckList, evidence: Evidence, nonce: string): void {
  const actual = nonceIn(evidence);
  if (actual !== nonce) {
    throw new Refusal('EVIDENCE_NOT_FRESH', 'The evidence was not made over the number that this browser drew.', {
      failures: [{ claim: 'nonce', expected: nonce, actual: actual ?? 'none' }],
    });
  }
  checks.answer('nonce', { outcome: 'passed', finding: 'Made over the random number of this visit.', actual });
}

function nonceIn(evidence: Evidence): string | undefined {
  try {
    const text = new TextDecoder().decode(base64urlToBytes(evidence.runtimeData.data));
    const nonce = (JSON.parse(text) as { nonce?: unknown } | null)?.nonce;
    return typeof nonce === 'string' ? nonce : undefined;
  } catch {
    return undefined;
  }
}

async function verifyToken(checks: CheckList, token: string, verification: Verification): Promise<AttestationResult> {
  const { url, issuer, certificateSha256 } = verification.config.attestationService;
  const seconds = Math.floor(verification.now / 1000);
  const result = await verifyAttestationResult(token, {
    issuers: [{ issuer, jwksUri: `${url}/certs`, certificateSha256 }],
    getKeys: reportingKeys(checks, verification),
    now: seconds,
    leewaySeconds: LEEWAY_SECONDS,
  });
  checks.answer('signature', {
    outcome: 'passed',
    finding: 'Signed with the pinned certificate (SHA-256).',
    actual: certificateSha256.join(', '),
  });
  return result;
}

/** Clocks of browsers and servers differ. */
const LEEWAY_SECONDS = 30;

/** The issuer's keys. They are asked for once the issuer was found on the list, so what fails from there is the signature. */
function reportingKeys(checks: CheckList, verification: Verification): IssuerKeys {
  const { certificateSha256 } = verification.config.attestationService;
  const keys = createIssuerKeys({
    fetchJwks: (uri) => fetchJwks(uri, verification),
    now: () => Math.floor(verification.now / 1000),
    minimumRefetchSeconds: 60,
  });
  return {
    async find(issuer, kid) {
      checks.answer('issuer', {
        outcome: 'passed',
        finding: 'The attestation service is the chosen one.',
        actual: issuer.issuer,
      });
      try {
        return await keys.find(issuer, kid);
      } catch (thrown) {
        const { definition, message } = toRefusal(thrown);
        const outcome = definition.kind === 'could-not-tell' ? 'could-not-tell' : 'failed';
        checks.answer('signature', {
          outcome,
          finding: message,
          expected: `certificate ${certificateSha256.join(', ')}`,
        });
        throw thrown;
      }
    },
  };
}

/** The signed report data must be the digest of the very bytes in which we found our nonce and the gateway's keys. */
async function checkBinding(checks: CheckList, evidence: Evidence, result: AttestationResult): Promise<void> {
  const expected = hexOf(await reportDataOf(base64urlToBytes(evidence.runtimeData.data)));
  if (result.reportData !== expected) {
    throw new Refusal(
      'EVIDENCE_BINDING_MISMATCH',
      'The attestation result vouches for other keys than the gateway showed.',
      {
        failures: [{ claim: 'report data', expected, actual: result.reportData }],
      },
    );
  }
  const keys = result.keys.map((key) => key.kid ?? 'unnamed').join(', ');
  checks.answer('binding', {
    outcome: 'passed',
    finding: 'The quote holds the digest of the gateway’s keys.',
    actual: keys,
  });
}

/** Which row a failed claim belongs to; any other claim is the platform's. */
const ROW_OF_CLAIM: Readonly<Record<string, CheckId>> = {
  nonce: 'nonce',
  'report data': 'binding',
  measurement: 'measurement',
  enclave: 'measurement',
  signer: 'measurement',
  debug: 'debug',
  simulated: 'hardware',
  age: 'validity',
  issuedAt: 'validity',
  expiresAt: 'validity',
  channel: 'channel',
};

function checkAppraisal(checks: CheckList, result: AttestationResult, { config, now }: Verification): void {
  const seconds = Math.floor(now / 1000);
  const appraisal = appraise(result, config.policy, {
    referenceValues: { gateway: config.referenceValues.gateway },
    now: seconds,
  });
  const failures = appraisal.failures.map((failure) => withPinnedValue(failure, config));
  for (const failure of failures) checks.answer(rowOf(failure), failed(failure));
  answerAccepted(checks, result, { config, seconds });
  if (!appraisal.accepted) {
    throw new Refusal('POLICY_NOT_SATISFIED', `The gateway does not satisfy the policy ${config.policy.name}.`, {
      failures,
    });
  }
}

/** The person who reads it compares with the value itself, not with its name. */
function withPinnedValue(failure: ClaimFailure, { referenceValues }: PortalConfig): ClaimFailure {
  if (failure.claim !== 'measurement') return failure;
  return { ...failure, expected: referenceValues.gateway.map((value) => value.measurement).join(', ') };
}

/** Fills the rows of the appraisal in which no claim failed. */
function answerAccepted(
  checks: CheckList,
  result: AttestationResult,
  { config, seconds }: { config: PortalConfig; seconds: number },
): void {
  checks.answer('validity', {
    outcome: 'passed',
    finding: `Issued ${Math.max(0, seconds - result.issuedAt)} seconds ago; at most ${config.policy.maximumAgeSeconds} are accepted.`,
  });
  checks.answer('measurement', {
    outcome: 'passed',
    finding: 'The measurement equals the pinned one.',
    expected: config.referenceValues.gateway.map((value) => value.measurement).join(', '),
    actual: result.measurement,
  });
  checks.answer('platform', {
    outcome: 'passed',
    finding: `${result.simulated ? 'Simulated ' : ''}${TEE_NAME[result.teeType]}, patch level ${result.tcbStatus ?? 'not stated by the attestation service'}.`,
  });
  checks.answer('debug', {
    outcome: 'passed',
    finding: result.debug ? 'Debug mode is on; the policy accepts it.' : 'Off.',
  });
  checks.answer(
    'hardware',
    result.simulated
      ? {
          outcome: 'conceded',
          finding: 'Simulated enclave: no hardware protects the data. The development policy lets it pass.',
        }
      : { outcome: 'passed', finding: 'The evidence comes from hardware.' },
  );
}

const TEE_NAME = { sgx: 'Intel SGX', tdx: 'Intel TDX', 'sev-snp': 'AMD SEV-SNP' } as const;

/** This portal speaks plain HTTP or HTTPS to the gateway, which a policy may concede and none accepts as published. */
function checkChannel(checks: CheckList, { policy }: PortalConfig): void {
  if (!policy.recipientChannels.includes('local')) {
    throw new Refusal('CHANNEL_NOT_ACCEPTED', 'The policy demands requests that are sealed to the attested key.', {
      failures: [{ claim: 'channel', expected: policy.recipientChannels.join(', ') || 'none', actual: 'local' }],
    });
  }
  checks.answer('channel', {
    outcome: 'conceded',
    finding:
      'The connection is not sealed: whoever ends the TLS connection could read it. The development policy lets it pass.',
  });
}

/** Puts the refusal into the row that it is about. */
function blame(checks: CheckList, refusal: Refusal): void {
  const [first] = refusal.failures;
  for (const failure of refusal.failures) checks.answer(rowOf(failure), failed(failure));
  if (first !== undefined) return;
  const outcome = refusal.definition.kind === 'could-not-tell' ? 'could-not-tell' : 'failed';
  checks.answer(ROW_OF_CODE[refusal.code] ?? 'evidence', { outcome, finding: refusal.message });
}

const ROW_OF_CODE: Readonly<Partial<Record<Refusal['code'], CheckId>>> = {
  RESULT_MALFORMED: 'signature',
  RESULT_SIGNATURE_INVALID: 'signature',
  RESULT_ISSUER_UNTRUSTED: 'issuer',
  RESULT_EXPIRED: 'validity',
  EVIDENCE_BINDING_MISMATCH: 'binding',
  RESULT_BINDING_MISMATCH: 'binding',
};

function rowOf(failure: ClaimFailure): CheckId {
  return ROW_OF_CLAIM[failure.claim] ?? 'platform';
}

function failed({ expected, actual }: ClaimFailure) {
  return { outcome: 'failed', finding: 'Does not match.', expected, actual } as const;
}

function outcomeOf(refusal: Refusal | undefined): TrustReport['outcome'] {
  if (refusal === undefined) return 'accepted';
  return refusal.definition.kind === 'could-not-tell' ? 'could-not-tell' : 'refused';
}
