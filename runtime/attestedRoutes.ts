import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { appraise } from '../enclave/appraisal/appraise.js';
import type { AttestedPeer } from '../enclave/channel/peer.js';
import { peerOf } from '../enclave/channel/peer.js';
import { Refusal, toRefusal } from '../enclave/refusals.js';
import type { Caller } from './caller.js';
import { CALLER_HEADER, parseCaller, REQUEST_ID_HEADER } from './caller.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import { readBody } from './readBody.js';
import { sendRefusal } from './refusalToHttp.js';
import type { Trust } from './trust.js';

/** One thing that attested peers may ask. */
export interface AttestedRoute {
  readonly method: 'GET' | 'POST';
  /** Segments that begin with a colon are parameters: /imaging-studies/:id/rendition */
  readonly path: string;
  /** The enclaves that may ask; absent means any that the listener lets in. */
  readonly peers?: readonly string[];
  /** A policy that the peer must satisfy beyond the listener's. */
  readonly policy?: string;
  /** Answers through `response`, or throws a Refusal. */
  handle(exchange: AttestedExchange, response: ServerResponse): Promise<void> | void;
}

/** A request as a route sees it. */
export interface AttestedExchange {
  readonly request: IncomingMessage;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly peer: AttestedPeer;
  readonly requestId: string;
  readonly log: Log;
  /** Who asked the gateway. @throws Refusal unless the peer is the gateway and says it. */
  readonly caller: () => Caller;
  /** @throws Refusal TOO_LARGE */
  readonly body: (maximumBytes: number) => Promise<Buffer>;
}

export interface RouterOptions {
  readonly trust: Trust;
  /** Milliseconds since 1970, for instance Date.now. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The only enclave whose word on callers is taken. */
const GATEWAY = 'gateway';

/** Serves routes to attested peers; the one place where what they throw becomes HTTP, a log line and a count. */
export function serveRoutes(routes: readonly AttestedRoute[], options: RouterOptions): RequestListener {
  const compiled = routes.map((route) => ({
    ...route,
    segments: route.path.split('/'),
    handle: route.handle.bind(route),
  }));
  // A name that is not in force is our mistake, and better found now than at the first request.
  for (const { policy } of routes) if (policy !== undefined) options.trust.policy(policy);

  return (request, response) => {
    const startedAt = performance.now();
    const requestId = requestIdOf(request);
    // Split by hand: URL throws on some targets, and takes the host out of others.
    const [path = '', search = ''] = (request.url ?? '').split('?', 2);
    const segments = path.split('/');
    const route = compiled.find(
      (candidate) => candidate.method === request.method && paramsOf(candidate.segments, segments),
    );
    const name = route ? `${route.method} ${route.path}` : 'unknown';
    const log = options.log.child({ requestId, route: name });
    response.setHeader(REQUEST_ID_HEADER, requestId);
    response.once('close', () => {
      options.metrics.observeRequest({
        route: name,
        status: response.statusCode,
        durationMs: performance.now() - startedAt,
      });
    });

    const run = async () => {
      if (!route) throw new Refusal('NOT_FOUND', 'There is no such route.');
      const peer = peerOf(request);
      requirePeer(peer, route, options);
      const params = paramsOf(route.segments, segments) ?? {};
      const caller = () => callerOf(request, peer);
      const body = (maximumBytes: number) => readBody(request, maximumBytes);
      await route.handle(
        { request, params, query: new URLSearchParams(search), peer, requestId, log, caller, body },
        response,
      );
    };
    run().catch((thrown: unknown) => {
      const refusal = toRefusal(thrown);
      options.metrics.countRefusal(refusal.code, name);
      const fields = { code: refusal.code, error: refusal };
      if (refusal.definition.kind === 'fault') log.error(fields, 'A request failed.');
      else log.info(fields, 'Refused a request.');
      sendRefusal(response, refusal);
    });
  };
}

/** @throws Refusal POLICY_NOT_SATISFIED with every failed claim. */
function requirePeer(peer: AttestedPeer, route: AttestedRoute, { trust, now }: RouterOptions): void {
  if (route.peers && !route.peers.includes(peer.enclave)) {
    const failure = { claim: 'enclave', expected: route.peers.join(', '), actual: peer.enclave };
    throw new Refusal('POLICY_NOT_SATISFIED', `${peer.enclave} may not ask this.`, { failures: [failure] });
  }
  if (route.policy === undefined) return;
  const context = { referenceValues: trust.referenceValues, now: now() / 1000 };
  const { accepted, failures } = appraise(peer.result, trust.policy(route.policy), context);
  if (!accepted)
    throw new Refusal('POLICY_NOT_SATISFIED', `${peer.enclave} does not satisfy ${route.policy}.`, { failures });
}

function callerOf(request: IncomingMessage, peer: AttestedPeer): Caller {
  if (peer.enclave !== GATEWAY) throw new Refusal('UNAUTHENTICATED', `${peer.enclave} may not speak for callers.`);
  return parseCaller(request.headers[CALLER_HEADER]);
}

/** Undefined where the path does not match. */
function paramsOf(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined;
    } else if (segment === '') return undefined;
    else params[part.slice(1)] = decode(segment);
  }
  return params;
}

/** A malformed escape stands for itself. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The gateway's identifier where it is one, else a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
}
