import { Refusal } from '../refusals.js';

export interface TurnsOptions {
  /** Whose turns, for messages. */
  readonly source: string;
  /** How long a caller waits for its turn and its answer together. */
  readonly timeoutMs: number;
  readonly maximumWaiting?: number;
}

const MAXIMUM_WAITING = 64;

/**
 * Work on one device, strictly one after the other: between the request that is written to it and the answer that is read
 * from it nobody else may write.
 *
 * A caller whose time is over gets a refusal, but its work keeps the turn until the device lets go of it: only then is it
 * safe to write to it again. Who waited in vain loses the turn unused.
 *
 * @returns a function that throws Refusal EVIDENCE_UNAVAILABLE where time or queue are at their end.
 */
export function createTurns({ source, timeoutMs, maximumWaiting = MAXIMUM_WAITING }: TurnsOptions) {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= maximumWaiting)
      throw new Refusal('EVIDENCE_UNAVAILABLE', `${source}: ${waiting} requests are waiting already.`);
    waiting += 1;
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        over = true;
        reject(new Refusal('EVIDENCE_UNAVAILABLE', `${source} gave no evidence within ${timeoutMs} ms.`));
      }, timeoutMs);
    });
    const turn = last.then(() => (over ? timeout : work()));
    last = turn
      .catch(() => undefined)
      .finally(() => {
        waiting -= 1;
      });
    try {
      return await Promise.race([turn, timeout]);
    } finally {
      clearTimeout(timer);
    }
  };
}
