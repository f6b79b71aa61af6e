import { isRefusalCode, Refusal, REFUSALS } from '../../../enclave/refusals.js';
import { isObject, type DataObject, type ResponsePath } from './dataPaths.js';
import type { SubgraphAnswer } from './transport.js';

/**
 * `coded`: callers see codes of the closed list and never what a subgraph says on its own. `passed-on`: messages and extensions
 * of subgraphs go to callers, as with other gateways.
 */
export type SubgraphErrors = 'coded' | 'passed-on';

/** An error as callers see it; its path is one in the fetched data until the answer is written. */
export interface ExecutionError {
  readonly message: string;
  readonly path: ResponsePath | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Characters of a message. */
const MAXIMUM_MESSAGE = 300;
/** Characters of the extensions of one error, as JSON. */
const MAXIMUM_EXTENSIONS = 4096;

export interface ReadAnswer {
  /** Absent where the subgraph gave none or null. */
  readonly data: DataObject | undefined;
  /** Paths are those of the subgraph's answer. */
  readonly errors: readonly ExecutionError[];
}

/** @throws Refusal where the answer is no GraphQL response, or is a refusal as a whole. */
export function readAnswer(
  { status, body }: SubgraphAnswer,
  options: { readonly subgraph: string; readonly mode: SubgraphErrors; readonly maximumErrors: number },
): ReadAnswer {
  const { subgraph, mode, maximumErrors } = options;
  if (!isObject(body)) throw noAnswer(subgraph, status);
  const { data, errors, error } = body;
  if (isObject(error) && isRefusalCode(error.code)) {
    const known = typeof error.message === 'string' ? error.message.slice(0, MAXIMUM_MESSAGE) : undefined;
    throw new Refusal(error.code, known ?? REFUSALS[error.code].meaning);
  }
  const hasErrors = Array.isArray(errors) && errors.length > 0;
  const isData = isObject(data) || data === null;
  if (!isData && !(data === undefined && hasErrors)) throw noAnswer(subgraph, status);
  return {
    data: data ?? undefined,
    errors: hasErrors ? errors.slice(0, maximumErrors).map((item: unknown) => readError(item, subgraph, mode)) : [],
  };
}

function noAnswer(subgraph: string, status: number): Refusal {
  return new Refusal('UPSTREAM_FAILED', `The subgraph ${subgraph} answered ${status} without a GraphQL response.`);
}

function readError(error: unknown, subgraph: string, mode: SubgraphErrors): ExecutionError {
  const { message, path, extensions }: DataObject = isObject(error) ? error : {};
  return {
    ...(mode === 'passed-on' ? passedOn(message, extensions, subgraph) : coded(message, extensions, subgraph)),
    path: Array.isArray(path) ? path.filter(isPathKey) : undefined,
  };
}

/** Codes of the closed list keep their message; anything else that a subgraph says is for operators. */
function coded(message: unknown, extensions: unknown, subgraph: string): Omit<ExecutionError, 'path'> {
  const code = isObject(extensions) ? extensions.code : undefined;
  if (!isRefusalCode(code)) {
    return { message: `The subgraph ${subgraph} failed.`, extensions: codeExtensions('UPSTREAM_FAILED') };
  }
  return {
    message: typeof message === 'string' ? message.slice(0, MAXIMUM_MESSAGE) : REFUSALS[code].meaning,
    extensions: codeExtensions(code),
  };
}

function passedOn(message: unknown, extensions: unknown, subgraph: string): Omit<ExecutionError, 'path'> {
  const given = isObject(extensions) && JSON.stringify(extensions).length <= MAXIMUM_EXTENSIONS ? extensions : {};
  return {
    message: typeof message === 'string' ? message.slice(0, MAXIMUM_MESSAGE) : `The subgraph ${subgraph} failed.`,
    extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', ...given, serviceName: subgraph },
  };
}

function codeExtensions(code: keyof typeof REFUSALS): Readonly<Record<string, unknown>> {
  return { code, kind: REFUSALS[code].kind };
}

/** What a refusal says at one place. */
export function refusalError(refusal: Refusal, path: ResponsePath | undefined, party?: string): ExecutionError {
  const { code, message, failures, definition } = refusal;
  return {
    message,
    path,
    extensions: {
      code,
      kind: definition.kind,
      ...(failures.length > 0 ? { failures } : {}),
      ...(party === undefined ? {} : { party }),
    },
  };
}

function isPathKey(key: unknown): key is string | number {
  return typeof key === 'string' || typeof key === 'number';
}
