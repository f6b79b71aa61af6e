import { choice, defineConfig, list, number, path, type ConfigOf } from '../../runtime/config.js';
import { nodeSchedule } from '../../runtime/collateral/schedule.js';
import { DEMAND, type DemandOptions } from './demand/demandControl.js';
import { INPUT_LIMITS, type InputLimits } from './inputLimits.js';
import { OPERATION_LIMITS, type OperationLimits } from './operationLimits.js';
import { PREFLIGHT_HEADERS } from './preflight.js';
import { createAdmission, type Admission } from './rates/admission.js';
import { createCallerRates, type CallerRates } from './rates/callerRates.js';

const limit = (env: string, standard: number, max: number, unit: string, help: string) =>
  number({ env, default: standard, min: 1, max, unit, help });
/** 0 switches it off. */
const optional = (env: string, standard: number, max: number, unit: string, help: string) =>
  number({ env, default: standard, min: 0, max, unit, help: `${help}; 0: no limit.` });

/** Every setting of GraphQL over HTTP. Those that the gateway had before keep their names. */
export const httpSettings = defineConfig({
  bodyLimitKb: limit('CLOISTER_BODY_LIMIT_KB', 100, 1024, 'KB', 'Largest GraphQL request.'),
  bodyTimeoutMs: limit('CLOISTER_BODY_TIMEOUT_MS', 10_000, 600_000, 'ms', 'Longest wait for the body of a request.'),
  operationTimeoutMs: limit(
    'CLOISTER_OPERATION_TIMEOUT_MS',
    60_000,
    600_000,
    'ms',
    'Longest execution of an operation.',
  ),

  tokenLimit: limit('CLOISTER_TOKEN_LIMIT', OPERATION_LIMITS.tokens, 100_000, 'tokens', 'Longest operation.'),
  depthLimit: limit('CLOISTER_DEPTH_LIMIT', OPERATION_LIMITS.depth, 100, 'levels', 'Deepest operation.'),
  aliasLimit: limit('CLOISTER_ALIAS_LIMIT', OPERATION_LIMITS.aliases, 1000, 'aliases', 'Most aliases of an operation.'),
  rootFieldLimit: limit(
    'CLOISTER_ROOT_FIELD_LIMIT',
    OPERATION_LIMITS.rootFields,
    1000,
    'fields',
    'Most root fields of an operation.',
  ),
  fieldLimit: limit(
    'CLOISTER_FIELD_LIMIT',
    OPERATION_LIMITS.fields,
    100_000,
    'fields',
    'Most fields of an operation, fragments written out.',
  ),
  duplicateFieldLimit: limit(
    'CLOISTER_DUPLICATE_FIELD_LIMIT',
    OPERATION_LIMITS.duplicateFields,
    1000,
    'fields',
    'Most fields that are asked again in the same selection.',
  ),
  fragmentLimit: limit('CLOISTER_FRAGMENT_LIMIT', OPERATION_LIMITS.fragments, 1000, 'fragments', 'Most fragments.'),
  directiveLimit: limit(
    'CLOISTER_DIRECTIVE_LIMIT',
    OPERATION_LIMITS.directives,
    1000,
    'directives',
    'Most directives of an operation.',
  ),
  directiveLimitPerNode: limit(
    'CLOISTER_DIRECTIVE_LIMIT_PER_NODE',
    OPERATION_LIMITS.directivesPerNode,
    100,
    'directives',
    'Most directives in one place.',
  ),
  listLimit: limit(
    'CLOISTER_LIST_LIMIT',
    OPERATION_LIMITS.listItems,
    100_000,
    'entries',
    'Longest list in an argument or a variable.',
  ),
  inputDepthLimit: limit(
    'CLOISTER_INPUT_DEPTH_LIMIT',
    INPUT_LIMITS.inputDepth,
    100,
    'levels',
    'Deepest variable or extension.',
  ),
  errorLimit: limit('CLOISTER_ERROR_LIMIT', 100, 1000, 'errors', 'Most errors of an answer.'),

  introspection: choice({
    env: 'CLOISTER_INTROSPECTION',
    of: ['everybody', 'authenticated', 'nobody'],
    default: 'everybody',
    help: 'Who may ask for the schema; everybody gets no more of it than their contract.',
  }),
  csrf: choice({
    env: 'CLOISTER_CSRF_PROTECTION',
    of: ['on', 'off'],
    default: 'on',
    help: 'Refuses requests that a browser sends across origins unasked.',
  }),
  csrfHeaders: list({
    env: 'CLOISTER_CSRF_HEADERS',
    default: PREFLIGHT_HEADERS.join(','),
    help: 'Headers of which a GET needs one, in lower case.',
  }),

  documentMode: choice({
    env: 'CLOISTER_DOCUMENT_MODE',
    of: ['off', 'audit', 'enforce'],
    default: 'off',
    help: 'Whether only registered documents are executed, or others are reported.',
  }),
  documentManifest: path({
    env: 'CLOISTER_DOCUMENT_MANIFEST',
    default: '',
    help: 'The registered documents: a file by SHA-256, or as Apollo or Relay write it; empty, there are none.',
  }),
  documentPollMs: limit('CLOISTER_DOCUMENT_POLL_MS', 5000, 3_600_000, 'ms', 'How often that file is looked at.'),

  demandMode: choice({
    env: 'CLOISTER_DEMAND_MODE',
    of: ['off', 'measure', 'enforce'],
    default: DEMAND.mode,
    help: 'Whether costs (@cost, @listSize) are estimated, and refused above the limit.',
  }),
  costLimit: limit('CLOISTER_COST_LIMIT', DEMAND.maximumCost, 1_000_000_000, 'cost', 'Highest cost of an operation.'),
  costListSize: limit(
    'CLOISTER_COST_LIST_SIZE',
    DEMAND.defaultListSize,
    1_000_000,
    'entries',
    'Length of a list of which the schema says nothing.',
  ),
  costActualEvery: number({
    env: 'CLOISTER_COST_ACTUAL_EVERY',
    default: DEMAND.actualEvery,
    min: 0,
    max: 1_000_000,
    unit: 'operations',
    help: 'The actual cost of every so many-th operation is counted; 0: of none.',
  }),

  requestsPerMinute: optional(
    'CLOISTER_CALLER_REQUESTS_PER_MINUTE',
    1200,
    10_000_000,
    'requests',
    'Most requests of one caller',
  ),
  costPerMinute: optional(
    'CLOISTER_CALLER_COST_PER_MINUTE',
    0,
    1_000_000_000,
    'cost',
    'Highest cost of one caller’s operations, in the mode enforce',
  ),
  rememberedCallers: limit(
    'CLOISTER_REMEMBERED_CALLERS',
    10_000,
    1_000_000,
    'callers',
    'Callers whose rates are remembered.',
  ),

  concurrentOperations: limit(
    'CLOISTER_CONCURRENT_OPERATIONS',
    256,
    100_000,
    'operations',
    'Operations that are worked on at the same time.',
  ),
  concurrentPerCaller: limit(
    'CLOISTER_CONCURRENT_OPERATIONS_PER_CALLER',
    64,
    100_000,
    'operations',
    'Of these, of one caller.',
  ),
  queuedOperations: limit('CLOISTER_QUEUED_OPERATIONS', 512, 100_000, 'operations', 'Operations that wait.'),
  queuedPerCaller: limit(
    'CLOISTER_QUEUED_OPERATIONS_PER_CALLER',
    128,
    100_000,
    'operations',
    'Of these, of one caller.',
  ),
  queueWaitMs: limit('CLOISTER_QUEUE_WAIT_MS', 2000, 60_000, 'ms', 'Longest wait of an operation.'),
});

export type HttpSettings = ConfigOf<typeof httpSettings>;

export function operationLimitsOf(settings: HttpSettings): OperationLimits {
  return {
    ...OPERATION_LIMITS,
    tokens: settings.tokenLimit,
    depth: settings.depthLimit,
    aliases: settings.aliasLimit,
    rootFields: settings.rootFieldLimit,
    fields: settings.fieldLimit,
    duplicateFields: settings.duplicateFieldLimit,
    fragments: settings.fragmentLimit,
    directives: settings.directiveLimit,
    directivesPerNode: settings.directiveLimitPerNode,
    listItems: settings.listLimit,
  };
}

export function inputLimitsOf(settings: HttpSettings): InputLimits {
  return { ...INPUT_LIMITS, inputDepth: settings.inputDepthLimit, listItems: settings.listLimit };
}

export function demandOf(settings: HttpSettings): DemandOptions {
  return {
    mode: settings.demandMode,
    maximumCost: settings.costLimit,
    defaultListSize: settings.costListSize,
    actualEvery: settings.costActualEvery,
  };
}

/** @param now milliseconds since 1970. */
export function callerRatesOf(settings: HttpSettings, now: () => number): CallerRates {
  const { requestsPerMinute, costPerMinute, rememberedCallers } = settings;
  return createCallerRates({
    ...(requestsPerMinute === 0 ? {} : { requests: perMinute(requestsPerMinute) }),
    ...(costPerMinute === 0 ? {} : { costs: perMinute(costPerMinute) }),
    callers: rememberedCallers,
    now,
  });
}

export function admissionOf(settings: HttpSettings): Admission {
  return createAdmission({
    concurrent: settings.concurrentOperations,
    concurrentPerCaller: settings.concurrentPerCaller,
    queued: settings.queuedOperations,
    queuedPerCaller: settings.queuedPerCaller,
    waitMs: settings.queueWaitMs,
    schedule: nodeSchedule,
  });
}

/** A whole minute's worth at once. */
function perMinute(amount: number) {
  return { capacity: amount, perSecond: amount / 60 };
}
