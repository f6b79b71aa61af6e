import type { Enclaves } from './enclave.js';

export interface WatchOptions {
  readonly enclaves: Pick<Enclaves, 'all'>;
  /** Between the end of one round and the start of the next; 0: enclaves are probed only when somebody looks. */
  readonly intervalMs: number;
}

/** Probes the enclaves again and again, so that changes are found although nobody looks. One round at a time. */
export function watchEnclaves({ enclaves, intervalMs }: WatchOptions): { stop(): Promise<void> } {
  if (intervalMs === 0) return { stop: () => Promise.resolve() };
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let round = Promise.resolve();

  function begin(): void {
    round = enclaves.all().then(schedule);
  }
  function schedule(): void {
    if (!stopped) timer = setTimeout(begin, intervalMs).unref();
  }

  begin();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
