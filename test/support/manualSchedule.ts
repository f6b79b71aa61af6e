import type { Schedule } from '../../runtime/collateral/schedule.js';

/** Time that stands still until a test moves it, with the work that is planned for it. */
export interface ManualTime {
  readonly now: () => number;
  readonly schedule: Schedule;
  /** Moves on, and does on the way what was planned, in order. */
  advance(ms: number): void;
  /** How many pieces of work are planned. */
  planned(): number;
}

export function manualTime(start: number): ManualTime {
  let now = start;
  const plans = new Set<{ at: number; work: () => void }>();
  const nextUntil = (end: number) => [...plans].filter((plan) => plan.at <= end).sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    schedule(delayMs, work) {
      const plan = { at: now + delayMs, work };
      plans.add(plan);
      return () => void plans.delete(plan);
    },
    advance(ms) {
      const end = now + ms;
      for (let plan = nextUntil(end); plan; plan = nextUntil(end)) {
        plans.delete(plan);
        now = plan.at;
        plan.work();
      }
      now = end;
    },
    planned: () => plans.size,
  };
}
