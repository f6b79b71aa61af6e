import { useCallback, useEffect, useState } from 'react';
import { useApi } from './Api.js';
import type { Answer } from './client.js';
import type { Operation } from './operations.js';
import type { ReadableError } from './readableError.js';

export interface QueryState<Data> {
  /** True until the first answer to these variables. */
  readonly loading: boolean;
  readonly data: Data | undefined;
  readonly refusals: readonly ReadableError[];
  /** When the answer came; milliseconds since 1970, 0 before. Ages are said as of this time. */
  readonly answeredAt: number;
  readonly reload: () => void;
}

/**
 * Asks when the page opens, again whenever the variables or the number `again` change, and every `everyMs` milliseconds
 * where that is given.
 * Nothing is kept when the page closes.
 */
export function useQuery<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables,
  { everyMs, again }: { everyMs?: number; again?: number } = {},
): QueryState<Data> {
  const api = useApi();
  const asked = JSON.stringify(variables);
  const [turn, setTurn] = useState(0);
  const [last, setLast] = useState<{ asked: string; answer: Answer<Data>; at: number }>();
  const reload = useCallback(() => setTurn((now) => now + 1), []);

  useEffect(() => {
    const abort = new AbortController();
    let timer: number | undefined;
    api
      .ask(operation, JSON.parse(asked) as Variables, abort.signal)
      .then((answer) => {
        if (abort.signal.aborted) return;
        setLast({ asked, answer, at: Date.now() });
        if (everyMs !== undefined) timer = window.setTimeout(reload, everyMs);
      })
      .catch(ignoreAbort);
    return () => {
      abort.abort();
      window.clearTimeout(timer);
    };
  }, [api, operation, asked, everyMs, again, turn, reload]);

  const current = last?.asked === asked ? last : undefined;
  return {
    loading: current === undefined,
    data: current?.answer.data,
    refusals: current?.answer.refusals ?? [],
    answeredAt: current?.at ?? 0,
    reload,
  };
}

function ignoreAbort(thrown: unknown): void {
  if (!(thrown instanceof DOMException && thrown.name === 'AbortError')) throw thrown;
}
