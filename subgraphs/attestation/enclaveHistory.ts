import type { ClaimFailure } from '../../enclave/refusals.js';
import { Refusal } from '../../enclave/refusals.js';
import type { Log } from '../../runtime/log.js';
import { openJournal } from './journal.js';
import type { VerdictOutcome } from './verdict.js';

/** How an enclave was found (type EnclaveStatus of the schema). */
export interface EnclaveStatus {
  readonly outcome: VerdictOutcome;
  readonly code: string | null;
  /** Hex; null where no genuine result was shown. */
  readonly measurement: string | null;
  readonly tcbStatus: string | null;
  readonly failures: readonly ClaimFailure[];
}

/** A change (type EnclaveStatusChange of the schema). Times are seconds since 1970. */
export interface StatusChange {
  /** A whole number as text; greater than those of all earlier changes, also over a restart. */
  readonly id: string;
  readonly enclave: string;
  readonly at: number;
  readonly from: EnclaveStatus | null;
  readonly to: EnclaveStatus;
  /** When the enclave had last shown a genuine result by then. */
  readonly lastSeen: number | null;
}

export interface StatusNow {
  readonly status: EnclaveStatus;
  readonly since: number;
  readonly lastSeen: number | null;
}

export interface StatusPage {
  /** Oldest first. */
  readonly changes: readonly StatusChange[];
  readonly hasNextPage: boolean;
  /** True where changes after the cursor are no longer kept. */
  readonly missed: boolean;
}

/** What each enclave's status was, and when it changed. */
export interface EnclaveHistory {
  /** Takes note of how an enclave was found just now. Equal statuses in a row are one. */
  observe(enclave: string, status: EnclaveStatus): StatusNow;
  /** Newest first. */
  of(enclave: string, first: number): readonly StatusChange[];
  /** Of all enclaves. @throws Refusal BAD_INPUT where the cursor is none. */
  after(cursor: string | undefined, first: number): StatusPage;
  problem(): string | undefined;
  close(): Promise<void>;
}

export interface EnclaveHistoryOptions {
  /** The file in which they survive a restart. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** Changes that are kept an enclave: whoever makes one come and go pushes out its own history, and no other's. */
const MAXIMUM_CHANGES = 256;

export async function openEnclaveHistory({ path, now, log }: EnclaveHistoryOptions): Promise<EnclaveHistory> {
  const histories = new Map<string, StatusChange[]>();
  const lastSeen = new Map<string, number>();
  let newest = 0;

  const all = () => [...histories.values()].flat().sort((a, b) => Number(a.id) - Number(b.id));
  const journal = await openJournal({ path, read: readChange, wanted: all, log });
  for (const change of journal.entries) hold(change);

  function hold(change: StatusChange): void {
    const history = histories.get(change.enclave) ?? [];
    histories.set(change.enclave, history);
    history.push(change);
    newest = Math.max(newest, Number(change.id));
    const seen = change.to.measurement === null ? change.lastSeen : change.at;
    if (seen !== null) lastSeen.set(change.enclave, seen);
    if (history.length > MAXIMUM_CHANGES) history.shift();
  }

  /** Whether changes after this place may be gone: of an enclave with many, or with a history that was lost as a whole. */
  function isGone(position: number): boolean {
    const firsts = [...histories.values()].flatMap(([first]) => first ?? []);
    const isOutside = position > newest || firsts.every(({ id }) => position < Number(id));
    return isOutside || firsts.some(({ id, from }) => from !== null && position < Number(id));
  }

  return {
    observe: (enclave, status) => {
      const at = Math.floor(now() / 1000);
      const last = histories.get(enclave)?.at(-1);
      if (status.measurement !== null) lastSeen.set(enclave, at);
      if (last === undefined || !isSame(last.to, status)) {
        // From the clock, so that a history that was lost does not give out identifiers a second time.
        const id = String(Math.max(newest + 1, Math.floor(now())));
        const change = { id, enclave, at, from: last?.to ?? null, to: status, lastSeen: lastSeen.get(enclave) ?? null };
        hold(change);
        tell(log, change);
        void journal.append(change);
      }
      const since = histories.get(enclave)?.at(-1)?.at ?? at;
      return { status, since, lastSeen: lastSeen.get(enclave) ?? null };
    },
    of: (enclave, first) => (histories.get(enclave) ?? []).slice(-first).reverse(),
    after: (cursor, first) => {
      const position = cursor === undefined ? 0 : positionOf(cursor);
      const following = all().filter(({ id }) => Number(id) > position);
      return {
        changes: following.slice(0, first),
        hasNextPage: following.length > first,
        missed: cursor !== undefined && isGone(position),
      };
    },
    problem: () => journal.problem(),
    close: () => journal.close(),
  };
}

/** Two refusals for the same claims are one status, although an age in them grows. */
function isSame(a: EnclaveStatus, b: EnclaveStatus): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf({ outcome, code, measurement, tcbStatus, failures }: EnclaveStatus): string {
  return JSON.stringify([outcome, code, measurement, tcbStatus, failures.map(({ claim }) => claim).sort()]);
}

function tell(log: Log, { enclave, from, to }: StatusChange): void {
  const { outcome, measurement, failures } = to;
  const fields = { enclave, outcome, failures, ...(to.code !== null && { code: to.code }) };
  const isWorse = outcome !== 'ACCEPTED' && from !== null;
  log[isWorse ? 'warn' : 'info'](
    { ...fields, ...(measurement !== null && { measurement }) },
    'An enclave has a new status.',
  );
}

function positionOf(cursor: string): number {
  const position = /^\d{1,15}$/.test(cursor) ? Number(cursor) : undefined;
  if (position === undefined) throw new Refusal('BAD_INPUT', 'The cursor is none that was given out here.');
  return position;
}

function readChange(value: unknown): StatusChange | undefined {
  const { id, enclave, at, from, to, lastSeen } = { ...(value as Partial<Record<keyof StatusChange, unknown>> | null) };
  const isWhole =
    typeof id === 'string' &&
    /^\d{1,15}$/.test(id) &&
    typeof enclave === 'string' &&
    Number.isSafeInteger(at) &&
    (lastSeen === null || Number.isSafeInteger(lastSeen)) &&
    (from === null || isStatus(from)) &&
    isStatus(to);
  return isWhole ? (value as StatusChange) : undefined;
}

function isStatus(value: unknown): boolean {
  const { outcome, failures } = { ...(value as Partial<Record<keyof EnclaveStatus, unknown>> | null | undefined) };
  return typeof outcome === 'string' && Array.isArray(failures);
}
