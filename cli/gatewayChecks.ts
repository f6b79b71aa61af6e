import { randomBytes } from 'node:crypto';
import type { AppraisalPolicy } from '../enclave/appraisal/policy.js';
import type { Check as GatewayCheck, CheckId, CheckOutcome } from '../enclave/gatewayTrust/checks.js';
import { requireChannel, verifyGateway } from '../enclave/gatewayTrust/verifyGateway.js';
import type { Refusal } from '../enclave/refusals.js';
import type { AttestationResult } from '../enclave/results/attestationResult.js';
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

const TIMEOUT_MS = 30_000;

/**
 * Is the gateway genuine, and do we accept it? The checks of the portal, by the trust file; those that were not reached
 * are left out. Nothing but a random number is sent to the gateway.
 */
export async function checkGateway(target: Target, policy: AppraisalPolicy): Promise<GatewayReport> {
  const { attestationService, gateway, trust } = target;
  const { checks, refusal, result } = await verifyGateway({
    gateway,
    attestationService,
    issuers: trust.issuers,
    getKeys: trust.getKeys,
    policy,
    referenceValues: trust.referenceValues.gateway ?? [],
    nonce: randomBytes(32).toString('base64url'),
    now: Date.now(),
    fetch: (url, init) => fetch(url, init),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { checks: checks.flatMap(lineOf), refusal, result };
}

const NAMES: Readonly<Record<CheckId, string>> = {
  evidence: 'Evidence',
  nonce: 'Freshness',
  signature: 'Signature',
  issuer: 'Issuer',
  validity: 'Age',
  binding: 'Keys',
  measurement: 'Program',
  platform: 'Platform',
  debug: 'Debug mode',
  hardware: 'Hardware',
  channel: 'Channel',
};

const OUTCOMES: Readonly<Record<Exclude<CheckOutcome, 'not-reached'>, Check['outcome']>> = {
  passed: 'passed',
  conceded: 'conceded',
  failed: 'failed',
  'could-not-tell': 'could not tell',
};

function lineOf({ actual, expected, finding, id, outcome }: GatewayCheck): readonly Check[] {
  if (outcome === 'not-reached') return [];
  const values = [expected && `expected ${expected}`, actual && `${expected ? 'got ' : ''}${actual}`];
  const compared = values.filter((value) => value !== undefined && value !== '').join(', ');
  return [{ name: NAMES[id], outcome: OUTCOMES[outcome], finding: compared ? `${finding} (${compared})` : finding }];
}

/**
 * This program cannot seal requests yet; before it sends anything, the policy must concede that.
 * @throws Refusal CHANNEL_NOT_ACCEPTED
 */
export function requireLocalChannel(policy: AppraisalPolicy): void {
  requireChannel(policy, 'local');
}
