import type { KeyObject } from 'node:crypto';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import { appraise } from '../enclave/appraisal/appraise.js';
import type { Credential } from '../enclave/channel/credential.js';
import { makeCredential } from '../enclave/channel/credential.js';
import type { AttestRequest, EvidenceAnswer } from '../enclave/evidence/attestRequest.js';
import { attestRequestOf, attestUrl } from '../enclave/evidence/attestRequest.js';
import type { EvidencePlatform } from '../enclave/evidence/attester.js';
import { reportDataOf, runtimeDataOf } from '../enclave/evidence/runtimeData.js';
import { Refusal, toRefusal } from '../enclave/refusals.js';
import type { AttestationResult } from '../enclave/results/attestationResult.js';
import { KEY_ID } from '../enclave/results/attestationResult.js';
import { fetchJson } from './fetchJson.js';
import type { Log } from './log.js';
import type { Trust } from './trust.js';

/** A key pair made in this process; the private half stays in its memory. */
export interface AttestedKey {
  readonly privateKey: KeyObject;
  /** Public, with its `kid`. */
  readonly jwk: JWK;
}

/** Who this process is: its keys, and what the attestation service says of them at the moment. */
export interface AttestedIdentity {
  /** The enclave's name. */
  readonly name: string;
  readonly credential: () => Credential;
  readonly result: () => AttestationResult;
  readonly receiptKey: AttestedKey;
  /** Fresh evidence for the same keys. @param nonce of the relying party, put into the runtime data. */
  readonly evidence: (nonce?: string) => Promise<EvidenceAnswer>;
  /** Reasons not to be sent work; empty while the result is in date. */
  readonly notReady: () => readonly string[];
  /** Ends renewal. */
  readonly close: () => void;
}

export interface IdentityOptions {
  /** The enclave, for instance patient. */
  readonly name: string;
  readonly platform: EvidencePlatform;
  /** URL of the attestation service. */
  readonly attestationService: string;
  readonly trust: Trust;
  /** Milliseconds since 1970, for instance Date.now. */
  readonly now: () => number;
  /** 0 to 1, for instance Math.random: keeps replicas from renewing all at once. */
  readonly jitter: () => number;
  readonly log: Log;
  /** How long the first attestation may take; the service may start later than we do. */
  readonly startTimeoutMs?: number;
}

const START_TIMEOUT_MS = 60_000;
const FIRST_RETRY_MS = 250;
const LONGEST_START_RETRY_MS = 4000;
const LONGEST_RENEWAL_RETRY_MS = 60_000;
const ATTEST_TIMEOUT_MS = 10_000;
const ATTEST_BYTES = 262_144;
/** setTimeout takes at most 2^31 - 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Makes the keys of this process, has them attested, and keeps the result fresh: it is renewed at half its life.
 *
 * @throws Refusal of the last attempt where there is no result within `startTimeoutMs`, or at once where trying again is
 *   of no use: the service refuses our evidence, or we do not trust the service.
 */
export async function createAttestedIdentity(options: IdentityOptions): Promise<AttestedIdentity> {
  const { name, platform, trust, now, jitter, log } = options;
  const tlsKey = createKey(KEY_ID.tls);
  const receiptKey = createKey(KEY_ID.receipt);
  const keys = [tlsKey.jwk, receiptKey.jwk];
  let current = await attestWithRetries();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  scheduleRenewal();

  return {
    name,
    receiptKey,
    credential: () => current.credential,
    result: () => current.result,
    evidence: (nonce) => answerOf(platform, keys, nonce),
    notReady: () => (now() / 1000 < current.result.expiresAt ? [] : ['The attestation result has expired.']),
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };

  async function attest(): Promise<{ result: AttestationResult; credential: Credential }> {
    const token = await askService(options.attestationService, await freshRequest(platform, keys));
    const result = await trust.verifyResult(token);
    if (result.keys.find((key) => key.kid === KEY_ID.tls)?.x !== tlsKey.jwk.x) {
      throw new Refusal(
        'RESULT_BINDING_MISMATCH',
        'The attestation service answered with a result for other keys than ours.',
      );
    }
    warnWhereUnacceptable(result);
    const { expiresAt } = result;
    const credential = makeCredential({
      key: tlsKey.privateKey,
      token,
      expiresAt,
      now: now() / 1000,
      serial: randomBytes(16),
    });
    log.info(
      { resultId: result.id, measurement: result.measurement, expiresAt, simulated: result.simulated },
      'Attested.',
    );
    return { result, credential };
  }

  async function attestWithRetries(): ReturnType<typeof attest> {
    const deadline = now() + (options.startTimeoutMs ?? START_TIMEOUT_MS);
    for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_START_RETRY_MS)) {
      try {
        return await attest();
      } catch (thrown) {
        const refusal = toRefusal(thrown);
        if (!refusal.definition.retryable || now() + delayMs > deadline) throw refusal;
        log.warn({ error: refusal, delayMs, url: options.attestationService }, 'Not attested yet; trying again.');
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  function scheduleRenewal(): void {
    const { issuedAt, expiresAt } = current.result;
    // From half of its life to 60 %.
    const renewAt = (issuedAt + (expiresAt - issuedAt) * (0.5 + 0.1 * jitter())) * 1000;
    schedule(renewAt - now(), FIRST_RETRY_MS);
  }

  function schedule(delayMs: number, nextRetryMs: number): void {
    if (closed) return;
    timer = setTimeout(() => void renew(nextRetryMs), Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS)).unref();
  }

  async function renew(retryMs: number): Promise<void> {
    try {
      current = await attest();
      scheduleRenewal();
    } catch (thrown) {
      // The old result is good for half of its life yet: go on trying, and let readiness tell when it has expired.
      const delayMs = retryMs * (1 + jitter());
      log.error(
        { error: toRefusal(thrown), delayMs, expiresAt: current.result.expiresAt },
        'Attestation could not be renewed; trying again.',
      );
      schedule(delayMs, Math.min(retryMs * 2, LONGEST_RENEWAL_RETRY_MS));
    }
  }

  /** Others decide for themselves, but by policies and reference values like ours: better said here than found there. */
  function warnWhereUnacceptable(result: AttestationResult): void {
    const policy = trust.policies.get('component');
    if (!policy) return;
    const { failures, enclave } = appraise(result, policy, {
      referenceValues: trust.referenceValues,
      now: now() / 1000,
    });
    if (failures.length > 0)
      log.warn({ failures, policy: policy.name }, 'This process would not accept itself as a peer.');
    else if (enclave !== name) log.warn({ enclave }, 'The reference values know this process under another name.');
  }
}

function createKey(kid: string): AttestedKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' }) as JWK;
  return { privateKey, jwk: { kty, crv, x, y, kid, use: 'sig' } as JWK };
}

async function freshRequest(platform: EvidencePlatform, keys: readonly JWK[], nonce?: string): Promise<AttestRequest> {
  const runtimeData = runtimeDataOf(keys, nonce);
  return attestRequestOf(await platform.evidence(await reportDataOf(runtimeData)), runtimeData);
}

async function answerOf(platform: EvidencePlatform, keys: readonly JWK[], nonce?: string): Promise<EvidenceAnswer> {
  const { kind, body } = await freshRequest(platform, keys, nonce);
  return { kind, ...body, simulated: platform.simulated, platform: platform.name };
}

/** @returns the token. @throws Refusal ISSUER_UNREACHABLE, or EVIDENCE_REFUSED with what the service says of our evidence. */
async function askService(service: string, { kind, body }: AttestRequest): Promise<string> {
  const url = attestUrl(service, kind);
  const request = { url, body, timeoutMs: ATTEST_TIMEOUT_MS, maximumBytes: ATTEST_BYTES };
  const answer = await fetchJson(request).catch((cause: unknown) => {
    throw new Refusal('ISSUER_UNREACHABLE', `The attestation service ${service} cannot be reached.`, { cause });
  });
  const { token, error } = (answer.body ?? {}) as { token?: unknown; error?: { code?: unknown; message?: unknown } };
  if (answer.status === 200 && typeof token === 'string') return token;
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
    const said = [error?.code, error?.message]
      .filter((part) => typeof part === 'string')
      .join(': ')
      .slice(0, 300);
    throw new Refusal(
      'EVIDENCE_REFUSED',
      `The attestation service ${service} refuses our evidence: ${said || `status ${answer.status}`}`,
    );
  }
  throw new Refusal('ISSUER_UNREACHABLE', `The attestation service ${service} answered with status ${answer.status}.`);
}
