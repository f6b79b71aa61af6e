import { Refusal, toRefusal } from '../../enclave/refusals.js';
import type { Log } from '../log.js';
import type { BundleEntry } from './bundle.js';
import type { CacheFile } from './cacheFile.js';
import { examineCollateral } from './examine.js';
import type { Permits } from './permits.js';
import { createPermits } from './permits.js';
import type { AnyCollateral, CollateralKind, CollateralOf, CollateralRequest } from './request.js';
import { COLLATERAL_KINDS, describeRequest, keyOfRequest, normalizeRequest } from './request.js';
import type { Schedule } from './schedule.js';
import { nodeSchedule } from './schedule.js';
import type { BackoffTimes, Held, RenewalTimes, Slot } from './slot.js';
import { isGood, mayTry, nextFailure, refreshTime } from './slot.js';
import type { CollateralSource } from './source.js';
import { askSource } from './source.js';

export interface CollateralCacheOptions {
  readonly source: CollateralSource;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Absent: timers of Node that keep no process alive. */
  readonly schedule?: Schedule;
  /**
   * Rejects collateral that nobody could verify, so that it never takes the place of good one. It does not replace the
   * verification of evidence, which verifies collateral each time. @throws Refusal
   */
  readonly validate?: (request: CollateralRequest, collateral: AnyCollateral, now: number) => void | Promise<void>;
  /** Where the cache survives a restart; absent means that it does not. */
  readonly file?: CacheFile;
  readonly limits?: Partial<CollateralLimits>;
}

export interface CollateralLimits extends RenewalTimes {
  /** Answers kept for each kind of request, and as many failures: a flood of one kind pushes out only that kind. */
  readonly entries: number;
  /** Questions of one kind that the source gets at once, */
  readonly atOnce: number;
  /** and that wait for it. */
  readonly waiting: number;
  /** How long one question may take, over all sources. */
  readonly fetchMs: number;
  /** What nobody has asked for so long is neither renewed nor warned about. */
  readonly idleMs: number;
  /** Warns so long before collateral expires that nothing newer has come for. */
  readonly warnMs: number;
  readonly backoff: BackoffTimes;
}

const HOUR_MS = 3_600_000;

export const COLLATERAL_LIMITS: CollateralLimits = {
  refreshShare: 0.5,
  maximumAgeMs: 24 * HOUR_MS,
  jitterShare: 0.1,
  entries: 256,
  atOnce: 4,
  waiting: 64,
  fetchMs: 30_000,
  idleMs: 72 * HOUR_MS,
  warnMs: 72 * HOUR_MS,
  backoff: { firstMs: 5_000, maximumMs: 600_000 },
};

/** Collateral that is fetched once, renewed before it expires, and never used after. */
export interface CollateralCache {
  /**
   * What the source says, from memory where it is still good.
   *
   * @throws Refusal COLLATERAL_UNAVAILABLE where there is no answer, or only one that has expired; COLLATERAL_INVALID where
   * the answer is wrong; BAD_INPUT where the request is not of its form.
   */
  get<Request extends CollateralRequest>(request: Request): Promise<CollateralOf<Request>>;
  /** Has everything that the source lists as its own; failures are told by notReady. */
  warm(): Promise<void>;
  /** Why evidence cannot be verified now: collateral in use has expired, or there never was any. Empty means ready. */
  readonly notReady: () => readonly string[];
  /** What will keep it from being verified later, unless somebody does something. */
  readonly warnings: () => readonly string[];
  /** Stops renewal, calls off what is under way, and saves. */
  close(): Promise<void>;
}

/** How long the background waits at least and at most before it looks again. */
const PULSE_MS = { minimum: 250, maximum: HOUR_MS };

export function createCollateralCache(options: CollateralCacheOptions): CollateralCache {
  const { source, now, random, log, validate, file, schedule = nodeSchedule } = options;
  const limits: CollateralLimits = { ...COLLATERAL_LIMITS, ...options.limits };
  const slots = new Map<string, Slot>();
  const permits = Object.fromEntries(
    COLLATERAL_KINDS.map((kind) => [kind, createPermits({ atOnce: limits.atOnce, waiting: limits.waiting })]),
  ) as Record<CollateralKind, Permits>;
  const closing = new AbortController();
  let seenVersion: string | undefined;
  let callOff: () => void = () => undefined;

  function slotFor(request: CollateralRequest): Slot {
    const key = keyOfRequest(request);
    const slot = slots.get(key) ?? newSlot(key, request);
    slot.usedAt = now();
    // The order of the map is the order of use.
    slots.delete(key);
    slots.set(key, slot);
    return slot;
  }

  /** Lets go of what was used least recently, answers and failures each up to their own limit. */
  function makeRoom(kind: CollateralKind): void {
    const ofKind = [...slots.values()].filter((slot) => slot.request.kind === kind && !slot.isKept && !slot.attempt);
    for (const group of [ofKind.filter((slot) => slot.held), ofKind.filter((slot) => !slot.held)]) {
      for (const slot of group.slice(0, Math.max(group.length - limits.entries, 0))) slots.delete(slot.key);
    }
  }

  /** One attempt at a time for each slot; all who ask meanwhile wait for the same one. */
  function attempt(slot: Slot): Promise<void> {
    slot.attempt ??= newAttempt(slot);
    return slot.attempt;
  }

  function newAttempt(slot: Slot): Promise<void> {
    const version = source.version?.();
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(limits.fetchMs)]);
    const fetching = () => permits[slot.request.kind].run(() => fetchFor(slot, version, signal));
    return unlessAborted(fetching, signal)
      .then(
        (held) => succeed(slot, held),
        (thrown: unknown) => fail(slot, toRefusal(thrown), version),
      )
      .finally(() => {
        slot.attempt = undefined;
        makeRoom(slot.request.kind);
        planPulse();
      });
  }

  async function fetchFor({ request, held }: Slot, version: string | undefined, signal: AbortSignal): Promise<Held> {
    const answer = await unlessAborted(() => askSource(source, request, signal), signal);
    if (!answer) {
      throw new Refusal('COLLATERAL_UNAVAILABLE', `No collateral source knows the ${describeRequest(request)}.`);
    }
    return accept(request, answer, { fetchedAt: now(), version, replaces: held });
  }

  async function accept(
    request: CollateralRequest,
    answer: AnyCollateral,
    { fetchedAt, version, replaces }: { fetchedAt: number; version: string | undefined; replaces: Held | undefined },
  ): Promise<Held> {
    const { beginsAt, expiresAt, issuedAt } = examineCollateral(request, answer);
    const isOlder = replaces?.issuedAt.some((at, index) => (issuedAt[index] ?? 0) < at) === true;
    if (now() > expiresAt) throw useless(request, `expired at ${iso(expiresAt)}`);
    if (now() < beginsAt) throw useless(request, `begins only at ${iso(beginsAt)}`);
    if (replaces && now() <= replaces.expiresAt && isOlder) throw useless(request, 'is older than what was had before');
    await validate?.(request, answer, now());
    // The same content stays the same value, with what readers have remembered of it.
    const isSame = replaces !== undefined && JSON.stringify(replaces.collateral) === JSON.stringify(answer);
    const refreshAt = refreshTime(request, { fetchedAt, expiresAt }, limits, random());
    const collateral = isSame ? replaces.collateral : answer;
    return { collateral, fetchedAt, expiresAt, refreshAt, issuedAt, version };
  }

  function succeed(slot: Slot, held: Held): void {
    slot.held = held;
    slot.failure = undefined;
    log.info({ outcome: describeRequest(slot.request), expiresAt: iso(held.expiresAt) }, 'Collateral was fetched.');
    file?.save(savedEntries());
  }

  function fail(slot: Slot, refusal: Refusal, version: string | undefined): void {
    if (closing.signal.aborted) return;
    const failure = nextFailure(slot.failure, refusal, now(), limits.backoff, random());
    // A source that has changed meanwhile has not been asked yet.
    slot.failure = version === seenVersion ? failure : { ...failure, retryAt: now() };
    const { attempts, retryAt } = slot.failure;
    log.warn(
      { code: refusal.code, reason: refusal.message, attempt: attempts, delayMs: Math.round(retryAt - now()) },
      'Collateral could not be fetched.',
    );
  }

  /** A source that has changed is asked again at once, whatever it failed at before; and it may list something else. */
  function noticeChange(): void {
    const version = source.version?.();
    if (version === undefined || version === seenVersion) return;
    seenVersion = version;
    for (const slot of slots.values()) {
      slot.isKept = false;
      slot.failure = undefined;
    }
    const known = (source.known?.() ?? []).slice(0, limits.entries);
    for (const request of known) slotFor(normalizeRequest(request)).isKept = true;
  }

  function isDue(slot: Slot): boolean {
    const { held } = slot;
    const isOfThisVersion = seenVersion === undefined || held?.version === seenVersion;
    return mayTry(slot, now()) && (!held || now() >= held.refreshAt || !isOfThisVersion);
  }

  /** The source has changed since it was asked. Of what was saved before a restart, nobody knows. */
  function isOutdated(held: Held): boolean {
    return held.version !== undefined && seenVersion !== undefined && held.version !== seenVersion;
  }

  function isInUse(slot: Slot): boolean {
    return slot.isKept || (slot.held !== undefined && now() - slot.usedAt <= limits.idleMs);
  }

  /** Renews what is due; what nobody uses any more goes when it expires. */
  function pulse(): void {
    noticeChange();
    for (const slot of slots.values()) {
      if (isInUse(slot)) {
        if (isDue(slot)) void attempt(slot);
      } else if (slot.held && !isGood(slot, now())) slots.delete(slot.key);
    }
    planPulse();
  }

  function planPulse(): void {
    callOff();
    if (closing.signal.aborted) return;
    const times = [...slots.values()]
      .filter((slot) => isInUse(slot) && !slot.attempt)
      .map((slot) => slot.failure?.retryAt ?? slot.held?.refreshAt ?? now());
    const waitMs = Math.min(...times) - now();
    callOff = schedule(Math.min(Math.max(waitMs, PULSE_MS.minimum), PULSE_MS.maximum), pulse);
  }

  function savedEntries(): BundleEntry[] {
    return [...slots.values()].flatMap(({ request, held }) =>
      held ? [{ request, collateral: held.collateral, fetchedAt: held.fetchedAt }] : [],
    );
  }

  /** What was saved has to pass the same examination as what is fetched. */
  async function restore(entries: readonly BundleEntry[]): Promise<void> {
    for (const { request, collateral, fetchedAt } of entries) {
      const slot = slotFor(request);
      if (slot.held) continue;
      try {
        const at = Math.min(fetchedAt ?? now(), now());
        slot.held = await accept(request, collateral, { fetchedAt: at, version: undefined, replaces: undefined });
        makeRoom(request.kind);
      } catch (thrown) {
        slots.delete(slot.key);
        log.warn({ reason: toRefusal(thrown).message }, 'Saved collateral is of no use any more.');
      }
    }
  }

  const restored = restore(file?.load() ?? []).finally(planPulse);

  return {
    async get<Request extends CollateralRequest>(request: Request) {
      const normalized = normalizeRequest(request);
      await restored;
      noticeChange();
      const slot = slotFor(normalized);
      if (isDue(slot)) {
        const attempted = attempt(slot);
        // Renewal goes on behind the answer, unless the source itself says that the answer is of yesterday.
        if (!isGood(slot, now()) || isOutdated(slot.held)) await attempted;
      } else if (!isGood(slot, now())) await slot.attempt;
      if (isGood(slot, now())) return slot.held.collateral as CollateralOf<Request>;
      throw slot.failure?.refusal ?? new Refusal('COLLATERAL_UNAVAILABLE', 'No collateral any more: it is closed.');
    },
    async warm() {
      await restored;
      noticeChange();
      await Promise.all([...slots.values()].filter((slot) => slot.isKept && isDue(slot)).map(attempt));
    },
    notReady() {
      pulse();
      const inUse = [...slots.values()].filter(isInUse);
      const reasons = inUse.filter((slot) => !isGood(slot, now()) && !isBeginning(slot)).map(whyUseless);
      if (inUse.some((slot) => isGood(slot, now()))) return reasons;
      const trouble = source.trouble?.();
      return trouble && !trouble.answers ? [trouble.reason, ...reasons] : reasons;
    },
    warnings() {
      const trouble = source.trouble?.();
      const warned = [...slots.values()].filter((slot) => isInUse(slot) && isGood(slot, now())).flatMap(warn);
      return trouble ? [trouble.reason, ...warned] : warned;
    },
    async close() {
      callOff();
      closing.abort();
      await Promise.all([...slots.values()].flatMap((slot) => slot.attempt ?? []));
      await file?.close();
      await source.close?.();
    },
  };

  function newSlot(key: string, request: CollateralRequest): Slot {
    return { key, request, held: undefined, failure: undefined, attempt: undefined, usedAt: now(), isKept: false };
  }

  /** The first attempt is still under way. */
  function isBeginning(slot: Slot): boolean {
    return !slot.held && !slot.failure && slot.attempt !== undefined;
  }

  function whyUseless({ request, held, failure }: Slot): string {
    const what = held ? `expired at ${iso(held.expiresAt)}` : 'could not be had';
    return `Collateral for ${describeRequest(request)} ${what}${failure ? `: ${failure.refusal.message}` : '.'}`;
  }

  function warn({ request, held, failure }: Slot): string[] {
    if (!held) return [];
    const hours = Math.floor((held.expiresAt - now()) / HOUR_MS);
    const end = `expires at ${iso(held.expiresAt)}, in ${hours} h`;
    const what = `Collateral for ${describeRequest(request)} ${end}`;
    if (failure) return [`${what}, and cannot be renewed since ${iso(failure.since)}: ${failure.refusal.message}`];
    if (held.expiresAt - now() <= limits.warnMs) return [`${what}, and its source has nothing newer.`];
    return [];
  }
}

function useless(request: CollateralRequest, why: string): Refusal {
  return new Refusal('COLLATERAL_UNAVAILABLE', `What the source has for ${describeRequest(request)} ${why}.`);
}

/** Begins nothing after the signal, and does not wait for what does not heed it. */
async function unlessAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let giveUp: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(new Refusal('COLLATERAL_UNAVAILABLE', 'The collateral source did not answer in time.'));
    signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    if (signal.aborted) giveUp();
    return await Promise.race(signal.aborted ? [aborted] : [work(), aborted]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
