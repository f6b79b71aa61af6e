import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { peerOf } from '../../enclave/channel/peer.js';
import { Refusal, toRefusal } from '../../enclave/refusals.js';
import { REQUEST_ID_HEADER } from '../../runtime/caller.js';
import type { Log } from '../../runtime/log.js';
import type { ManagementHandler } from '../../runtime/management.js';
import type { Metrics } from '../../runtime/metrics.js';
import type { Trust } from '../../runtime/trust.js';
import type { Authenticate } from './authenticate.js';
import { refuse } from './body.js';
import type { Exchange, Route } from './exchange.js';

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly authenticate: Authenticate;
  readonly trust: Pick<Trust, 'callers'>;
  /** The one other origin whose pages may read answers. */
  readonly portalOrigin: string;
  readonly management: ManagementHandler;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** On which listener a request came, and so who may be behind it. */
export type ListenerKind = 'plain' | 'attested';

/** The gateway as a request listener: the same routes for people on plain HTTP and for enclaves on attested TLS. */
export function createApp(options: AppOptions): (kind: ListenerKind) => RequestListener {
  const routes = options.routes.map((route) => ({ ...route, segments: route.path.split('/') }));
  return (kind) => (request, response) => {
    const startedAt = performance.now();
    const requestId = kind === 'attested' ? requestIdOf(request) : randomUUID();
    const { pathname, url } = parseUrl(request);
    const match = findRoute(routes, pathname);
    const name = match?.route.path ?? 'unknown';
    const log = options.log.child({ requestId, route: name });
    setHeaders(request, response, requestId, options.portalOrigin);
    response.once('close', () => {
      const durationMs = performance.now() - startedAt;
      options.metrics.observeRequest({ route: name, status: response.statusCode, durationMs });
    });
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    if (options.management(request, response)) return;
    const exchange: Exchange = {
      request,
      response,
      url,
      requestId,
      log,
      caller: () => callerOf(kind, request, options),
    };
    void handle(match, exchange).catch((thrown: unknown) => {
      const refusal = toRefusal(thrown);
      options.metrics.countRefusal(refusal.code, name);
      if (refusal.definition.kind === 'fault') log.error({ code: refusal.code, error: refusal }, 'A request failed.');
      else log.info({ code: refusal.code }, 'Refused a request.');
      if (name === '/graphql') refuseGraphQL(exchange, refusal);
      else refuse(request, response, refusal);
    });
  };
}

async function handle(match: Match | undefined, exchange: Exchange): Promise<void> {
  if (match === undefined) throw new Refusal('NOT_FOUND', 'There is no such route.');
  const { method } = exchange.request;
  const effective = method === 'HEAD' ? 'GET' : (method ?? '');
  if (!match.route.methods.includes(effective)) {
    exchange.response.setHeader('allow', match.route.methods.join(', '));
    exchange.response.writeHead(405, { 'content-length': 0 }).end();
    return;
  }
  await match.route.handle(exchange, match.params);
}

/** On the attested listener the caller is the enclave, with the scopes that callers.json gives it. */
async function callerOf(
  kind: ListenerKind,
  request: IncomingMessage,
  { authenticate, trust }: AppOptions,
): ReturnType<Exchange['caller']> {
  if (kind === 'plain') return { caller: await authenticate(request.headers.authorization) };
  const { enclave, result } = peerOf(request);
  const scopes = trust.callers.get(enclave) ?? [];
  const caller = {
    kind: 'enclave',
    id: enclave,
    roles: [],
    scopes,
    channel: 'attested',
    attestationResult: result.id,
  } as const;
  return { caller, callerResult: result };
}

/** A GraphQL client reads `errors`, whatever went wrong before GraphQL began. */
function refuseGraphQL({ request, response }: Exchange, refusal: Refusal): void {
  const { code, message, definition } = refusal;
  if (response.headersSent || !request.complete) {
    refuse(request, response, refusal);
    return;
  }
  response.writeHead(definition.httpStatus, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...(code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {}),
    ...(definition.retryable ? { 'retry-after': '1' } : {}),
  });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code, kind: definition.kind } }] }));
}

/** Headers of every answer. Routes that need another policy set it themselves. */
function setHeaders(request: IncomingMessage, response: ServerResponse, requestId: string, portal: string): void {
  const headers: Record<string, string> = {
    [REQUEST_ID_HEADER]: requestId,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    vary: 'origin',
  };
  if (request.headers.origin === portal) {
    headers['access-control-allow-origin'] = portal;
    headers['access-control-expose-headers'] = `cloister-notice, ${REQUEST_ID_HEADER}, retry-after, etag`;
    if (request.method === 'OPTIONS') {
      headers['access-control-allow-methods'] = 'GET, POST';
      headers['access-control-allow-headers'] = 'authorization, content-type, apollo-require-preflight';
      headers['access-control-max-age'] = '600';
    }
  }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
}

function parseUrl(request: IncomingMessage): { pathname: string; url: URL } {
  const target = request.url ?? '/';
  const url = URL.canParse(target, 'http://gateway') ? new URL(target, 'http://gateway') : new URL('http://gateway/');
  return { pathname: url.pathname, url };
}

type Compiled = Route & { readonly segments: readonly string[] };
interface Match {
  readonly route: Compiled;
  readonly params: Readonly<Record<string, string>>;
}

function findRoute(routes: readonly Compiled[], pathname: string): Match | undefined {
  const segments = pathname.split('/');
  for (const route of routes) {
    if (route.segments.length !== segments.length) continue;
    const params: Record<string, string> = {};
    const matches = route.segments.every((part, index) => {
      const segment = segments[index] ?? '';
      if (!part.startsWith(':')) return part === segment;
      params[part.slice(1)] = segment;
      return segment !== '';
    });
    if (matches) return { route, params };
  }
  return undefined;
}
