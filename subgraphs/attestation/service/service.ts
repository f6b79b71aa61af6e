import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Refusal, toRefusal } from '../../../enclave/refusals.js';
import type { Log } from '../../../runtime/log.js';
import { createManagementHandler } from '../../../runtime/management.js';
import type { Metrics } from '../../../runtime/metrics.js';
import type { VerifierOptions } from './verifier.js';
import { createVerifier } from './verifier.js';
import type { EvidenceKind } from './attestRequest.js';
import { EVIDENCE_KINDS, parseAttestRequest } from './attestRequest.js';
import { azureError } from './azureError.js';
import { certificatesDocument, openidConfiguration } from './discovery.js';
import { readBody } from './readBody.js';

export interface AttestationServiceOptions extends VerifierOptions {
  /** Origins of web pages that may ask, for instance the portal's. */
  readonly allowedOrigins: readonly string[];
  readonly log: Log;
  readonly metrics: Metrics;
  /** Reasons why no evidence can be verified now; empty means ready. */
  readonly notReady: () => readonly string[];
}

export interface AttestationService {
  /** Listens; port 0 lets the system choose. */
  start(address: { host: string; port: number }): Promise<{ readonly port: number; close(): Promise<void> }>;
}

/** Versions of the protocol that we speak; what differs between them does not concern SGX. */
const API_VERSIONS = ['2020-10-01', '2022-08-01', '2025-06-01'];

/** Only the path and the query of a request's target count. */
const BASE = 'http://attestation-service.invalid';
/** Time for a request to arrive. Node looks for late ones only at intervals, whose default is longer than the limit. */
const TIMEOUTS = { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 };
/** How long requests under way may take once the service closes; shorter than a process has to drain. */
const DRAIN_MS = 5_000;

interface Answer {
  readonly status: number;
  readonly route: string;
  readonly body: unknown;
  readonly errorCode?: string;
}

/**
 * The attestation service: takes evidence, answers attestation results, in the wire format of Azure Attestation
 * (specification/attestation/data-plane of Azure/azure-rest-api-specs), as far as SGX needs it.
 */
export function createAttestationService(options: AttestationServiceOptions): AttestationService {
  const { issuer, signingKey, allowedOrigins, log, metrics, notReady } = options;
  const verify = createVerifier(options);
  const manage = createManagementHandler({ notReady, metrics });
  const documents = new Map<string, unknown>([
    ['/certs', certificatesDocument(signingKey)],
    ['/.well-known/openid-configuration', openidConfiguration(issuer)],
  ]);

  async function attest(request: IncomingMessage, kind: EvidenceKind, url: URL, requestLog: Log): Promise<Answer> {
    const version = url.searchParams.get('api-version');
    if (version === null || !API_VERSIONS.includes(version)) {
      throw new Refusal('BAD_INPUT', `api-version is none of ${API_VERSIONS.join(', ')}.`);
    }
    const { token, id, measurement, simulated } = verify(parseAttestRequest(kind, await readBody(request)));
    requestLog.info({ resultId: id, measurement, simulated }, 'Evidence verified.');
    return { status: 200, route: url.pathname, body: { token } };
  }

  async function answer(request: IncomingMessage, requestLog: Log): Promise<Answer> {
    const target = request.url ?? '/';
    const url = new URL(URL.canParse(target, BASE) ? target : '/', BASE);
    const route = `${request.method ?? ''} ${url.pathname}`;
    const kind = EVIDENCE_KINDS.find((known) => route === `POST /attest/${known}`);
    if (kind) return attest(request, kind, url, requestLog);
    const document = route.startsWith('GET ') ? documents.get(url.pathname) : undefined;
    if (document !== undefined) return { status: 200, route: url.pathname, body: document };
    throw new Refusal(
      'NOT_FOUND',
      'There is POST /attest/SgxEnclave, POST /attest/OpenEnclave, GET /certs and GET /.well-known/openid-configuration.',
    );
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
    const { status, route, body, errorCode } = await answer(request, requestLog).catch((thrown: unknown): Answer => {
      const refusal = toRefusal(thrown);
      if (refusal.code === 'INTERNAL') requestLog.error({ error: refusal }, 'The request failed.');
      else requestLog.info({ code: refusal.code, reason: refusal.message }, 'Refused.');
      metrics.countRefusal(refusal.code, 'attestation-service');
      const failure = azureError(refusal);
      return { status: refusal.definition.httpStatus, route: 'refused', body: failure, errorCode: failure.error.code };
    });
    metrics.observeRequest({ route, status, durationMs: performance.now() - startedAt });
    response.setHeader('x-ms-request-id', requestId);
    if (errorCode !== undefined) response.setHeader('x-ms-error-code', errorCode);
    sendJson(response, status, body);
  }

  return {
    async start({ host, port }) {
      const server = createServer(TIMEOUTS, (request, response) => void handle(request, response));
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
