import { Refusal } from '../../../enclave/refusals.js';
import type { Schedule } from '../../../runtime/collateral/schedule.js';

export interface AdmissionOptions {
  /** Operations that are worked on at the same time. */
  readonly concurrent: number;
  /** Of one caller, so that no caller fills the house. */
  readonly concurrentPerCaller: number;
  /** Operations that wait. */
  readonly queued: number;
  /** Of one caller. */
  readonly queuedPerCaller: number;
  readonly waitMs: number;
  readonly schedule: Schedule;
}

/** Called once when the operation is done. */
export type Leave = () => void;

export interface Admission {
  /**
   * Lets an operation in, at once or when its turn comes: in order, except that a caller who has enough inside is passed over.
   *
   * @throws Refusal BUSY where the queue is full or the wait too long, or whatever `signal` was aborted with.
   */
  enter(caller: string, signal: AbortSignal): Leave | Promise<Leave>;
  readonly inside: number;
  readonly waiting: number;
}

interface Waiter {
  readonly caller: string;
  admit(): void;
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { concurrent, concurrentPerCaller, queued, queuedPerCaller, waitMs, schedule } = options;
  const insideOf = new Map<string, number>();
  const waitingOf = new Map<string, number>();
  const waiters = new Set<Waiter>();
  let inside = 0;

  const mayEnter = (caller: string) => inside < concurrent && (insideOf.get(caller) ?? 0) < concurrentPerCaller;

  function admit(caller: string): Leave {
    inside += 1;
    add(insideOf, caller, 1);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      inside -= 1;
      add(insideOf, caller, -1);
      admitWaiting();
    };
  }

  function admitWaiting(): void {
    for (const waiter of waiters) {
      if (inside >= concurrent) return;
      if (mayEnter(waiter.caller)) waiter.admit();
    }
  }

  function wait(caller: string, signal: AbortSignal): Promise<Leave> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        waiters.delete(waiter);
        add(waitingOf, caller, -1);
        cancel();
        signal.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        caller,
        admit() {
          finish();
          resolve(admit(caller));
        },
      };
      const giveUp = () => {
        finish();
        reject(new Refusal('BUSY', `The operation waited ${waitMs} ms for its turn.`));
      };
      const abort = () => {
        finish();
        reject(signal.reason as Error);
      };
      waiters.add(waiter);
      add(waitingOf, caller, 1);
      const cancel = schedule(waitMs, giveUp);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  return {
    enter(caller, signal) {
      if (mayEnter(caller)) return admit(caller);
      if (waiters.size >= queued || (waitingOf.get(caller) ?? 0) >= queuedPerCaller) {
        throw new Refusal('BUSY', `${inside} operations are worked on and ${waiters.size} wait; no more are taken.`);
      }
      signal.throwIfAborted();
      return wait(caller, signal);
    },
    get inside() {
      return inside;
    },
    get waiting() {
      return waiters.size;
    },
  };
}

/** Counts of callers that have none are forgotten. */
function add(counts: Map<string, number>, caller: string, difference: number): void {
  const count = (counts.get(caller) ?? 0) + difference;
  if (count === 0) counts.delete(caller);
  else counts.set(caller, count);
}
