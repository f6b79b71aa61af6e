import { Refusal } from '../../enclave/refusals.js';

/** How much work of one kind may be under way, and how much may wait for it. */
export interface Permits {
  /** @throws Refusal COLLATERAL_UNAVAILABLE where too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createPermits({ atOnce, waiting }: { atOnce: number; waiting: number }): Permits {
  let free = atOnce;
  const queue: (() => void)[] = [];

  async function take(): Promise<void> {
    if (free > 0) {
      free--;
      return;
    }
    if (queue.length >= waiting) {
      throw new Refusal('COLLATERAL_UNAVAILABLE', `${waiting} questions for collateral wait already.`);
    }
    await new Promise<void>((resolve) => queue.push(resolve));
  }

  /** A permit goes to who waits, without being free in between. */
  function giveBack(): void {
    const next = queue.shift();
    if (next) next();
    else free++;
  }

  return {
    async run(work) {
      await take();
      try {
        return await work();
      } finally {
        giveBack();
      }
    },
  };
}
