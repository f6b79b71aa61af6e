import { Refusal } from '../../../enclave/refusals.js';

/** How many pieces of work are under way at once: what comes beyond is refused, and waits at its sender's. */
export interface Admission {
  /** @throws Refusal BUSY before the work has begun; else what the work throws. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createAdmission(maximumAtOnce: number): Admission {
  let underWay = 0;
  return {
    async run(work) {
      if (underWay >= maximumAtOnce)
        throw new Refusal('BUSY', `${maximumAtOnce} requests are being worked on already.`);
      underWay++;
      try {
        return await work();
      } finally {
        underWay--;
      }
    },
  };
}
