import {
  choice,
  defineConfig,
  list,
  number,
  path,
  port,
  text,
  type ConfigOf,
  type Setting,
} from '../../runtime/config.js';
import { HTTP_TRANSPORT_LIMITS } from '../execution/transport/httpTransport.js';

/** A setting that the command line takes too, as `--flag`. */
export type FlaggedSetting<T> = Setting<T> & {
  readonly flag: string;
  /** Takes no value: it is `on`. */ readonly isSwitch?: true;
};

function flag<T>(name: string, setting: Setting<T>): FlaggedSetting<T> {
  return { ...setting, flag: name };
}

function onOff(name: string, env: string, standard: 'on' | 'off', help: string): FlaggedSetting<'on' | 'off'> {
  return flag(name, choice({ env, default: standard, of: ['on', 'off'], help }));
}

function limit(
  name: string,
  declaration: { env: string; default: number; max: number; unit: string; help: string },
): FlaggedSetting<number> {
  return flag(name, number({ min: 1, ...declaration }));
}

/**
 * Every setting of the gateway for any supergraph. Operations may be larger than the platform's gateway takes: nobody knows
 * here what callers need.
 */
export const settings = defineConfig({
  supergraph: flag(
    'supergraph',
    path({ env: 'CLOISTER_SUPERGRAPH', default: 'supergraph.graphql', help: 'File of the composed supergraph.' }),
  ),
  port: flag(
    'port',
    port({ env: 'CLOISTER_HTTP_PORT', default: 4000, help: 'Port to listen on; 0 lets the system choose.' }),
  ),
  host: flag('host', text({ env: 'CLOISTER_HOST', default: '127.0.0.1', help: 'Address to listen on.' })),
  executor: flag(
    'executor',
    choice({
      env: 'CLOISTER_EXECUTOR',
      default: 'compiled',
      of: ['compiled', 'apollo'],
      help: 'compiled is ours; apollo is @apollo/gateway, for comparison.',
    }),
  ),
  planner: flag(
    'planner',
    choice({
      env: 'CLOISTER_PLANNER',
      default: 'auto',
      of: ['auto', 'hive', 'apollo'],
      help: 'Planner of the compiled executor; auto takes the one that plans the supergraph rightly.',
    }),
  ),
  watch: {
    ...onOff(
      'watch',
      'CLOISTER_WATCH',
      'off',
      'Load the supergraph again when its file changes; a bad one is left aside.',
    ),
    isSwitch: true,
  },
  watchIntervalMs: limit('watch-interval', {
    env: 'CLOISTER_WATCH_INTERVAL_MS',
    default: 1000,
    max: 3_600_000,
    unit: 'ms',
    help: 'How often the file is looked at.',
  }),
  introspection: onOff('introspection', 'CLOISTER_INTROSPECTION', 'on', 'Whether callers may ask for the schema.'),
  csrfPrevention: onOff(
    'csrf-prevention',
    'CLOISTER_CSRF_PREVENTION',
    'on',
    'Refuse GET requests that a page of another origin could cause.',
  ),
  forwardHeaders: flag(
    'forward-headers',
    list({
      env: 'CLOISTER_FORWARD_HEADERS',
      default: '',
      help: 'Headers of a request that go to every subgraph, for instance authorization.',
    }),
  ),
  overrideLabels: flag(
    'override-labels',
    list({ env: 'CLOISTER_OVERRIDE_LABELS', default: '', help: 'Labels of progressive @override that are on.' }),
  ),
  subgraphErrors: flag(
    'subgraph-errors',
    choice({
      env: 'CLOISTER_SUBGRAPH_ERRORS',
      default: 'passed-on',
      of: ['passed-on', 'coded'],
      help: 'Whether callers read what subgraphs say of their errors, or codes only.',
    }),
  ),
  unknownEntities: flag(
    'unknown-entities',
    choice({
      env: 'CLOISTER_UNKNOWN_ENTITIES',
      default: 'error',
      of: ['error', 'null'],
      help: 'What an entity is that a subgraph does not know: an error and null, or null alone.',
    }),
  ),
  operationTimeoutMs: limit('operation-timeout', {
    env: 'CLOISTER_OPERATION_TIMEOUT_MS',
    default: 60_000,
    max: 600_000,
    unit: 'ms',
    help: 'Longest operation.',
  }),
  fetchTimeoutMs: limit('fetch-timeout', {
    env: 'CLOISTER_FETCH_TIMEOUT_MS',
    default: HTTP_TRANSPORT_LIMITS.fetchTimeoutMs,
    max: 600_000,
    unit: 'ms',
    help: 'Longest fetch from one subgraph.',
  }),
  connectTimeoutMs: limit('connect-timeout', {
    env: 'CLOISTER_CONNECT_TIMEOUT_MS',
    default: HTTP_TRANSPORT_LIMITS.connectTimeoutMs,
    max: 60_000,
    unit: 'ms',
    help: 'Longest wait for a connection to a subgraph.',
  }),
  connections: limit('subgraph-connections', {
    env: 'CLOISTER_SUBGRAPH_CONNECTIONS',
    default: HTTP_TRANSPORT_LIMITS.connections,
    max: 4096,
    unit: 'connections',
    help: 'Most connections to one origin of subgraphs.',
  }),
  answerLimitMb: limit('answer-limit', {
    env: 'CLOISTER_ANSWER_LIMIT_MB',
    default: HTTP_TRANSPORT_LIMITS.answerBytes / 1024 / 1024,
    max: 1024,
    unit: 'MB',
    help: 'Largest answer of a subgraph.',
  }),
  bodyLimitKb: limit('body-limit', {
    env: 'CLOISTER_BODY_LIMIT_KB',
    default: 1024,
    max: 65_536,
    unit: 'KB',
    help: 'Largest request.',
  }),
  depthLimit: limit('depth-limit', {
    env: 'CLOISTER_DEPTH_LIMIT',
    default: 100,
    max: 200,
    unit: 'levels',
    help: 'Deepest operation.',
  }),
  fieldLimit: limit('field-limit', {
    env: 'CLOISTER_FIELD_LIMIT',
    default: 10_000,
    max: 20_000,
    unit: 'fields',
    help: 'Most fields of an operation, those of aliases and fragments counted each time.',
  }),
  tokenLimit: limit('token-limit', {
    env: 'CLOISTER_TOKEN_LIMIT',
    default: 15_000,
    max: 100_000,
    unit: 'tokens',
    help: 'Longest document.',
  }),
  logLevel: flag(
    'log-level',
    choice({
      env: 'CLOISTER_LOG_LEVEL',
      default: 'info',
      of: ['debug', 'info', 'warn', 'error', 'silent'],
      help: 'What is logged.',
    }),
  ),
});

export type StandaloneConfig = ConfigOf<typeof settings>;
