import { Refusal } from '../refusals.js';

/** The part of fetch that drivers need; the global one fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface BoundedRequest {
  readonly fetch: Fetch;
  readonly url: string;
  readonly timeoutMs: number;
  readonly maximumBytes: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON by POST; absent means GET. */
  readonly body?: unknown;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/**
 * Asks a service of this machine. Redirects are not followed: they would lead where nobody said that evidence comes from.
 *
 * @throws Refusal EVIDENCE_UNAVAILABLE on anything but a whole answer in time.
 */
export async function askBounded(request: BoundedRequest): Promise<BoundedAnswer> {
  const { fetch, url, timeoutMs, maximumBytes, headers = {}, body } = request;
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    // The types of the browser, in which tests are checked, do not know that bodies can be iterated.
    for await (const chunk of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > maximumBytes) throw new RangeError(`more than ${maximumBytes} bytes`);
      chunks.push(chunk);
    }
    return { status: response.status, bytes: Buffer.concat(chunks) };
  } catch (cause) {
    const { origin, pathname } = new URL(url);
    throw new Refusal('EVIDENCE_UNAVAILABLE', `${origin}${pathname} gave no answer: ${reasonOf(cause)}.`, { cause });
  }
}

/** The answer as a JSON object; undefined where it is none. */
export function jsonObjectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** fetch hides what happened in the cause. */
function reasonOf(thrown: unknown): string {
  const { message, cause } = thrown as { message?: unknown; cause?: { message?: unknown } };
  return [message, cause?.message].filter((part) => typeof part === 'string' && part !== '').join(': ') || 'unknown';
}
