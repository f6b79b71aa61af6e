import { Agent, errors, request } from 'undici';
import { Refusal } from '../../enclave/refusals.js';
import { SourceRefusal } from './source.js';

export interface SourceClientOptions {
  /** For messages, for instance `pccs pccs.example.org`. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From the first byte sent to the last one received. */
  readonly timeoutMs: number;
  /** True allows http: to other hosts than this one; everything fetched is signed, but who asks for what is in the open. */
  readonly allowHttp?: boolean;
  /** PEM of certificate authorities to believe instead of the usual ones. */
  readonly ca?: string;
  /** Sent with each request; a secret among them goes nowhere else. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SourceQuestion {
  readonly url: string;
  readonly maximumBytes: number;
  /** Media types that an answer may have, or, where services disagree about them, those that it may not have. */
  readonly types: { readonly allowed: readonly string[] } | { readonly refused: readonly string[] };
  readonly signal: AbortSignal;
}

export interface SourceAnswer {
  readonly bytes: Buffer;
  /** Undefined where absent or repeated. */
  header(name: string): string | undefined;
}

export interface SourceClient {
  /** @returns undefined for 404. @throws Refusal COLLATERAL_UNAVAILABLE, COLLATERAL_INVALID */
  get(question: SourceQuestion): Promise<SourceAnswer | undefined>;
  close(): Promise<void>;
}

/** All header lines of an answer together. A chain in a header takes 2 to 5 KB. */
const MAXIMUM_HEADER_BYTES = 16_384;
const CONNECTIONS = 4;
/** How long a source that answered 429 is left alone if it does not say; AMD's gives one certificate in ten seconds. */
const PAUSE_MS = 10_000;
const MAXIMUM_PAUSE_MS = 3_600_000;

/** Questions to one source, over HTTP/1.1: bounded in bytes and time, never redirected, never decompressed. */
export function createSourceClient(options: SourceClientOptions): SourceClient {
  const { name, now, timeoutMs, headers = {} } = options;
  const agent = new Agent({
    connections: CONNECTIONS,
    maxHeaderSize: MAXIMUM_HEADER_BYTES,
    connect: { timeout: timeoutMs, ...(options.ca === undefined ? {} : { ca: options.ca }) },
  });
  let pausedUntil = 0;

  function pause(retryAfter: string | undefined): number {
    const pauseMs = Math.min(readRetryAfter(retryAfter, now()) ?? PAUSE_MS, MAXIMUM_PAUSE_MS);
    pausedUntil = Math.max(pausedUntil, now() + pauseMs);
    return pauseMs;
  }

  async function exchange(
    question: SourceQuestion,
    signal: AbortSignal,
    where: string,
  ): Promise<SourceAnswer | undefined> {
    const response = await request(question.url, { dispatcher: agent, headers: { ...headers }, signal });
    const header = (field: string) => single(response.headers[field]);
    const { statusCode: status } = response;
    if (status !== 200) {
      // What else it has to say is of no interest, and may be long.
      response.body.on('error', () => undefined).destroy();
      if (status === 404) return undefined;
      if (status >= 300 && status < 400) throw invalid(`${where} redirects, which is not followed.`);
      if (status === 429 || (status === 503 && header('retry-after') !== undefined)) {
        const pauseMs = pause(header('retry-after'));
        throw new SourceRefusal(`${where} answers ${status}: not again for ${Math.ceil(pauseMs / 1000)} s.`, pauseMs);
      }
      throw unavailable(`${where} answers ${status}.`);
    }
    const problem = typeProblem(header('content-type'), question.types);
    if (problem !== undefined) {
      response.body.on('error', () => undefined).destroy();
      throw invalid(`${where} answers ${problem}.`);
    }
    return { bytes: await readBounded(response.body, question.maximumBytes, where), header };
  }

  return {
    async get(question) {
      const url = new URL(question.url);
      // Without the query, which may name a chip.
      const where = `${name}: ${url.pathname.replace(/[0-9a-f]{16,}/i, '…')}`;
      requireSafe(url, options.allowHttp === true);
      if (now() < pausedUntil) {
        const pauseMs = pausedUntil - now();
        throw new SourceRefusal(`${name} wants no question for ${Math.ceil(pauseMs / 1000)} s.`, pauseMs);
      }
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        return await exchange(question, AbortSignal.any([question.signal, timeout]), where);
      } catch (thrown) {
        if (timeout.aborted) throw unavailable(`${where} gives no whole answer within ${timeoutMs} ms.`, thrown);
        throw refusalOf(thrown, where);
      }
    },
    close: () => agent.destroy(),
  };
}

/** Whether a source may be asked over this URL; everything else is for who configures it. */
export function isSafeUrl(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  const { hostname } = url;
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
  return url.protocol === 'http:' && isLoopback;
}

function requireSafe(url: URL, allowHttp: boolean): void {
  if (isSafeUrl(url) || (allowHttp && url.protocol === 'http:')) return;
  throw new Refusal('CONFIGURATION_INVALID', `Collateral is fetched over https, not ${url.protocol} from ${url.host}.`);
}

async function readBounded(body: AsyncIterable<Buffer>, maximumBytes: number, where: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maximumBytes) throw invalid(`${where} answers more than ${maximumBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function typeProblem(contentType: string | undefined, types: SourceQuestion['types']): string | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const shown = /^[\w.+/-]{1,60}$/.test(type) ? type : 'of an unreadable type';
  if ('allowed' in types) return types.allowed.includes(type) ? undefined : `${shown}, not ${types.allowed.join(', ')}`;
  return types.refused.includes(type) ? shown : undefined;
}

/** Seconds, or a date (RFC 9110, 10.2.3). @returns milliseconds from now; undefined where it is neither. */
function readRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return ms >= 0 ? ms : undefined;
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What was wrong with the answer is one thing, that there was none another. */
function refusalOf(thrown: unknown, where: string): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof errors.HeadersOverflowError) {
    return invalid(`${where} answers more than ${MAXIMUM_HEADER_BYTES} bytes of headers.`, thrown);
  }
  if (thrown instanceof errors.HTTPParserError) return invalid(`${where} answers something that is not HTTP.`, thrown);
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
  return unavailable(`${where} gives no whole answer (${code}).`, thrown);
}

function unavailable(message: string, cause?: unknown): Refusal {
  return new Refusal('COLLATERAL_UNAVAILABLE', message, { cause });
}

function invalid(message: string, cause?: unknown): Refusal {
  return new Refusal('COLLATERAL_INVALID', message, { cause });
}
