import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Dispatcher } from 'undici';
import { errors, Pool } from 'undici';
import { addressOf, attestedConnector, probe } from '../enclave/channel/client.js';
import type { PeerVerdict } from '../enclave/channel/peer.js';
import { Refusal } from '../enclave/refusals.js';
import type { AttestedIdentity } from './attestedIdentity.js';
import type { Trust } from './trust.js';

export interface AttestedClientOptions {
  /** The peer's name in messages and state, for instance patient. */
  readonly peer: string;
  /** Its origin, for instance https://127.0.0.1:4011. */
  readonly url: string;
  readonly identity: AttestedIdentity;
  readonly trust: Trust;
  /** Every connection satisfies all of these; absent means `component`. */
  readonly policies?: readonly string[];
  /** The enclave that must be at the other end; absent means any that the policies accept. */
  readonly expectEnclave?: string;
  /** Milliseconds since 1970, for instance Date.now. */
  readonly now: () => number;
  readonly maximumConnections?: number;
  /** For one request, from connecting to the last byte of the answer. */
  readonly timeoutMs?: number;
  /** Of one answer's body. */
  readonly maximumAnswerBytes?: number;
}

export interface AttestedRequest {
  readonly method: 'GET' | 'POST';
  /** With query; begins with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | Readable;
  readonly timeoutMs?: number;
  readonly maximumAnswerBytes?: number;
}

export interface AttestedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Requests to one peer over attested TLS, on connections that are kept. */
export interface AttestedClient {
  /**
   * Any status is an answer.
   *
   * @throws Refusal: why the peer is not accepted, PEER_UNREACHABLE, TIMEOUT, or UPSTREAM_FAILED where the answer is too large.
   */
  request(request: AttestedRequest): Promise<AttestedAnswer>;
  /** What was last found out about the peer; undefined before that, and once an acceptance has run out. */
  state(): PeerVerdict | undefined;
  /** The state while a verified connection lives; else connects to find out. */
  verify(): Promise<PeerVerdict>;
  close(): Promise<void>;
}

const MAXIMUM_CONNECTIONS = 32;
const TIMEOUT_MS = 30_000;
const MAXIMUM_ANSWER_BYTES = 16 * 1_048_576;
/** Shorter than servers keep idle connections, so that none is closed under a request. */
const KEEP_ALIVE_MS = 60_000;

export function createAttestedClient(options: AttestedClientOptions): AttestedClient {
  const { peer, identity, trust, policies = ['component'], expectEnclave } = options;
  const { timeoutMs: standardTimeoutMs = TIMEOUT_MS, maximumAnswerBytes: standardBytes = MAXIMUM_ANSWER_BYTES } =
    options;
  const now = () => options.now() / 1000;
  const origin = new URL(options.url);
  const connection = {
    credential: identity.credential,
    appraisePeer: trust.appraisePeer({ policies, expectEnclave }),
    now,
  };
  const live = new Set<TLSSocket>();
  let last: PeerVerdict | undefined;
  let pending: Promise<PeerVerdict> | undefined;

  const connect = attestedConnector({
    ...connection,
    onVerdict: (verdict, socket) => {
      last = verdict;
      if (!socket) return;
      live.add(socket);
      socket.once('close', () => live.delete(socket));
    },
  });
  const pool = new Pool(origin.origin, {
    connect,
    connections: options.maximumConnections ?? MAXIMUM_CONNECTIONS,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    // The deadline of each request stands for these.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const state = () => (last?.outcome === 'ACCEPTED' && now() >= last.peer.until ? undefined : last);

  async function find(): Promise<PeerVerdict> {
    try {
      return (last = await probe(addressOf(origin), connection));
    } finally {
      pending = undefined;
    }
  }

  return {
    state,
    verify: async () => {
      const known = state();
      if (known?.outcome === 'ACCEPTED' && live.size > 0) return known;
      return (pending ??= find());
    },
    request: ({ timeoutMs = standardTimeoutMs, maximumAnswerBytes = standardBytes, ...request }) =>
      new Promise((resolve, reject) => {
        pool.dispatch(
          { method: request.method, path: request.path, headers: { ...request.headers }, body: request.body ?? null },
          collect({ peer, timeoutMs, maximumAnswerBytes, resolve, reject }),
        );
      }),
    close: () => pool.destroy(),
  };
}

interface Collection {
  readonly peer: string;
  readonly timeoutMs: number;
  readonly maximumAnswerBytes: number;
  readonly resolve: (answer: AttestedAnswer) => void;
  readonly reject: (refusal: Refusal) => void;
}

/** Collects an answer within its bounds. */
function collect({ peer, timeoutMs, maximumAnswerBytes, resolve, reject }: Collection): Dispatcher.DispatchHandler {
  const late = () => new Refusal('TIMEOUT', `${peer} did not answer within ${timeoutMs} ms.`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let status = 0;
  let headers: IncomingHttpHeaders = {};
  let controller: Dispatcher.DispatchController | undefined;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller?.abort(late());
    reject(late());
  }, timeoutMs);
  return {
    onRequestStart: (started) => {
      controller = started;
      // It waited for a connection for too long: it was given up, and must not be sent after all.
      if (isLate) started.abort(late());
    },
    onResponseStart: (_, statusCode, responseHeaders) => {
      status = statusCode;
      headers = responseHeaders;
    },
    onResponseData: (controller, chunk) => {
      bytes += chunk.length;
      if (bytes <= maximumAnswerBytes) chunks.push(chunk);
      else
        controller.abort(
          new Refusal('UPSTREAM_FAILED', `${peer} answered with more than ${maximumAnswerBytes} bytes.`),
        );
    },
    onResponseEnd: () => {
      clearTimeout(timer);
      resolve({ status, headers, body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) });
    },
    onResponseError: (_, error) => {
      clearTimeout(timer);
      reject(refusalOf(error, peer));
    },
  };
}

function refusalOf(error: Error, peer: string): Refusal {
  if (error instanceof Refusal) return error;
  const closed = error instanceof errors.SocketError || 'syscall' in error;
  // An attested server that does not accept us closes without a word.
  const what = closed
    ? 'closed the connection without an answer; it may not accept our attestation result'
    : 'could not be asked';
  return new Refusal('PEER_UNREACHABLE', `${peer} ${what}.`, { cause: error });
}
