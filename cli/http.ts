import { Refusal, isRefusalCode, type RefusalCode } from '../enclave/refusals.js';

const TIMEOUT_MS = 30_000;
const MAXIMUM_ANSWER_BYTES = 8 * 1024 * 1024;

export interface JsonAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly body: unknown;
}

/**
 * One request that is answered with JSON.
 * @throws Refusal `unreachable` where nothing answers in time, UPSTREAM_FAILED where the answer is no JSON or too large.
 */
export async function fetchJson(
  url: string,
  init: RequestInit = {},
  unreachable: RefusalCode = 'PEER_UNREACHABLE',
): Promise<JsonAnswer> {
  let answer: Response;
  try {
    answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), ...init });
  } catch (cause) {
    throw new Refusal(unreachable, `${new URL(url).origin} does not answer.`, { cause });
  }
  const text = await answer.text();
  if (text.length > MAXIMUM_ANSWER_BYTES)
    throw new Refusal(
      'UPSTREAM_FAILED',
      `${new URL(url).origin} answered with more than ${MAXIMUM_ANSWER_BYTES} bytes.`,
    );
  try {
    return { ok: answer.ok, status: answer.status, body: JSON.parse(text) };
  } catch (cause) {
    throw new Refusal('UPSTREAM_FAILED', `${new URL(url).origin} answered status ${answer.status} without JSON.`, {
      cause,
    });
  }
}

/** The refusal that a body of our own routes, or of the attestation service, holds. */
export function refusalOf({ body, status }: JsonAnswer, otherwise: RefusalCode, who: string): Refusal {
  const error = objectOf(objectOf(body).error);
  const code = [objectOf(error.innererror).code, error.code].find(isRefusalCode) ?? otherwise;
  const message = typeof error.message === 'string' ? error.message : `HTTP status ${status}`;
  return new Refusal(code, `${who}: ${message}`);
}

export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
