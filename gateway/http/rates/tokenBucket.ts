/** So many at once, and so many again in each second. */
export interface BucketLimits {
  readonly capacity: number;
  readonly perSecond: number;
}

export interface Bucket {
  /** Below zero where one request took more than there was. */
  readonly tokens: number;
  /** Milliseconds since 1970 when it held them. */
  readonly at: number;
}

export interface Taken {
  readonly bucket: Bucket;
  /** Milliseconds until the same could be taken; 0 where it was taken. */
  readonly retryAfterMs: number;
}

/** Fractions of tokens and milliseconds that binary numbers lose on the way. */
const ROUNDING = 1e-6;

/**
 * Takes `amount` tokens. What is more than a whole bucket needs a full one and leaves a debt, so that large requests are slow
 * and not impossible.
 *
 * @param bucket undefined where nothing was taken yet. @param now milliseconds since 1970; a clock that goes back adds nothing.
 */
export function take(bucket: Bucket | undefined, amount: number, limits: BucketLimits, now: number): Taken {
  const tokens = refilled(bucket, limits, now);
  const needed = Math.min(amount, limits.capacity);
  if (tokens + ROUNDING >= needed) return { bucket: { tokens: tokens - amount, at: now }, retryAfterMs: 0 };
  const retryAfterMs = Math.ceil(((needed - tokens) / limits.perSecond) * 1000 - ROUNDING);
  return { bucket: { tokens, at: now }, retryAfterMs };
}

/** Gives back what was taken and not used. */
export function giveBack(bucket: Bucket | undefined, amount: number, limits: BucketLimits, now: number): Bucket {
  return { tokens: Math.min(limits.capacity, refilled(bucket, limits, now) + amount), at: now };
}

function refilled(bucket: Bucket | undefined, { capacity, perSecond }: BucketLimits, now: number): number {
  if (bucket === undefined) return capacity;
  const seconds = Math.max(0, now - bucket.at) / 1000;
  return Math.min(capacity, bucket.tokens + seconds * perSecond);
}
