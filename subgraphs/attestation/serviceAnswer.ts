import type { ClaimFailure, RefusalCode } from '../../enclave/refusals.js';
import { isRefusalCode, Refusal } from '../../enclave/refusals.js';
import type { JsonAnswer } from '../../runtime/fetchJson.js';

/** Why an attestation service gave no result, in our words and in its own. */
export interface ServiceRefusal {
  readonly refusal: Refusal;
  /** For instance InvalidParameter; null where it gave none. */
  readonly serviceCode: string | null;
}

const MAXIMUM_CODE = 64;
const MAXIMUM_WORDS = 500;
const MAXIMUM_FAILURES = 32;

/** Azure's codes that say what was found of evidence. All others speak of the request or of the service itself. */
const FOUND: ReadonlyMap<string, RefusalCode> = new Map([
  ['PolicyEvaluationError', 'POLICY_DENIED'],
  ['InvalidQuote', 'EVIDENCE_REFUSED'],
  ['InvalidParameter', 'EVIDENCE_REFUSED'],
]);

/**
 * What an answer without a result means. Our own service says which of our refusals it is (innererror); of Azure's codes
 * few are as clear. Whatever does not say that the evidence is forged or denied says nothing about it.
 */
export function refusalInAnswer(service: string, { status, body }: JsonAnswer): ServiceRefusal {
  const error = objectIn(body, 'error');
  const { code: innerCode, failures } = objectIn(error, 'innererror');
  const serviceCode = textOf(error.code, MAXIMUM_CODE);
  const code = isRefusalCode(innerCode) ? innerCode : status === 400 ? FOUND.get(serviceCode ?? '') : undefined;
  if (status >= 400 && code !== undefined && isOfTheEvidence(code)) {
    const words = textOf(error.message, MAXIMUM_WORDS) ?? `The attestation service ${service} gives no reason.`;
    return { refusal: new Refusal(code, words, { failures: failuresOf(failures) }), serviceCode };
  }
  const isAway = status >= 500 || status === 408 || status === 429;
  const said = serviceCode === null ? `status ${status}` : `status ${status}, ${serviceCode}`;
  const why = `The attestation service ${service} answered with ${said}, which says nothing about the evidence.`;
  return { refusal: new Refusal(isAway ? 'ISSUER_UNREACHABLE' : 'UPSTREAM_FAILED', why), serviceCode };
}

/** What was found of it, or what is wrong with what was sent. */
function isOfTheEvidence(code: RefusalCode): boolean {
  const { kind } = new Refusal(code, '').definition;
  return kind === 'caller' ? code === 'BAD_INPUT' || code === 'TOO_LARGE' : kind !== 'fault';
}

function failuresOf(value: unknown): ClaimFailure[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAXIMUM_FAILURES).flatMap((entry: unknown) => {
    const { claim, expected, actual } = { ...(entry as Partial<Record<keyof ClaimFailure, unknown>> | null) };
    const texts = [claim, expected, actual].map((text) => textOf(text, MAXIMUM_WORDS));
    const [name, wanted, found] = texts;
    return name == null || wanted == null || found == null ? [] : [{ claim: name, expected: wanted, actual: found }];
  });
}

function objectIn(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const found = (value as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return typeof found === 'object' && found !== null ? (found as Readonly<Record<string, unknown>>) : {};
}

/** Shortened, and without control characters: it goes into answers and logs. */
function textOf(value: unknown, characters: number): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.slice(0, characters).replace(/\p{Cc}+/gu, ' ');
}
