import { appraise } from '../appraisal/appraise.js';
import type { AppraisalPolicy, PersonChannel, ReferenceValue, TrustedIssuer } from '../appraisal/policy.js';
import { bytesOfBase64, hexOf } from '../bytes.js';
import { reportDataOf } from '../evidence/runtimeData.js';
import { Refusal, toRefusal, type ClaimFailure } from '../refusals.js';
import type { AttestationResult } from '../results/attestationResult.js';
import type { IssuerKeys } from '../results/issuerKeys.js';
import { verifyAttestationResult } from '../results/verifyResult.js';
import { CheckList, type Check } from './checks.js';
import { askForEvidence, attest, type GatewayEvidence, type Sources } from './evidence.js';

export interface GatewayVerification extends Sources {
  /** Origin of the gateway, without a slash at the end. */
  readonly gateway: string;
  /** URL of the service that judges its evidence, without a slash at the end. */
  readonly attestationService: string;
  /** Whose result is believed, and with which keys. Never what gateway or service say of themselves. */
  readonly issuers: readonly TrustedIssuer[];
  readonly getKeys: IssuerKeys;
  readonly policy: AppraisalPolicy;
  /** What the gateway must be. */
  readonly referenceValues: readonly ReferenceValue[];
  /** base64url of at least 16 random bytes, drawn for this verification alone. */
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How a person would speak to the gateway afterwards; absent where nobody will. */
  readonly channel?: PersonChannel;
}

export interface GatewayReport {
  readonly outcome: 'accepted' | 'refused' | 'could-not-tell';
  readonly checks: readonly Check[];
  /** Why not; undefined where accepted. */
  readonly refusal: Refusal | undefined;
  /** Present as soon as it was verified, accepted or not. */
  readonly result: AttestationResult | undefined;
  /** The platform's name, as the gateway says it. */
  readonly platform: string | undefined;
  /** Milliseconds since 1970, by the clock of who verifies. */
  readonly verifiedAt: number;
}

/**
 * Is the gateway genuine, and do we accept it? Runs before sign-in and before any query; the attacker holds the
 * gateway's whole answer and everything between it and us. Nothing but the nonce is sent to the gateway.
 *
 * It does not check the evidence itself: that is the attestation service's work, whose signing key is pinned.
 * Never throws: what went wrong is in the report.
 */
export async function verifyGateway(verification: GatewayVerification): Promise<GatewayReport> {
  const { attestationService, gateway, nonce, now } = verification;
  const checks = new CheckList();
  let evidence: GatewayEvidence | undefined;
  let result: AttestationResult | undefined;
  let refusal: Refusal | undefined;
  try {
    evidence = await askForEvidence(gateway, nonce, verification);
    checkNonce(checks, evidence, nonce);
    const token = await attest(attestationService, evidence, verification);
    checks.answer('evidence', { outcome: 'passed', finding: 'The attestation service found the evidence genuine.' });
    result = await verifyToken(checks, token, verification);
    await checkBinding(checks, evidence, result);
    checkAppraisal(checks, result, verification);
    checkChannel(checks, verification);
  } catch (thrown) {
    refusal = toRefusal(thrown);
    checks.blame(refusal);
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

function checkNonce(checks: CheckList, evidence: GatewayEvidence, nonce: string): void {
  const actual = nonceIn(evidence);
  if (actual !== nonce) {
    throw new Refusal('EVIDENCE_NOT_FRESH', 'The evidence was not made over the number that was sent.', {
      failures: [{ claim: 'nonce', expected: nonce, actual: actual?.slice(0, 100) ?? 'none' }],
    });
  }
  checks.answer('nonce', { outcome: 'passed', finding: 'Made now, over the random number of this check.', actual });
}

function nonceIn({ body }: GatewayEvidence): string | undefined {
  try {
    const text = new TextDecoder().decode(bytesOfBase64(body.runtimeData.data));
    const nonce = (JSON.parse(text) as { nonce?: unknown } | null)?.nonce;
    return typeof nonce === 'string' ? nonce : undefined;
  } catch {
    return undefined;
  }
}

/** Clocks of relying parties and servers differ. */
const LEEWAY_SECONDS = 30;

async function verifyToken(
  checks: CheckList,
  token: string,
  { getKeys, issuers, now }: GatewayVerification,
): Promise<AttestationResult> {
  const result = await verifyAttestationResult(token, {
    issuers,
    getKeys: reportingKeys(checks, getKeys),
    now: Math.floor(now / 1000),
    leewaySeconds: LEEWAY_SECONDS,
  });
  const pins = issuers.find(({ issuer }) => issuer === result.issuer)?.certificateSha256;
  checks.answer('signature', {
    outcome: 'passed',
    finding: pins
      ? 'Signed with the pinned certificate (SHA-256).'
      : `Signed with a key that ${result.issuer} publishes.`,
    ...(pins && { actual: pins.join(', ') }),
  });
  return result;
}

/** The issuer's keys. They are asked for once the issuer was found on the list, so what fails from there is the signature. */
function reportingKeys(checks: CheckList, getKeys: IssuerKeys): IssuerKeys {
  return {
    async find(issuer, kid) {
      const finding = 'The attestation service is the chosen one.';
      checks.answer('issuer', { outcome: 'passed', finding, actual: issuer.issuer });
      try {
        return await getKeys.find(issuer, kid);
      } catch (thrown) {
        const { definition, message } = toRefusal(thrown);
        const pins = issuer.certificateSha256;
        checks.answer('signature', {
          outcome: definition.kind === 'could-not-tell' ? 'could-not-tell' : 'failed',
          finding: message,
          ...(pins && { expected: `certificate ${pins.join(', ')}` }),
        });
        throw thrown;
      }
    },
  };
}

/** The signed report data must be the digest of the very bytes in which we found our nonce and the gateway's keys. */
async function checkBinding(checks: CheckList, { body }: GatewayEvidence, result: AttestationResult): Promise<void> {
  const expected = hexOf(await reportDataOf(bytesOfBase64(body.runtimeData.data)));
  if (result.reportData !== expected) {
    throw new Refusal(
      'EVIDENCE_BINDING_MISMATCH',
      'The attestation result vouches for other keys than the gateway showed.',
      { failures: [{ claim: 'report data', expected, actual: result.reportData }] },
    );
  }
  const keys = result.keys.map((key) => key.kid ?? 'unnamed').join(', ');
  checks.answer('binding', {
    outcome: 'passed',
    finding: 'The evidence holds the digest of the gateway’s keys.',
    actual: keys,
  });
}

function checkAppraisal(checks: CheckList, result: AttestationResult, verification: GatewayVerification): void {
  const { policy, referenceValues } = verification;
  const now = Math.floor(verification.now / 1000);
  const appraisal = appraise(result, policy, { referenceValues: { gateway: referenceValues }, now });
  const failures = appraisal.failures.map((failure) => withPinnedValue(failure, referenceValues));
  checks.fail(failures);
  answerAccepted(checks, result, verification);
  if (!appraisal.accepted) {
    throw new Refusal('POLICY_NOT_SATISFIED', `The gateway does not satisfy the policy ${policy.name}.`, { failures });
  }
}

/** The person who reads it compares with the value itself, not with its name. */
function withPinnedValue(failure: ClaimFailure, referenceValues: readonly ReferenceValue[]): ClaimFailure {
  return failure.claim === 'measurement' ? { ...failure, expected: wordsOf(referenceValues) } : failure;
}

function wordsOf(referenceValues: readonly ReferenceValue[]): string {
  const words = referenceValues.map(
    (value) =>
      value.measurement ??
      `signer ${value.signer}, product ${value.productId}, security version ${value.minimumSecurityVersion} or later`,
  );
  return words.join(', ') || 'no reference value';
}

/** Fills the rows of the appraisal in which no claim failed. */
function answerAccepted(
  checks: CheckList,
  result: AttestationResult,
  { now, policy, referenceValues }: GatewayVerification,
): void {
  const ageSeconds = Math.max(0, Math.floor(now / 1000) - result.issuedAt);
  checks.answer('validity', {
    outcome: 'passed',
    finding: `Issued ${ageSeconds} seconds ago; at most ${policy.maximumAgeSeconds} are accepted.`,
  });
  checks.answer('measurement', {
    outcome: 'passed',
    finding: 'It measures to the pinned value.',
    expected: wordsOf(referenceValues),
    actual: result.measurement,
  });
  checks.answer('platform', { outcome: 'passed', finding: platformOf(result) });
  checks.answer('debug', {
    outcome: 'passed',
    finding: result.debug ? 'Debug mode is on; the policy accepts it.' : 'Off.',
  });
  checks.answer(
    'hardware',
    result.simulated
      ? {
          outcome: 'conceded',
          finding: 'SIMULATED enclave: no hardware protects the data. The development policy lets it pass.',
        }
      : { outcome: 'passed', finding: 'The evidence comes from hardware.' },
  );
}

const TEE_NAME = { sgx: 'Intel SGX', tdx: 'Intel TDX', 'sev-snp': 'AMD SEV-SNP' } as const;

function platformOf({ advisoryIds, simulated, tcbStatus, teeType }: AttestationResult): string {
  const advisories = advisoryIds && advisoryIds.length > 0 ? `, advisories ${advisoryIds.join(', ')}` : '';
  const level = tcbStatus ?? 'not stated by the attestation service';
  return `${simulated ? 'Simulated ' : ''}${TEE_NAME[teeType]}, patch level ${level}${advisories}.`;
}

/** A policy may concede a channel that is not sealed; none does as published. */
function checkChannel(checks: CheckList, { channel, policy }: GatewayVerification): void {
  if (channel === undefined) {
    checks.answer('channel', { outcome: 'not-reached', finding: 'Not asked: nothing is going to be sent.' });
    return;
  }
  requireChannel(policy, channel);
  checks.answer(
    'channel',
    channel === 'sealed'
      ? { outcome: 'passed', finding: 'What is sent is sealed to the attested key.' }
      : {
          outcome: 'conceded',
          finding:
            'The connection is not sealed: whoever ends the TLS connection could read it. The development policy lets it pass.',
        },
  );
}

/** @throws Refusal CHANNEL_NOT_ACCEPTED where people may not receive values over this channel. */
export function requireChannel({ name, recipientChannels }: AppraisalPolicy, channel: PersonChannel): void {
  if (recipientChannels.includes(channel)) return;
  const expected = recipientChannels.join(', ') || 'none';
  throw new Refusal(
    'CHANNEL_NOT_ACCEPTED',
    `The policy ${name} demands requests that are sealed to the attested key.`,
    {
      failures: [{ claim: 'channel', expected, actual: channel }],
    },
  );
}

function outcomeOf(refusal: Refusal | undefined): GatewayReport['outcome'] {
  if (refusal === undefined) return 'accepted';
  return refusal.definition.kind === 'could-not-tell' ? 'could-not-tell' : 'refused';
}
