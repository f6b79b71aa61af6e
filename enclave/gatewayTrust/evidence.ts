import type { EvidenceKind } from '../evidence/attester.js';
import type { AttestBody } from '../evidence/attestRequest.js';
import { attestUrl } from '../evidence/attestRequest.js';
import { Refusal, isRefusalCode, type RefusalCode } from '../refusals.js';

export type Fetch = (url: string, init: StrangersRequest) => Promise<Response>;

/** Neither cookies nor the page's address go along: at this point the other side is a stranger. */
export interface StrangersRequest {
  readonly credentials: 'omit';
  readonly cache: 'no-store';
  readonly redirect: 'error';
  readonly referrerPolicy: 'no-referrer';
  readonly method?: 'POST';
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface Sources {
  readonly fetch: Fetch;
  /** Bounds the time of everything that is fetched. */
  readonly signal?: AbortSignal;
}

/** What a gateway shows of itself. Nothing in it is believed until the attestation service has judged it. */
export interface GatewayEvidence {
  readonly kind: EvidenceKind;
  /** What POST /attest/{kind} takes. */
  readonly body: AttestBody;
  /** The platform's name, as the gateway says it. */
  readonly platform: string;
}

const ANSWER_BYTES = 256 * 1024;
const MAXIMUM_NAME = 64;
const AS_STRANGER: StrangersRequest = {
  credentials: 'omit',
  cache: 'no-store',
  redirect: 'error',
  referrerPolicy: 'no-referrer',
};

/**
 * Asks a gateway for evidence over a nonce, and sends it nothing else.
 *
 * @throws Refusal PEER_UNREACHABLE where it cannot be had, EVIDENCE_MALFORMED where it is no evidence.
 */
export async function askForEvidence(gateway: string, nonce: string, sources: Sources): Promise<GatewayEvidence> {
  const url = `${gateway}/evidence?nonce=${nonce}`;
  const response = await reach(url, AS_STRANGER, sources, { code: 'PEER_UNREACHABLE', who: 'gateway' });
  if (!response.ok) {
    throw new Refusal('PEER_UNREACHABLE', `The gateway answered ${response.status} when asked for evidence.`);
  }
  return readEvidence(objectOf(await readJson(response, 'EVIDENCE_MALFORMED', 'gateway')));
}

/** By kind: the member of the body that holds the evidence. */
const EVIDENCE_MEMBER: Readonly<Record<EvidenceKind, 'quote' | 'report'>> = {
  SgxEnclave: 'quote',
  TdxVm: 'quote',
  SevSnpVm: 'report',
};

function readEvidence(answer: Record<string, unknown>): GatewayEvidence {
  const { kind, platform } = answer;
  if (!isKind(kind)) throw new Refusal('EVIDENCE_MALFORMED', 'The gateway’s answer is of no kind of evidence.');
  const member = EVIDENCE_MEMBER[kind];
  const evidence = answer[member];
  const { data } = objectOf(answer.runtimeData);
  if (typeof evidence !== 'string' || typeof data !== 'string') {
    throw new Refusal('EVIDENCE_MALFORMED', `The gateway’s answer holds no ${member} with its runtime data.`);
  }
  const runtimeData = { data, dataType: 'JSON' } as const;
  return {
    kind,
    body: member === 'quote' ? { quote: evidence, runtimeData } : { report: evidence, runtimeData },
    platform: typeof platform === 'string' ? platform.slice(0, MAXIMUM_NAME) : 'unnamed',
  };
}

function isKind(kind: unknown): kind is EvidenceKind {
  return typeof kind === 'string' && Object.hasOwn(EVIDENCE_MEMBER, kind);
}

/**
 * Has an attestation service judge the evidence.
 *
 * @returns the attestation result, a token that is still to be verified.
 * @throws Refusal ISSUER_UNREACHABLE where the service gave no verdict; its own code where it refused the evidence.
 */
export async function attest(service: string, { body, kind }: GatewayEvidence, sources: Sources): Promise<string> {
  const init: StrangersRequest = {
    ...AS_STRANGER,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await reach(attestUrl(service, kind), init, sources, {
    code: 'ISSUER_UNREACHABLE',
    who: 'attestation service',
  });
  if (response.status >= 500 || response.status === 429) {
    throw new Refusal('ISSUER_UNREACHABLE', `The attestation service answered ${response.status}.`);
  }
  const answer = objectOf(await readJson(response, 'ISSUER_UNREACHABLE', 'attestation service'));
  if (!response.ok) throw refusedEvidence(answer, response.status);
  if (typeof answer.token !== 'string') {
    throw new Refusal('RESULT_MALFORMED', 'The attestation service’s answer holds no token.');
  }
  return answer.token;
}

/** An issuer's signing keys. Nothing but this address is ever asked for them. @throws Refusal ISSUER_UNREACHABLE */
export async function fetchJwks(uri: string, sources: Sources): Promise<unknown> {
  const unreachable = { code: 'ISSUER_UNREACHABLE', who: 'attestation service' } as const;
  const response = await reach(uri, AS_STRANGER, sources, unreachable);
  if (response.ok) return readJson(response, unreachable.code, unreachable.who);
  throw new Refusal(unreachable.code, `The attestation service answered ${response.status} when asked for its keys.`);
}

async function reach(
  url: string,
  init: StrangersRequest,
  sources: Sources,
  { code, who }: { code: RefusalCode; who: string },
): Promise<Response> {
  try {
    return await sources.fetch(url, sources.signal === undefined ? init : { ...init, signal: sources.signal });
  } catch (cause) {
    throw new Refusal(code, `The ${who} at ${new URL(url).origin} could not be reached.`, { cause });
  }
}

async function readJson(response: Response, code: RefusalCode, who: string): Promise<unknown> {
  try {
    const text = await readText(response);
    if (text !== undefined) return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Refusal(code, `The ${who} answered with something that is not JSON.`, { cause });
  }
  throw new Refusal(code, `The ${who} answered with more than ${ANSWER_BYTES} bytes.`);
}

/** As much of a stream's reader as Node and browsers have alike. */
interface ByteReader {
  /** `value` is absent at the end. */
  read(): Promise<{ readonly value?: Uint8Array }>;
  cancel(): Promise<void>;
}

/** Undefined where there is more than the bound; what follows it is not read. */
async function readText(response: Response): Promise<string | undefined> {
  const reader = response.body?.getReader() as ByteReader | undefined;
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    bytes += part.value.byteLength;
    if (bytes > ANSWER_BYTES) {
      await reader?.cancel();
      return undefined;
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
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
