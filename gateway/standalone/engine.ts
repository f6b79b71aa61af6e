import { parse } from 'graphql';
import { Refusal } from '../../enclave/refusals.js';
import { createCompiledExecutor } from '../execution/compiled/executor.js';
import { readSupergraph } from '../execution/compiled/supergraph.js';
import { createHttpTransport, type HttpTransport } from '../execution/transport/httpTransport.js';
import type { Executor } from '../http/executor.js';
import { OPERATION_LIMITS, type OperationLimits } from '../http/operationLimits.js';
import { serveSchema, type PlanVariant, type ServedSchema } from '../http/servedSchema.js';
import { createPlainApolloExecutor } from './apolloExecutor.js';
import type { ForwardedContext } from './forwardedHeaders.js';
import { chooseOverrides } from './overrides.js';
import { requireServable } from './requireServable.js';
import type { StandaloneConfig } from './settings.js';

/** All that belongs to one supergraph: its plans and its connections. */
export interface Engine {
  readonly schema: ServedSchema;
  /** Which progressive overrides are on, for one request. */
  readonly variant: () => PlanVariant | undefined;
  /** Lets fetches at hand finish. */
  close(): Promise<void>;
}

/** What a caller's request carries through the executor to the transport. */
export interface CallerContext extends ForwardedContext {
  /** On which the request began. */
  readonly engine: Engine;
}

export interface EngineOptions {
  readonly supergraphSdl: string;
  readonly config: StandaloneConfig;
  /** From 0, below 1: which requests a progressive override takes. */
  readonly random: () => number;
}

/** @throws Refusal CONFIGURATION_INVALID where the supergraph is none or must not be served */
export async function createEngine({ config, random, supergraphSdl }: EngineOptions): Promise<Engine> {
  const urls = subgraphUrls(supergraphSdl);
  const transport = createHttpTransport({
    urls,
    limits: {
      connections: config.connections,
      connectTimeoutMs: config.connectTimeoutMs,
      fetchTimeoutMs: config.fetchTimeoutMs,
      answerBytes: config.answerLimitMb * 1024 * 1024,
    },
    headersOf: (context) => (context as ForwardedContext).headers,
  });
  try {
    const built = await createExecutor(supergraphSdl, transport, config);
    return {
      schema: serveSchema({ executor: built.executor, limits: operationLimits(config) }),
      variant: chooseOverrides({ supergraphSdl, labels: config.overrideLabels, random }),
      close: async () => {
        await built.stop();
        await transport.close();
      },
    };
  } catch (thrown) {
    await transport.close();
    throw thrown;
  }
}

async function createExecutor(
  supergraphSdl: string,
  transport: HttpTransport,
  config: StandaloneConfig,
): Promise<{ readonly executor: Executor; stop(): Promise<void> }> {
  if (config.executor === 'apollo') return createPlainApolloExecutor(supergraphSdl, transport);
  const executor = createCompiledExecutor({
    supergraphSdl,
    planner: config.planner,
    transport,
    limits: { tokens: config.tokenLimit, selections: 2 * config.fieldLimit, depth: 2 * config.depthLimit },
    subgraphErrors: config.subgraphErrors,
    unknownEntities: config.unknownEntities,
  });
  return { executor, stop: () => Promise.resolve() };
}

/** @throws Refusal CONFIGURATION_INVALID */
function subgraphUrls(supergraphSdl: string): ReadonlyMap<string, string> {
  const { subgraphs } = readOrRefuse(supergraphSdl);
  if (subgraphs.length === 0) {
    throw new Refusal('CONFIGURATION_INVALID', 'The file is no supergraph: it names no subgraphs (join__Graph).');
  }
  const unusable = subgraphs.filter(({ url }) => !isPlainUrl(url)).map(({ name }) => name);
  if (unusable.length > 0) {
    const which = unusable.join(', ');
    const message = `The supergraph gives no http: or https: URL without credentials for: ${which}.`;
    throw new Refusal('CONFIGURATION_INVALID', message);
  }
  return new Map(subgraphs.map(({ name, url }) => [name, url]));
}

function readOrRefuse(supergraphSdl: string): ReturnType<typeof readSupergraph> {
  try {
    requireServable(parse(supergraphSdl, { noLocation: true }));
    return readSupergraph(supergraphSdl);
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new Refusal('CONFIGURATION_INVALID', `The supergraph cannot be read: ${why}`, { cause: thrown });
  }
}

function isPlainUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { password, protocol, username } = new URL(url);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

/** The rest of the bounds follows from the number of fields. */
function operationLimits({ depthLimit, fieldLimit, tokenLimit }: StandaloneConfig): OperationLimits {
  return {
    ...OPERATION_LIMITS,
    tokens: tokenLimit,
    depth: depthLimit,
    fields: fieldLimit,
    aliases: fieldLimit,
    rootFields: fieldLimit,
    duplicateFields: fieldLimit,
    fragments: fieldLimit,
    directives: fieldLimit,
  };
}
