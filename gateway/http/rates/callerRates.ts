import { BoundedMap } from '../boundedMap.js';
import { giveBack, take, type Bucket, type BucketLimits } from './tokenBucket.js';

export interface CallerRateOptions {
  /** Absent, requests are not limited. */
  readonly requests?: BucketLimits;
  /** Of estimated costs. Absent, costs are not limited. */
  readonly costs?: BucketLimits;
  /** Callers that are remembered; who asked longest ago is forgotten first, and begins again with full buckets. */
  readonly callers: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How often each caller may ask, and for how much. */
export interface CallerRates {
  /** @returns milliseconds until the caller may ask again; 0 where they may now. */
  takeRequest(caller: string): number;
  /** @returns milliseconds until the caller may ask for this much; 0 where they may now. */
  takeCost(caller: string, cost: number): number;
  /** Gives back the difference where an operation cost less than estimated. */
  giveBackCost(caller: string, cost: number): void;
}

export function createCallerRates({ requests, costs, callers, now }: CallerRateOptions): CallerRates {
  const requestBuckets = new BoundedMap<string, Bucket>({ maximumEntries: callers });
  const costBuckets = new BoundedMap<string, Bucket>({ maximumEntries: callers });
  return {
    takeRequest: (caller) => takeFrom(requestBuckets, caller, 1, requests, now()),
    takeCost: (caller, cost) => takeFrom(costBuckets, caller, cost, costs, now()),
    giveBackCost(caller, cost) {
      if (costs === undefined || cost <= 0) return;
      costBuckets.set(caller, giveBack(costBuckets.get(caller), cost, costs, now()));
    },
  };
}

function takeFrom(
  buckets: BoundedMap<string, Bucket>,
  caller: string,
  amount: number,
  limits: BucketLimits | undefined,
  now: number,
): number {
  if (limits === undefined) return 0;
  const { bucket, retryAfterMs } = take(buckets.get(caller), amount, limits, now);
  buckets.set(caller, bucket);
  return retryAfterMs;
}
