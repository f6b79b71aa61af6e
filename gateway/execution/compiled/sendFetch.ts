import { toRefusal, type Refusal } from '../../../enclave/refusals.js';
import type { DataObject } from './dataPaths.js';
import { quote } from './jsonText.js';
import type { Merge } from './mergeData.js';
import type { PlannedFetch } from './plan.js';
import type { Run } from './run.js';
import type { Supergraph } from './supergraph.js';
import { readAnswer, type ExecutionError, type SubgraphErrors } from './upstreamErrors.js';

/** What all fetches of an executor are compiled with. */
export interface FetchCompiler {
  readonly supergraph: Supergraph;
  readonly merge: Merge;
  readonly subgraphErrors: SubgraphErrors;
  /** Whether an entity that a subgraph does not know is an error, or just null. */
  readonly unknownEntities: 'error' | 'null';
  /** True where entities with equal representations may still differ: by what is above them. */
  readonly copiesAnswers: boolean;
  /** Of one fetch. */
  readonly maximumErrors: number;
}

/** Sends a fetch; what comes back puts its answer into the data. Undefined where there is nothing to ask. */
export type StartFetch = (run: Run) => Promise<() => void> | undefined;

export interface FetchAnswer {
  readonly data: DataObject | undefined;
  readonly errors: readonly ExecutionError[];
  /** Set where the fetch failed as a whole. */
  readonly refusal: Refusal | undefined;
}

export async function sendFetch(
  fetch: PlannedFetch,
  body: string,
  run: Run,
  { subgraphErrors: mode, maximumErrors }: FetchCompiler,
): Promise<FetchAnswer> {
  const { subgraph, operationKind: kind } = fetch;
  try {
    const answer = await run.transport.fetch(subgraph, body, {
      kind,
      fetch,
      context: run.context,
      signal: run.signal,
    });
    return { ...readAnswer(answer, { subgraph, mode, maximumErrors }), refusal: undefined };
  } catch (thrown) {
    return { data: undefined, errors: [], refusal: toRefusal(thrown) };
  }
}

/** The caller's variables that a fetch needs, as the inside of a JSON object. */
export function variablesText({ variables }: PlannedFetch, run: Run): string {
  let text = '';
  for (const name of variables) {
    const value = run.variableText(name);
    if (value !== undefined) text += `${text === '' ? '' : ','}${quote(name)}:${value}`;
  }
  return text;
}
