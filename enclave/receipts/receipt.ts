import type { CryptoKey, JWK, KeyObject } from 'jose';
import { CompactSign, compactVerify, decodeJwt, importJWK } from 'jose';
import { appraise } from '../appraisal/appraise.js';
import type { AppraisalPolicy, ReferenceValues, TrustedIssuer } from '../appraisal/policy.js';
import { Refusal, toRefusal } from '../refusals.js';
import type { AttestationResult } from '../results/attestationResult.js';
import { KEY_ID } from '../results/attestationResult.js';
import type { IssuerKeys } from '../results/issuerKeys.js';
import { verifyAttestationResult } from '../results/verifyResult.js';
import { canonicalJson, digestOf } from './canonicalJson.js';

/**
 * Receipts: an enclave's signed word that this model made this answer from this input. A receipt carries the attestation
 * result that vouches for its key, so that it can be checked years later with the issuer's certificate alone.
 */
export interface ReceiptContent {
  /** Seconds since 1970. */
  readonly iat: number;
  /** Hex SHA-256 of the input, for instance of the image file. */
  readonly input: string;
  readonly model: ReceiptModel;
  /** Hex SHA-256 of the canonical JSON of the answer without its receipt. */
  readonly output: string;
  /** Identifier (jti) and measurement of the attestation result below: readable without decoding it. */
  readonly attestationResult: string;
  readonly measurement: string;
  /** The receipt key, public. */
  readonly jwk: JWK;
  /** The attestation result that vouches for it. */
  readonly attestation: string;
}

export interface ReceiptModel {
  readonly id: string;
  readonly version: string;
  /** Hex, of the model file. */
  readonly sha256: string;
}

const TYPE = 'cloister-receipt+jwt';
const MAXIMUM_RECEIPT_CHARACTERS = 131_072;

export interface SignReceiptOptions {
  /** The receipt key of the enclave: its private half, and the public one as it stands in the runtime data. */
  readonly key: { readonly privateKey: CryptoKey | KeyObject; readonly jwk: JWK };
  /** The enclave's own attestation result, in date. */
  readonly result: AttestationResult;
  /** Seconds since 1970. */
  readonly now: number;
  /** Hex SHA-256 of the input. */
  readonly input: string;
  readonly model: ReceiptModel;
  /** The answer, without its receipt. */
  readonly answer: unknown;
}

/** @returns a compact JWS, ES256. */
export async function signReceipt({ key, result, now, input, model, answer }: SignReceiptOptions): Promise<string> {
  const content: ReceiptContent = {
    iat: Math.floor(now),
    input,
    model: { id: model.id, version: model.version, sha256: model.sha256 },
    output: await digestOf(answer),
    attestationResult: result.id,
    measurement: result.measurement,
    jwk: key.jwk,
    attestation: result.token,
  };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'ES256', kid: KEY_ID.receipt, typ: TYPE })
    .sign(key.privateKey);
}

export interface VerifyReceiptOptions {
  readonly receipt: string;
  readonly issuers: readonly TrustedIssuer[];
  /** `fixedIssuerKeys` of a kept JWKS makes the check work without a network. */
  readonly getKeys: IssuerKeys;
  /** Seconds since 1970. */
  readonly now: number;
  /** What the receipt must be about, as far as it is known; hex SHA-256, the answer without its receipt, the model's digest. */
  readonly input?: string;
  readonly answer?: unknown;
  readonly modelSha256?: string;
  /** Where given, the enclave must have satisfied the policy when it signed. */
  readonly appraisal?: { readonly policy: AppraisalPolicy; readonly referenceValues: ReferenceValues };
}

export interface VerifiedReceipt {
  readonly content: ReceiptContent;
  /** The attestation result behind it, as of the time of the receipt. */
  readonly result: AttestationResult;
  /** The enclave that signed, where an appraisal was asked for. */
  readonly enclave: string | undefined;
}

/** How far the clocks of enclave and verifier may differ, in seconds. */
const LEEWAY_SECONDS = 60;

/**
 * Checks a receipt: signed by a key that a genuine attestation result vouched for at that time, and about what was asked.
 * Its time is the enclave's word; a receipt says nothing about whether the enclave has been distrusted since.
 *
 * @throws Refusal RECEIPT_INVALID with what is wrong, or ISSUER_UNREACHABLE where it could not be told.
 */
export async function verifyReceipt(options: VerifyReceiptOptions): Promise<VerifiedReceipt> {
  try {
    const claimed = readUnverified(options.receipt);
    if (claimed.iat > options.now + LEEWAY_SECONDS) throw invalid('is from the future');
    const { issuers, getKeys } = options;
    const result = await verifyAttestationResult(claimed.attestation, {
      issuers,
      getKeys,
      now: claimed.iat,
      leewaySeconds: LEEWAY_SECONDS,
    });
    const content = await verifySignature(options.receipt, result);
    requireSame('attestation result', content.attestationResult, result.id);
    requireSame('measurement', content.measurement, result.measurement);
    if (options.input !== undefined) requireSame('input', content.input, options.input);
    if (options.modelSha256 !== undefined) requireSame('model', content.model.sha256, options.modelSha256);
    if (options.answer !== undefined) requireSame('answer', content.output, await digestOf(options.answer));
    return { content, result, enclave: requireAcceptable(content, result, options.appraisal) };
  } catch (thrown) {
    const refusal = toRefusal(thrown);
    if (refusal.code === 'RECEIPT_INVALID' || refusal.code === 'ISSUER_UNREACHABLE') throw refusal;
    throw new Refusal('RECEIPT_INVALID', `The receipt does not verify: ${refusal.message}`, {
      cause: thrown,
      failures: refusal.failures,
    });
  }
}

/** The token and the time by which it is verified. All of it is checked again under the signature. */
function readUnverified(receipt: string): { iat: number; attestation: string } {
  if (receipt.length > MAXIMUM_RECEIPT_CHARACTERS)
    throw invalid(`has more than ${MAXIMUM_RECEIPT_CHARACTERS} characters`);
  let claims: Record<string, unknown>;
  try {
    claims = decodeJwt(receipt);
  } catch (cause) {
    throw invalid('is not a compact JWS of JSON', cause);
  }
  const { iat, attestation } = claims;
  if (!Number.isSafeInteger(iat) || typeof attestation !== 'string')
    throw invalid('names no time or no attestation result');
  return { iat: iat as number, attestation };
}

/** The key comes from the attestation result; the one in the receipt must be the same. */
async function verifySignature(receipt: string, result: AttestationResult): Promise<ReceiptContent> {
  const [jwk, ...others] = result.keys.filter((key) => key.kid === KEY_ID.receipt);
  if (!jwk || others.length > 0) throw invalid('rests on an attestation result that vouches for no receipt key');
  let payload: Uint8Array;
  try {
    const verified = await compactVerify(receipt, await importJWK(jwk, 'ES256'), { algorithms: ['ES256'] });
    payload = verified.payload;
    if (verified.protectedHeader.typ !== TYPE)
      throw invalid(`has type "${String(verified.protectedHeader.typ).slice(0, 32)}"`);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw invalid('is not signed by the key that its attestation result vouches for', cause);
  }
  const content = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
  if (!isContent(content)) throw invalid('lacks a field');
  requireSame('key', canonicalJson(content.jwk), canonicalJson(jwk));
  return content;
}

function isContent(value: Record<string, unknown>): value is Record<string, unknown> & ReceiptContent {
  const model = value.model as Partial<Record<string, unknown>> | null | undefined;
  const texts = [
    value.input,
    value.output,
    value.attestationResult,
    value.measurement,
    model?.id,
    model?.version,
    model?.sha256,
  ];
  return texts.every((text) => typeof text === 'string') && typeof value.jwk === 'object' && value.jwk !== null;
}

function requireAcceptable(
  content: ReceiptContent,
  result: AttestationResult,
  appraisal: VerifyReceiptOptions['appraisal'],
): string | undefined {
  if (!appraisal) return undefined;
  const { policy, referenceValues } = appraisal;
  const { accepted, failures, enclave } = appraise(result, policy, { referenceValues, now: content.iat });
  if (!accepted)
    throw new Refusal('RECEIPT_INVALID', `The enclave that signed the receipt does not satisfy ${policy.name}.`, {
      failures,
    });
  return enclave;
}

function requireSame(what: string, stated: string, expected: string): void {
  if (stated !== expected)
    throw invalid(`is about another ${what}: ${stated.slice(0, 100)}, not ${expected.slice(0, 100)}`);
}

function invalid(what: string, cause?: unknown): Refusal {
  return new Refusal('RECEIPT_INVALID', `The receipt ${what}.`, { cause });
}
