import type { Refusal } from '../../enclave/refusals.js';
import type { AnyCollateral, CollateralRequest } from './request.js';
import { SourceRefusal } from './source.js';

/** What a cache knows about one request. All times are milliseconds since 1970. */
export interface Slot {
  readonly key: string;
  readonly request: CollateralRequest;
  held: Held | undefined;
  /** Why the last attempt brought nothing; undefined after one that did. */
  failure: Failure | undefined;
  /** The attempt under way. */
  attempt: Promise<void> | undefined;
  usedAt: number;
  /** True where the source lists it as its own: it is in use whether or not anybody asks. */
  isKept: boolean;
}

export interface Held {
  readonly collateral: AnyCollateral;
  readonly fetchedAt: number;
  readonly expiresAt: number;
  /** When its renewal begins. */
  readonly refreshAt: number;
  readonly issuedAt: readonly number[];
  /** Version of the source when it was asked; undefined where it was not the source that was asked. */
  readonly version: string | undefined;
}

export interface Failure {
  readonly refusal: Refusal;
  /** How many attempts in a row. */
  readonly attempts: number;
  readonly since: number;
  /** Not to be tried again before. */
  readonly retryAt: number;
}

export function isGood(slot: Slot, now: number): slot is Slot & { held: Held } {
  return slot.held !== undefined && now <= slot.held.expiresAt;
}

export function mayTry(slot: Slot, now: number): boolean {
  return slot.failure === undefined || now >= slot.failure.retryAt;
}

export interface RenewalTimes {
  /** Renewal begins when this share of the life that was left is over, 0 to 1, */
  readonly refreshShare: number;
  /** or at this age, whichever is first, */
  readonly maximumAgeMs: number;
  /** and up to this share of the wait earlier, so that replicas do not ask in chorus. */
  readonly jitterShare: number;
}

/** However short a life is, its renewal is not tried more often. */
const MINIMUM_WAIT_MS = 1_000;

export function refreshTime(
  { kind }: CollateralRequest,
  { fetchedAt, expiresAt }: { fetchedAt: number; expiresAt: number },
  { refreshShare, maximumAgeMs, jitterShare }: RenewalTimes,
  random: number,
): number {
  const share = refreshShare * (expiresAt - fetchedAt);
  // The certificate of a chip at a TCB never changes; that its issuer is revoked is said elsewhere.
  const waitMs = kind === 'vcek' ? share : Math.min(share, maximumAgeMs);
  return fetchedAt + Math.max(waitMs * (1 - jitterShare * random), MINIMUM_WAIT_MS);
}

export interface BackoffTimes {
  readonly firstMs: number;
  readonly maximumMs: number;
}

/** Twice as long after each failure, with jitter of a quarter; at least as long as the source wants. */
export function nextFailure(
  previous: Failure | undefined,
  refusal: Refusal,
  now: number,
  { firstMs, maximumMs }: BackoffTimes,
  random: number,
): Failure {
  const attempts = (previous?.attempts ?? 0) + 1;
  const backoffMs = Math.min(firstMs * 2 ** Math.min(attempts - 1, 30), maximumMs) * (1 - random / 4);
  const wantedMs = refusal instanceof SourceRefusal ? refusal.retryAfterMs : 0;
  return { refusal, attempts, since: previous?.since ?? now, retryAt: now + Math.max(backoffMs, wantedMs) };
}
