import type { DestinationStream } from 'pino';
import { pino } from 'pino';
import { Refusal } from '../enclave/refusals.js';

/**
 * The log of a process, for its operators: JSON lines, and only fields of the list below. Whatever else is passed is
 * dropped, so that no name, token, image or variable gets into a log by mistake. Messages are fixed sentences.
 */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A log whose every line carries these fields: one per request. */
  child(fields: LogFields): Log;
}

/** Fields that may be logged. None of them can hold health data or a secret. */
const ALLOWED = [
  // What happened, where and how long it took.
  'requestId',
  'method',
  'route',
  'status',
  'durationMs',
  'bytes',
  'count',
  'attempt',
  'delayMs',
  'signal',
  'reason',
  // Where things listen and which way they go. `url` is an origin, without path and query.
  'url',
  'host',
  'port',
  'file',
  // Who talks: names of enclaves and kinds of callers, never names of people.
  'enclave',
  'peer',
  'party',
  'callerKind',
  'channel',
  // Attestation.
  'code',
  'outcome',
  'policy',
  'failures',
  'issuer',
  'resultId',
  'measurement',
  'expiresAt',
  'mode',
  'platform',
  'simulated',
  // GraphQL: a digest of the operation's text, never its variables.
  'operation',
  'subgraph',
  'field',
  // Models and queues.
  'model',
  'version',
  'workers',
  'queueLength',
  // Anything thrown; written as {@link ErrorFields}.
  'error',
] as const;

export type LogField = (typeof ALLOWED)[number];
export type LogFields = Partial<Record<LogField, unknown>>;

export interface LogOptions {
  /** The process, for instance patient. */
  readonly name: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Absent: standard output. */
  readonly destination?: DestinationStream;
}

export function createLog({ name, level, destination }: LogOptions): Log {
  const options = { name, level, base: { name }, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' };
  const formatters = { level: (label: string) => ({ level: label }) };
  return limited(pino({ ...options, formatters }, destination ?? standardOutput()));
}

/**
 * Written at once. What pino holds back by default it writes when the process ends, and tries for ever where the reader of
 * the pipe is gone: a process whose parent was killed would never end.
 */
function standardOutput(): DestinationStream {
  return pino.destination({ fd: 1, sync: true });
}

/** A log that goes nowhere. */
export const silentLog: Log = { debug: noop, info: noop, warn: noop, error: noop, child: () => silentLog };

type PinoLike = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'child'>;

function limited(logger: PinoLike): Log {
  return {
    debug: (fields, message) => logger.debug(allowedFields(fields), message),
    info: (fields, message) => logger.info(allowedFields(fields), message),
    warn: (fields, message) => logger.warn(allowedFields(fields), message),
    error: (fields, message) => logger.error(allowedFields(fields), message),
    child: (fields) => limited(logger.child(allowedFields(fields))),
  };
}

/** Longest text of one field, in characters. */
const MAXIMUM_TEXT = 500;

function allowedFields(fields: LogFields): Record<string, unknown> {
  const allowed: Record<string, unknown> = {};
  for (const field of ALLOWED) {
    const value = fields[field];
    if (value === undefined) continue;
    allowed[field] =
      field === 'error' ? errorFields(value) : field === 'failures' ? failureFields(value) : plain(value);
  }
  return allowed;
}

/** Scalars as they are, and lists of them; anything with a structure could smuggle fields that are not on the list. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MAXIMUM_TEXT);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) return value.slice(0, 32).map((entry) => (Array.isArray(entry) ? '[…]' : plain(entry)));
  return `[${typeof value}]`;
}

function failureFields(value: unknown): unknown {
  if (!Array.isArray(value)) return plain(value);
  return value.slice(0, 32).map((failure: { claim?: unknown; expected?: unknown; actual?: unknown }) => ({
    claim: plain(failure.claim),
    expected: plain(failure.expected),
    actual: plain(failure.actual),
  }));
}

interface ErrorFields {
  readonly name: string;
  readonly code?: string;
  /** Of our own refusals only: those are written to be read. Other messages may quote the data that broke them. */
  readonly message?: string;
  /** Where it was thrown: the stack without its first line, which repeats the message. */
  readonly frames?: readonly string[];
  readonly cause?: ErrorFields;
}

function errorFields(thrown: unknown, depth = 0): ErrorFields {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const code = (thrown as { code?: unknown }).code;
  const isRefusal = thrown instanceof Refusal;
  const frames = (thrown.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8);
  return {
    name: thrown.name,
    ...(typeof code === 'string' ? { code: code.slice(0, 64) } : {}),
    ...(isRefusal ? { message: thrown.message.slice(0, MAXIMUM_TEXT) } : { frames: frames.map((line) => line.trim()) }),
    ...(thrown.cause !== undefined && depth < 3 ? { cause: errorFields(thrown.cause, depth + 1) } : {}),
  };
}

function noop(): void {
  // Nothing is logged.
}
