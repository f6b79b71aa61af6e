/** A request to a service that answers JSON, with bounds on time and size. */
export interface JsonRequest {
  readonly url: string;
  readonly timeoutMs: number;
  readonly maximumBytes: number;
  /** Sent as JSON by POST; absent means GET. */
  readonly body?: unknown;
}

export interface JsonAnswer {
  readonly status: number;
  /** Undefined where the body is not JSON. */
  readonly body: unknown;
}

/** Redirects are not followed: they would lead to an address that nobody configured. @throws on anything but an answer. */
export async function fetchJson({ url, timeoutMs, maximumBytes, body }: JsonRequest): Promise<JsonAnswer> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json' },
    ...(body === undefined
      ? {}
      : {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { accept: 'application/json', 'content-type': 'application/json' },
        }),
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // The types of the browser, in which tests are checked, do not know that bodies can be iterated.
  for await (const chunk of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maximumBytes) throw new RangeError(`${url} answered with more than ${maximumBytes} bytes`);
    chunks.push(chunk);
  }
  return { status: response.status, body: parse(Buffer.concat(chunks).toString('utf8')) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
