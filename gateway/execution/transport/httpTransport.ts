import { Pool, type Dispatcher } from 'undici';
import { Refusal } from '../../../enclave/refusals.js';
import type { SubgraphAnswer, SubgraphTransport } from '../compiled/transport.js';

/** Subgraphs over HTTP and HTTPS, at the addresses that a supergraph gives: nothing of them is verified but their certificates. */
export interface HttpTransport extends SubgraphTransport {
  /** One POST of ready JSON text. Throws as {@link SubgraphTransport.fetch} does. */
  post(subgraph: string, body: string, request: HttpRequestOptions): Promise<SubgraphAnswer>;
  /** Lets requests at hand finish. */
  close(): Promise<void>;
}

export interface HttpRequestOptions {
  readonly context: unknown;
  readonly signal: AbortSignal | undefined;
}

export interface HttpTransportOptions {
  /** Where each subgraph takes POSTs, by name. */
  readonly urls: ReadonlyMap<string, string>;
  readonly limits: HttpTransportLimits;
  /** Headers that go along with the fetches of a request, in lower case. Absent: none. */
  readonly headersOf?: (context: unknown) => Readonly<Record<string, string>>;
}

export interface HttpTransportLimits {
  /** Connections to one origin; further fetches wait for one that is free. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** From the moment that a fetch is wanted to the last byte of its answer. */
  readonly fetchTimeoutMs: number;
  readonly answerBytes: number;
}

export const HTTP_TRANSPORT_LIMITS: HttpTransportLimits = {
  connections: 64,
  connectTimeoutMs: 5_000,
  fetchTimeoutMs: 30_000,
  answerBytes: 16 * 1024 * 1024,
};

interface Destination {
  readonly pool: Pool;
  readonly path: string;
}

/** Redirects are not followed, cookies not kept, and answers are asked for as they are, without compression. */
export function createHttpTransport({ urls, limits, headersOf }: HttpTransportOptions): HttpTransport {
  const pools = new Map<string, Pool>();
  const destinations = new Map<string, Destination>();
  for (const [name, url] of urls) {
    const { origin, pathname, search } = new URL(url);
    const pool = pools.get(origin) ?? createPool(origin, limits);
    pools.set(origin, pool);
    destinations.set(name, { pool, path: `${pathname}${search}` });
  }
  const post: HttpTransport['post'] = async (subgraph, body, { context, signal }) => {
    const destination = destinations.get(subgraph);
    if (destination === undefined) throw new Refusal('INTERNAL', `There is no address of the subgraph ${subgraph}.`);
    const headers = { ...headersOf?.(context), 'content-type': 'application/json', accept: 'application/json' };
    return new Exchange(subgraph, limits, signal).run(destination, headers, body);
  };
  return {
    post,
    fetch: post,
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

function createPool(origin: string, { connections, connectTimeoutMs, fetchTimeoutMs }: HttpTransportLimits): Pool {
  return new Pool(origin, {
    connections,
    pipelining: 1,
    connectTimeout: connectTimeoutMs,
    // Silence: the time for the whole of a fetch is kept by the exchange.
    headersTimeout: fetchTimeoutMs,
    bodyTimeout: fetchTimeoutMs,
  });
}

/** One request and its answer. A handler of undici's lowest interface: its streams would cost more than what they carry. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #subgraph: string;
  readonly #limits: HttpTransportLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  /** Why it was given up, where we did that. */
  #reason: Error | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #resolve: (answer: SubgraphAnswer) => void = ignore;
  #reject: (reason: Error) => void = ignore;

  constructor(subgraph: string, limits: HttpTransportLimits, signal: AbortSignal | undefined) {
    this.#subgraph = subgraph;
    this.#limits = limits;
    this.#signal = signal;
  }

  run({ path, pool }: Destination, headers: Record<string, string>, body: string): Promise<SubgraphAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#signal?.aborted === true) {
        reject(refusalOf(this.#signal.reason));
        return;
      }
      this.#resolve = resolve;
      this.#reject = reject;
      const { fetchTimeoutMs } = this.#limits;
      const late = () =>
        this.#giveUp(
          new Refusal('TIMEOUT', `The subgraph ${this.#subgraph} did not answer within ${fetchTimeoutMs} ms.`),
        );
      this.#timer = setTimeout(late, fetchTimeoutMs);
      this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
      pool.dispatch({ method: 'POST', path, headers, body }, this);
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while it waited for a connection.
    if (this.#reason !== undefined) controller.abort(this.#reason);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#limits.answerBytes) this.#chunks.push(chunk);
    else {
      const { answerBytes } = this.#limits;
      this.#giveUp(
        new Refusal('UPSTREAM_FAILED', `The subgraph ${this.#subgraph} answered more than ${answerBytes} bytes.`),
      );
    }
  }

  onResponseEnd(): void {
    this.#settle();
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({ status: this.#status, body: parseJson(bytes) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle();
    this.#reject(this.#reason ?? explain(error, this.#subgraph));
  }

  #onAbort = (): void => this.#giveUp(refusalOf(this.#signal?.reason));

  /** Whoever waits is told at once; the connection is given up as soon as there is one. */
  #giveUp(reason: Error): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#settle();
    this.#reject(reason);
    this.#controller?.abort(reason);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

function ignore(): void {
  // Nobody waits.
}

/** Undefined where it is none. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

const TIMEOUTS: ReadonlySet<unknown> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_ABORTED']);
/** After these something was connected, and it was not what it should be or did not stay. */
const BROKEN: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

function explain(error: Error, subgraph: string): Refusal {
  const { code } = error as { code?: unknown };
  if (TIMEOUTS.has(code))
    return new Refusal('TIMEOUT', `The subgraph ${subgraph} stopped answering.`, { cause: error });
  if (BROKEN.has(code) || (typeof code === 'string' && code.startsWith('HPE_'))) {
    return new Refusal('UPSTREAM_FAILED', `The subgraph ${subgraph} broke off.`, { cause: error });
  }
  return new Refusal('PEER_UNREACHABLE', `The subgraph ${subgraph} could not be reached.`, { cause: error });
}

function refusalOf(reason: unknown): Refusal {
  if (reason instanceof Refusal) return reason;
  return new Refusal('TIMEOUT', 'Nobody waits for the answer any more.', { cause: reason });
}
