import type { GraphQLFormattedError } from 'graphql';
import { REFUSALS } from '../../../enclave/refusals.js';
import { clientPaths } from './clientPaths.js';
import type { ResponsePath } from './dataPaths.js';
import type { PreparedOperation } from './prepareOperation.js';
import type { WriteError, WriteState } from './responseWriter.js';
import type { Run } from './run.js';
import type { ExecutionError } from './upstreamErrors.js';

export interface ExecutionAnswer {
  /** The whole JSON response body. */
  readonly text: string;
  readonly hasErrors: boolean;
  /** False where there is no `data`: the request itself was wrong. */
  readonly hasData: boolean;
  readonly errors: readonly GraphQLFormattedError[];
  /** `data`, parsed: for those few who look into it. */
  data(): unknown;
}

/** GraphQL specification 7.1. Errors come first: they are found before a client has read much. */
export function composeAnswer(data: string | undefined, errors: readonly GraphQLFormattedError[]): ExecutionAnswer {
  const hasErrors = errors.length > 0;
  const hasData = data !== undefined;
  const parts = [...(hasErrors ? [`"errors":${JSON.stringify(errors)}`] : []), ...(hasData ? [`"data":${data}`] : [])];
  return {
    text: `{${parts.join()}}`,
    hasErrors,
    hasData,
    errors,
    data: () => (data === undefined ? undefined : (JSON.parse(data) as unknown)),
  };
}

/** @param variables coerced, by the caller's names */
export function writeAnswer(
  prepared: PreparedOperation,
  run: Run,
  variables: Readonly<Record<string, unknown>>,
): ExecutionAnswer {
  const state: WriteState = {
    errors: [],
    maximumErrors: run.maximumErrors,
    introspection: prepared.introspect(variables),
  };
  const data = prepared.writeData(run.data, state);
  if (run.errors.length === 0 && state.errors.length === 0) return composeAnswer(data, []);
  const upstream = atClientPaths(prepared, run);
  const own = state.errors
    .filter(({ isNull, reversedPath }) => !isNull || !isExplained(reversedPath.toReversed(), upstream))
    .map(formatWriteError);
  return composeAnswer(data, [...upstream, ...own].slice(0, run.maximumErrors));
}

function atClientPaths({ operation, planned, selecting }: PreparedOperation, run: Run): GraphQLFormattedError[] {
  const seen = new Set<string>();
  const errors: GraphQLFormattedError[] = [];
  const add = ({ message, extensions }: ExecutionError, path: ResponsePath | undefined): void => {
    const error = { message, ...(path === undefined || path.length === 0 ? {} : { path }), extensions };
    const text = JSON.stringify(error);
    if (seen.has(text)) return;
    seen.add(text);
    errors.push(error);
  };
  for (const error of run.errors) {
    if (error.path === undefined) {
      add(error, undefined);
      continue;
    }
    const places = clientPaths(error.path, { operation, keys: planned.keys, selecting, limit: run.maximumErrors });
    for (const path of places) add(error, path);
  }
  return errors;
}

function formatWriteError({ message, reversedPath }: WriteError): GraphQLFormattedError {
  return {
    message,
    path: reversedPath.toReversed(),
    extensions: { code: 'UPSTREAM_FAILED', kind: REFUSALS.UPSTREAM_FAILED.kind },
  };
}

/** A null whose cause a subgraph named needs no second error. */
function isExplained(path: ResponsePath, errors: readonly GraphQLFormattedError[]): boolean {
  return errors.some(({ path: other }) => {
    if (other === undefined) return true;
    const shared = Math.min(other.length, path.length);
    for (let index = 0; index < shared; index += 1) if (other[index] !== path[index]) return false;
    return true;
  });
}
