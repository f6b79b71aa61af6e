import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gauge } from 'prom-client';
import type { AttestedIdentity } from '../runtime/attestedIdentity.js';
import { startAttestedListener } from '../runtime/attestedListener.js';
import type { Log } from '../runtime/log.js';
import { createManagementHandler } from '../runtime/management.js';
import type { Metrics } from '../runtime/metrics.js';
import type { Trust } from '../runtime/trust.js';
import { CALLING_ENCLAVE, THIS_GATEWAY } from './enforcement/decide.js';
import { readRequirements } from './enforcement/requirements.js';
import { createApolloExecutor } from './execution/apolloExecutor.js';
import { publishedSdl } from './execution/executorSdl.js';
import { guardGateway } from './execution/guardedGateway.js';
import { createParties } from './execution/parties.js';
import { createSubgraphDataSource } from './execution/subgraphDataSource.js';
import { createSubgraphs } from './execution/subgraphs.js';
import { createApp } from './transport/app.js';
import { createAuthenticate } from './transport/authenticate.js';
import { createEvidenceRoute } from './transport/evidence.js';
import { createGraphQLRoute } from './transport/graphql.js';
import { createImageRoutes } from './transport/images.js';
import type { OperationLimits } from './transport/limits.js';
import { createSchemaRoute } from './transport/schemaDownload.js';
import { createGraphiqlRoutes } from './transport/staticFiles.js';

export interface GatewayOptions {
  readonly supergraphSdl: string;
  /** Origins of the subgraphs by name. */
  readonly subgraphUrls: ReadonlyMap<string, string>;
  readonly identity: AttestedIdentity;
  readonly trust: Trust;
  readonly accessTokens: { readonly issuer: string; readonly audience: string };
  readonly portalOrigin: string;
  /** Folder of the built GraphiQL. */
  readonly graphiqlFolder: string;
  readonly limits: OperationLimits;
  readonly maximumBodyBytes: number;
  readonly maximumImageBytes: number;
  readonly fetchTimeoutMs?: number;
  /** How long an operation waits for parties to be verified. */
  readonly verifyTimeoutMs?: number;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly httpPort: number;
  readonly attestedPort: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface RunningGateway {
  readonly httpPort: number;
  readonly attestedPort: number;
  /** Takes no new connection, finishes the requests at hand, and ends. */
  close(): Promise<void>;
}

const MAXIMUM_CONNECTIONS = 2048;
const HEADERS_TIMEOUT_MS = 10_000;
/** Of a whole request, as it arrives: an image over a slow line. */
const REQUEST_TIMEOUT_MS = 300_000;

/** The gateway, put together from values: reads no environment, and listens when it is all there. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { supergraphSdl, identity, trust, now, log, metrics } = options;
  const { policies, referenceValues } = trust;
  const requirements = readRequirements(supergraphSdl);
  refuseReservedNames(requirements.subgraphs);

  const subgraphs = createSubgraphs({ urls: options.subgraphUrls, identity, trust, now });
  const parties = createParties({
    subgraphs,
    ownResult: () => identity.result(),
    referenceValues,
    now: () => now() / 1000,
    ...(options.verifyTimeoutMs === undefined ? {} : { verifyTimeoutMs: options.verifyTimeoutMs }),
  });
  const dataSources = new Map(
    requirements.subgraphs.map((name) => [
      name,
      createSubgraphDataSource({
        name,
        subgraphs,
        requirements,
        policies,
        ownVerdict: (policy) => parties.verdictOf(THIS_GATEWAY, policy),
        ...(options.fetchTimeoutMs === undefined ? {} : { timeoutMs: options.fetchTimeoutMs }),
        onFailure: (subgraph, error) => log.warn({ subgraph, error }, 'A fetch failed.'),
      }),
    ]),
  );
  const executor = await createApolloExecutor({ supergraphSdl, dataSources, log });
  const gateway = guardGateway(executor, {
    requirements,
    policies,
    parties,
    onRefused: ({ refused }) => {
      for (const { code } of refused.values()) metrics.countRefusal(code, 'field');
    },
    onFailure: (error) => log.error({ error }, 'An operation failed unexpectedly.'),
  });
  const graphql = await createGraphQLRoute({
    gateway,
    limits: options.limits,
    maximumBodyBytes: options.maximumBodyBytes,
    log,
  });

  measureSubgraphs(metrics, subgraphs.names, (name) => subgraphs.connection(name).state()?.outcome === 'ACCEPTED');
  const app = createApp({
    routes: [
      graphql.route,
      createSchemaRoute(publishedSdl(supergraphSdl)),
      createEvidenceRoute({ identity, now }),
      ...createImageRoutes({ subgraphs, parties, policies, maximumImageBytes: options.maximumImageBytes }),
      ...(await createGraphiqlRoutes(options.graphiqlFolder)),
    ],
    authenticate: createAuthenticate({ ...options.accessTokens, now }),
    trust,
    portalOrigin: options.portalOrigin,
    management: createManagementHandler({ notReady: () => notReady(), metrics }),
    metrics,
    log,
  });
  // An operation may do without a subgraph that is away; without any it can do nothing.
  const notReady = (): readonly string[] => {
    const verified = subgraphs.names.filter((name) => subgraphs.connection(name).state()?.outcome === 'ACCEPTED');
    if (verified.length === 0) void parties.verify(subgraphs.names);
    return [...identity.notReady(), ...(verified.length === 0 ? ['No subgraph has been verified.'] : [])];
  };

  const attested = await startAttestedListener(
    { host: options.host, port: options.attestedPort, identity, trust, now, log, metrics },
    app('attested'),
  );
  const http = await listen(app('plain'), options.host, options.httpPort);
  log.info({ host: options.host, port: http.port }, 'Listening for people.');
  void parties.verify(subgraphs.names);

  return {
    httpPort: http.port,
    attestedPort: attested.port,
    close: async () => {
      await Promise.all([http.close(), attested.close()]);
      await graphql.stop();
      await subgraphs.close();
    },
  };
}

/** Names under which other parties are decided on. */
function refuseReservedNames(names: readonly string[]): void {
  for (const name of names) {
    if (name === THIS_GATEWAY || name === CALLING_ENCLAVE) throw new Error(`A subgraph may not be named ${name}.`);
  }
}

function measureSubgraphs(metrics: Metrics, names: readonly string[], isVerified: (name: string) => boolean): void {
  const gauge = new Gauge({
    name: 'cloister_subgraph_verified',
    help: '1 where the subgraph was found to be the enclave that it should be, when it was last seen.',
    labelNames: ['subgraph'],
    registers: [metrics.registry],
    collect: () => {
      for (const subgraph of names) gauge.set({ subgraph }, isVerified(subgraph) ? 1 : 0);
    },
  });
}

async function listen(
  listener: Parameters<typeof createServer>[1] & object,
  host: string,
  port: number,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS }, listener);
  server.maxConnections = MAXIMUM_CONNECTIONS;
  let draining = false;
  server.prependListener('request', (_request, response) => {
    if (draining) response.shouldKeepAlive = false;
    response.once('close', () => {
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        draining = true;
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
