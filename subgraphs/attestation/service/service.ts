import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Refusal, toRefusal } from '../../../enclave/refusals.js';
import type { Log } from '../../../runtime/log.js';
import { createManagementHandler } from '../../../runtime/management.js';
import type { Metrics } from '../../../runtime/metrics.js';
import { azureError, httpStatusOf } from './azureError.js';
import { readBody } from './readBody.js';
import type { RoutesOptions } from './routes.js';
import { createRoutes } from './routes.js';

export interface AttestationServiceOptions extends RoutesOptions {
  /** Origins of web pages that may ask, for instance the portal's. */
  readonly allowedOrigins: readonly string[];
  readonly log: Log;
  readonly metrics: Metrics;
  /** Reasons why no evidence can be verified now; empty means ready. */
  readonly notReady: () => readonly string[];
  /** What will keep it from being verified later. */
  readonly warnings?: () => readonly string[];
  /** Key and certificate chain, PEM; absent means plain HTTP, for a place behind something that terminates TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Default 10 seconds for a whole request, 5 for its headers. */
  readonly timeouts?: { readonly requestMs: number; readonly headersMs: number };
}

export interface AttestationService {
  /** Listens; port 0 lets the system choose. */
  start(address: { host: string; port: number }): Promise<{ readonly port: number; close(): Promise<void> }>;
}

/** What x-ms-maa-service-version says: clients show it when something goes wrong. */
const SERVICE_VERSION = 'cloister/1';

/** Only the path and the query of a request's target count. */
const BASE = 'http://attestation-service.invalid';
const DEFAULT_TIMEOUTS = { requestMs: 10_000, headersMs: 5_000 };
/** Node looks for late requests only at intervals, whose default is longer than the limit. */
const MAXIMUM_CHECKING_INTERVAL_MS = 1_000;
/** How long requests under way may take once the service closes; shorter than a process has to drain. */
const DRAIN_MS = 5_000;
const RETRY_AFTER_SECONDS = 1;

interface Answer {
  readonly status: number;
  readonly route: string;
  readonly body: unknown;
  readonly errorCode?: string;
  /** The same may be answered otherwise later. */
  readonly isRetryable?: boolean;
}

/** The attestation service: takes evidence, answers attestation results, in the wire format of Azure Attestation. */
export function createAttestationService(options: AttestationServiceOptions): AttestationService {
  const { allowedOrigins, authorization, log, metrics, notReady, warnings, tls, timeouts = DEFAULT_TIMEOUTS } = options;
  const findRoute = createRoutes(options);
  const manage = createManagementHandler({ notReady, metrics, ...(warnings && { warnings }) });

  async function answer(request: IncomingMessage, requestLog: Log): Promise<Answer> {
    const target = request.url ?? '/';
    const url = new URL(URL.canParse(target, BASE) ? target : '/', BASE);
    const method = request.method ?? '';
    const route = findRoute(method, url.pathname);
    if (!route) throw new Refusal('NOT_FOUND', 'There is no such operation.');
    const body = await route.answer({
      method,
      url,
      authorization: request.headers.authorization,
      log: requestLog,
      body: (mediaTypes) => readBody(request, mediaTypes),
    });
    return { status: 200, route: route.name, body };
  }

  function refused(thrown: unknown, requestLog: Log): Answer {
    const refusal = toRefusal(thrown);
    if (refusal.code === 'INTERNAL') requestLog.error({ error: refusal }, 'The request failed.');
    else requestLog.info({ code: refusal.code, reason: refusal.message }, 'Refused.');
    metrics.countRefusal(refusal.code, 'attestation-service');
    const failure = azureError(refusal);
    return {
      status: httpStatusOf(refusal),
      route: 'refused',
      body: failure,
      errorCode: failure.error.code,
      isRetryable: refusal.definition.retryable,
    };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (manage(request, response)) return;
    allowOrigin(request, response, allowedOrigins);
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    const startedAt = performance.now();
    const requestId = randomUUID();
    const requestLog = log.child({ requestId });
    const { status, route, body, errorCode, isRetryable } = await answer(request, requestLog).catch((thrown: unknown) =>
      refused(thrown, requestLog),
    );
    metrics.observeRequest({ route, status, durationMs: performance.now() - startedAt });
    response.setHeader('x-ms-request-id', requestId);
    response.setHeader('x-ms-maa-service-version', SERVICE_VERSION);
    if (status === 401) response.setHeader('www-authenticate', authorization.challenge);
    if (errorCode !== undefined) response.setHeader('x-ms-error-code', errorCode);
    if (isRetryable === true) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
    sendJson(response, status, body);
  }

  return {
    async start({ host, port }) {
      const server = listenWith((request, response) => void handle(request, response), { tls, timeouts });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      return {
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((resolve) => {
            server.close(() => resolve());
            server.closeIdleConnections();
            setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
          }),
      };
    },
  };
}

function listenWith(
  listener: RequestListener,
  { tls, timeouts }: { tls: AttestationServiceOptions['tls']; timeouts: typeof DEFAULT_TIMEOUTS },
): Server {
  const { requestMs, headersMs } = timeouts;
  const limits = {
    requestTimeout: requestMs,
    headersTimeout: headersMs,
    connectionsCheckingInterval: Math.min(MAXIMUM_CHECKING_INTERVAL_MS, headersMs),
  };
  const server = tls
    ? createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.2' }, listener)
    : createServer(limits, listener);
  server.on('clientError', refuseUnreadable);
  return server;
}

/** Requests that never become one for us: too slow, with headers beyond 16 KiB, or not HTTP. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, refusal } = UNREADABLE[error.code ?? ''] ?? NOT_HTTP;
  const { error: body } = azureError(refusal);
  const text = JSON.stringify({ error: body });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    `x-ms-error-code: ${body.code}`,
    `x-ms-maa-service-version: ${SERVICE_VERSION}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

const NOT_HTTP = { status: 400, refusal: new Refusal('BAD_INPUT', 'The request is not HTTP/1.1.') };
const UNREADABLE: Readonly<Record<string, typeof NOT_HTTP>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    refusal: new Refusal('TIMEOUT', 'The request did not arrive in time.'),
  },
  HPE_HEADER_OVERFLOW: { status: 431, refusal: new Refusal('TOO_LARGE', 'The headers have more than 16 KiB.') },
};

/** Cross-origin reading is for the named origins only; there are no credentials that a browser could add. */
function allowOrigin(request: IncomingMessage, response: ServerResponse, allowedOrigins: readonly string[]): void {
  response.setHeader('vary', 'origin');
  const { origin } = request.headers;
  if (origin === undefined || !allowedOrigins.includes(origin)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader('access-control-allow-headers', 'content-type');
  response.setHeader('access-control-max-age', '600');
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    // The request's body may be unread, and then nothing else can come on this connection.
    ...(response.req.complete ? {} : { connection: 'close' }),
  });
  response.end(body);
}
