import type { AttestationResult } from '../../enclave/results/attestationResult.js';
import type { Log } from '../../runtime/log.js';
import type { Journal } from './journal.js';
import { openJournal } from './journal.js';
import type { Finding, KnownResult, ResultOrigin } from './knownResult.js';
import { readKnownResult, RESULT_ORIGINS, withoutToken } from './knownResult.js';

/** A result as the graph shows it. */
export interface ShownResult extends KnownResult {
  /** True where it was read back after a restart, and not verified again since. */
  readonly restored: boolean;
}

/** The results that were verified here, by id. */
export interface Results {
  /** Keeps a result that was verified just now. Resolves when it would survive a restart. */
  record(result: AttestationResult, finding: Omit<Finding, 'verifiedAt'>): Promise<ShownResult>;
  get(id: string): ShownResult | undefined;
  /** The newest that this enclave showed when it was probed. */
  latestOf(enclave: string): ShownResult | undefined;
  problem(): string | undefined;
  close(): Promise<void>;
}

export interface ResultsOptions {
  /** The file in which they survive a restart. */
  readonly path: string;
  readonly retentionDays: number;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly limits?: ResultLimits;
}

/** Of each origin apart: whoever brings many results does not push out those of the system's own enclaves. */
export interface ResultLimits {
  readonly entries: number;
  /** Characters as JSON. */
  readonly characters: number;
}

const LIMITS: ResultLimits = { entries: 4096, characters: 16 * 1_048_576 };
const DAY_SECONDS = 86_400;

interface Held {
  readonly result: ShownResult;
  readonly characters: number;
}

export async function openResults(options: ResultsOptions): Promise<Results> {
  const { path, retentionDays, now, log, limits = LIMITS } = options;
  /** Each in the order in which its results were verified. */
  const held: Readonly<Record<ResultOrigin, Map<string, Held>>> = {
    PROBE: new Map(),
    EVIDENCE: new Map(),
    TOKEN: new Map(),
  };
  const sizes: Record<ResultOrigin, number> = { PROBE: 0, EVIDENCE: 0, TOKEN: 0 };
  /** Result id by the name of the enclave. */
  const latest = new Map<string, string>();

  // What is over is not shown, whether or not it was dropped already.
  const isOver = ({ verifiedAt }: KnownResult) => now() >= verifiedAt + retentionDays * DAY_SECONDS;
  const all = () => RESULT_ORIGINS.flatMap((origin) => [...held[origin].values()].map(({ result }) => result));
  const journal: Journal<KnownResult> = await openJournal({
    path,
    read: readKnownResult,
    wanted: () => all().map(asWritten),
    log,
  });
  for (const result of journal.entries) hold({ ...result, restored: true });

  function find(id: string): ShownResult | undefined {
    const origin = RESULT_ORIGINS.find((candidate) => held[candidate].has(id));
    return origin && held[origin].get(id)?.result;
  }

  function drop(origin: ResultOrigin, id: string): void {
    sizes[origin] -= held[origin].get(id)?.characters ?? 0;
    held[origin].delete(id);
  }

  function hold(result: ShownResult): void {
    const { id, origin, enclave } = result;
    for (const other of RESULT_ORIGINS) drop(other, id);
    const characters = JSON.stringify(result).length;
    held[origin].set(id, { result, characters });
    sizes[origin] += characters;
    if (origin === 'PROBE' && enclave !== null) latest.set(enclave, id);
    for (const [oldest, { result: old }] of held[origin]) {
      const tooMany = held[origin].size > limits.entries || sizes[origin] > limits.characters;
      if (!tooMany && !isOver(old)) break;
      drop(origin, oldest);
    }
  }

  return {
    record: async (verified, finding) => {
      const fresh = withoutToken(verified, { ...finding, verifiedAt: Math.floor(now()) });
      const known = find(fresh.id);
      if (known !== undefined && known.issuer !== fresh.issuer) {
        // Two issuers use one identifier: what was told under it first stays what it was.
        log.warn({ resultId: fresh.id, issuer: fresh.issuer }, 'Another issuer uses the identifier of a known result.');
        return { ...fresh, restored: false };
      }
      // What an enclave of the system showed does not become what somebody brought.
      const isNews = known === undefined || known.restored || (known.origin !== 'PROBE' && fresh.origin === 'PROBE');
      if (!isNews) return known;
      const shown = { ...fresh, origin: known?.origin === 'PROBE' ? 'PROBE' : fresh.origin, restored: false } as const;
      hold(shown);
      await journal.append(asWritten(shown));
      return shown;
    },
    get: (id) => {
      const known = find(id);
      return known === undefined || isOver(known) ? undefined : known;
    },
    latestOf: (enclave) => {
      const id = latest.get(enclave);
      const known = id === undefined ? undefined : find(id);
      return known === undefined || isOver(known) ? undefined : known;
    },
    problem: () => journal.problem(),
    close: () => journal.close(),
  };
}

function asWritten({ restored: _, ...result }: ShownResult): KnownResult {
  return result;
}
