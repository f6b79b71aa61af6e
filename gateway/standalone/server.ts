import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../../runtime/log.js';
import { createManagementHandler } from '../../runtime/management.js';
import type { Metrics } from '../../runtime/metrics.js';
import { DEMAND } from '../http/demand/demandControl.js';
import { createGraphQLHandler, type Asker } from '../http/graphqlHandler.js';
import type { InputLimits } from '../http/inputLimits.js';
import { createNodeEdge } from '../http/nodeEdge.js';
import { PREFLIGHT_HEADERS } from '../http/preflight.js';
import { holdCurrentEngine } from './currentEngine.js';
import { createEngine, type CallerContext, type Engine } from './engine.js';
import { forwardHeaders } from './forwardedHeaders.js';
import type { StandaloneConfig } from './settings.js';

export interface StandaloneOptions {
  readonly supergraphSdl: string;
  readonly config: StandaloneConfig;
  /** From 0, below 1: which requests a progressive override takes. */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface StandaloneGateway {
  readonly port: number;
  /**
   * Serves another supergraph from now on. Operations at hand finish on the one that they began with.
   *
   * @throws Refusal CONFIGURATION_INVALID; the old one serves on.
   */
  reload(supergraphSdl: string): Promise<void>;
  /** Takes no new connection, finishes what is at hand, and ends. */
  close(): Promise<void>;
}

const INPUT_BOUNDS: InputLimits = { inputDepth: 64, listItems: 10_000, inputValues: 100_000 };
/** Errors of one answer. */
const MAXIMUM_ERRORS = 100;
const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 30_000;
const MAXIMUM_CONNECTIONS = 2048;

/** Any supergraph over plain HTTP; it knows nobody who asks. @throws Refusal CONFIGURATION_INVALID */
export async function startStandalone(options: StandaloneOptions): Promise<StandaloneGateway> {
  const { config, log, metrics, random } = options;
  const headersOf = forwardHeaders(config.forwardHeaders);
  const engineFor = (supergraphSdl: string) => createEngine({ supergraphSdl, config, random });
  const current = holdCurrentEngine(await engineFor(options.supergraphSdl), (error) =>
    log.error({ error }, 'An old supergraph was not given up cleanly.'),
  );

  const engines = new WeakMap<IncomingMessage, Engine>();
  const handler = createGraphQLHandler<CallerContext>({
    schemaFor: ({ context }) => context.engine.schema,
    variantFor: ({ context }) => context.engine.variant(),
    inputLimits: INPUT_BOUNDS,
    preflight: config.csrfPrevention === 'on' ? { headers: PREFLIGHT_HEADERS } : undefined,
    introspection: config.introspection === 'on' ? 'everybody' : 'nobody',
    documents: { mode: 'off' },
    demand: { ...DEMAND, mode: 'off' },
    timeoutMs: config.operationTimeoutMs,
    maximumErrors: MAXIMUM_ERRORS,
    onFailure: (error) => log.error({ error }, 'A request failed unexpectedly.'),
  });
  const serveGraphQL = createNodeEdge<CallerContext>({
    handler,
    askerOf: (request): Asker<CallerContext> => {
      const engine = engines.get(request);
      if (engine === undefined) throw new Error('The request has entered no engine.');
      return { identity: undefined, context: { headers: headersOf(request.headers), engine } };
    },
    maximumBodyBytes: config.bodyLimitKb * 1024,
    bodyTimeoutMs: BODY_TIMEOUT_MS,
  });
  const management = createManagementHandler({ notReady: () => [], metrics });

  const http = await listen(config, (request, response) => {
    if (request.url?.split('?')[0] !== '/graphql') {
      if (!management(request, response)) refuseRoute(response);
      return;
    }
    const startedAt = performance.now();
    const seat = current.enter();
    engines.set(request, seat.engine);
    serveGraphQL(request, response)
      .catch((error: unknown) => {
        log.error({ error }, 'A request failed unexpectedly.');
        response.destroy();
      })
      .finally(() => {
        seat.leave();
        const durationMs = performance.now() - startedAt;
        metrics.observeRequest({ route: '/graphql', status: response.statusCode, durationMs });
      });
  }).catch(async (thrown: unknown) => {
    await current.close();
    throw thrown;
  });
  log.info({ host: config.host, port: http.port }, 'Listening.');

  return {
    port: http.port,
    reload: async (supergraphSdl) => current.replace(await engineFor(supergraphSdl)),
    close: async () => {
      await http.close();
      await current.close();
    },
  };
}

async function listen(
  { host, port }: StandaloneConfig,
  listener: RequestListener,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, listener);
  server.maxConnections = MAXIMUM_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  let isClosing = false;
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
    // A connection that is kept would be waited for.
    response.once('close', () => {
      if (isClosing) setImmediate(() => server.closeIdleConnections());
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        isClosing = true;
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function refuseRoute(response: ServerResponse): void {
  const error = { code: 'NOT_FOUND', message: 'There is /graphql, /healthz, /readyz and /metrics.' };
  response.writeHead(404, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify({ error }));
}
