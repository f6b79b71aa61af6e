import { useState } from 'react';
import { useApi } from './Api.js';
import type { Operation } from './operations.js';
import type { ReadableError } from './readableError.js';

export interface Action<Data, Variables> {
  readonly busy: boolean;
  readonly refusals: readonly ReadableError[];
  /** @returns the data where all of it came, undefined where any part was refused. */
  readonly run: (variables: Variables) => Promise<Data | undefined>;
}

/** A mutation that a control starts. It runs once at a time. */
export function useAction<Data, Variables>(operation: Operation<Data, Variables>): Action<Data, Variables> {
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<readonly ReadableError[]>([]);

  async function run(variables: Variables): Promise<Data | undefined> {
    if (busy) return undefined;
    setBusy(true);
    setRefusals([]);
    const answer = await api.ask(operation, variables);
    setBusy(false);
    setRefusals(answer.refusals);
    return answer.refusals.length === 0 ? answer.data : undefined;
  }

  return { busy, refusals, run };
}
