import { Refusal, isRefusalCode, type RefusalCode } from '../../enclave/refusals.js';

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** What the gateway shows of itself. Nothing in it is believed until the attestation service has judged the quote. */
export interface Evidence {
  /** base64url */
  readonly quote: string;
  readonly runtimeData: { readonly data: string; readonly dataType: 'JSON' };
  /** The platform's name, as the gateway says it. */
  readonly platform: string;
}

export interface Sources {
  readonly fetch: Fetch;
  readonly signal?: AbortSignal;
}

const ANSWER_BYTES = 256 * 1024;
/** Neither cookies nor the page's address go along: at this point the other side is a stranger. */
const AS_STRANGER: RequestInit = {
  credentials: 'omit',
  cache: 'no-store',
  redirect: 'error',
  referrerPolicy: 'no-referrer',
};

/**
 * Asks the gateway for evidence over this browser's nonce.
 * @throws Refusal PEER_UNREACHABLE where it cannot be had, EVIDENCE_MALFORMED where it is no evidence.
 */
export async function askForEvidence(gateway: string, nonce: string, sources: Sources): Promise<Evidence> {
  const response = await reach(
    `${gateway}/evidence?nonce=${nonce}`,
    AS_STRANGER,
    sources,
    'PEER_UNREACHABLE',
    'gateway',
  );
  if (!response.ok) {
    throw new Refusal('PEER_UNREACHABLE', `The gateway answered ${response.status} when asked for evidence.`);
  }
  const answer = objectOf(await json(response, 'EVIDENCE_MALFORMED', 'gateway'));
  const runtimeData = objectOf(answer.runtimeData);
  if (typeof answer.quote !== 'string' || typeof runtimeData.data !== 'string') {
    throw new Refusal('EVIDENCE_MALFORMED', 'The gateway’s answer holds no quote with its runtime data.');
  }
  return {
    quote: answer.quote,
    runtimeData: { data: runtimeData.data, dataType: 'JSON' },
    platform: typeof answer.platform === 'string' ? answer.platform : 'unnamed',
  };
}

/**
 * Has the attestation service judge the evidence.
 * @returns the attestation result, a JWT that is still to be verified.
 * @throws Refusal ISSUER_UNREACHABLE where the service gave no verdict; its own code where it refused the evidence.
 */
export async function attest(service: string, evidence: Evidence, sources: Sources): Promise<string> {
  const init: RequestInit = {
    ...AS_STRANGER,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ quote: evidence.quote, runtimeData: evidence.runtimeData }),
  };
  const url = `${service}/attest/SgxEnclave?api-version=2022-08-01`;
  const response = await reach(url, init, sources, 'ISSUER_UNREACHABLE', 'attestation service');
  if (response.status >= 500 || response.status === 429) {
    throw new Refusal('ISSUER_UNREACHABLE', `The attestation service answered ${response.status}.`);
  }
  const answer = objectOf(await json(response, 'ISSUER_UNREACHABLE', 'attestation service'));
  if (!response.ok) throw refusedEvidence(answer, response.status);
  if (typeof answer.token !== 'string') {
    throw new Refusal('RESULT_MALFORMED', 'The attestation service’s answer holds no token.');
  }
  return answer.token;
}

/** The attestation service's signing keys. Nothing but this address is ever asked for them. */
export async function fetchJwks(uri: string, sources: Sources): Promise<unknown> {
  const response = await reach(uri, AS_STRANGER, sources, 'ISSUER_UNREACHABLE', 'attestation service');
  if (!response.ok) {
    throw new Refusal(
      'ISSUER_UNREACHABLE',
      `The attestation service answered ${response.status} when asked for its keys.`,
    );
  }
  return json(response, 'ISSUER_UNREACHABLE', 'attestation service');
}

async function reach(
  url: string,
  init: RequestInit,
  sources: Sources,
  code: RefusalCode,
  who: string,
): Promise<Response> {
  try {
    return await sources.fetch(url, sources.signal === undefined ? init : { ...init, signal: sources.signal });
  } catch (cause) {
    throw new Refusal(code, `The ${who} at ${new URL(url).origin} could not be reached.`, { cause });
  }
}

async function json(response: Response, code: RefusalCode, who: string): Promise<unknown> {
  try {
    const text = await response.text();
    if (text.length <= ANSWER_BYTES) return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Refusal(code, `The ${who} answered with something that is not JSON.`, { cause });
  }
  throw new Refusal(code, `The ${who} answered with more than ${ANSWER_BYTES} bytes.`);
}

/** Azure's error body; our own service puts the refusal's code into `innererror`. */
function refusedEvidence(answer: Record<string, unknown>, status: number): Refusal {
  const error = objectOf(answer.error);
  const inner = objectOf(error.innererror);
  const code = [inner.code, error.code].find(isRefusalCode) ?? 'EVIDENCE_MALFORMED';
  const message = typeof error.message === 'string' ? error.message.slice(0, 500) : `HTTP status ${status}`;
  return new Refusal(code, `The attestation service refused the evidence: ${message}`);
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
