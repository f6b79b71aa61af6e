import type { Log } from '../../runtime/log.js';
import type { EvidenceAppraisal } from './evidenceAppraisal.js';
import { openJournal } from './journal.js';

/** What was found of evidence that was submitted, by id. */
export interface Appraisals {
  /** Resolves when it would survive a restart. */
  keep(appraisal: EvidenceAppraisal): Promise<void>;
  get(id: string): EvidenceAppraisal | undefined;
  problem(): string | undefined;
  close(): Promise<void>;
}

export interface AppraisalsOptions {
  /** The file in which they survive a restart. */
  readonly path: string;
  readonly retentionDays: number;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  readonly maximumEntries?: number;
}

const MAXIMUM_ENTRIES = 4096;
const DAY_SECONDS = 86_400;

export async function openAppraisals(options: AppraisalsOptions): Promise<Appraisals> {
  const { path, retentionDays, now, log, maximumEntries = MAXIMUM_ENTRIES } = options;
  const kept = new Map<string, EvidenceAppraisal>();
  const isOver = ({ receivedAt }: EvidenceAppraisal) => now() >= receivedAt + retentionDays * DAY_SECONDS;
  const journal = await openJournal({ path, read: readAppraisal, wanted: () => kept.values(), log });
  for (const appraisal of journal.entries) hold(appraisal);

  function hold(appraisal: EvidenceAppraisal): void {
    kept.set(appraisal.id, appraisal);
    for (const [oldest, old] of kept) {
      if (kept.size <= maximumEntries && !isOver(old)) break;
      kept.delete(oldest);
    }
  }

  return {
    keep: (appraisal) => {
      hold(appraisal);
      return journal.append(appraisal);
    },
    get: (id) => {
      const found = kept.get(id);
      return found === undefined || isOver(found) ? undefined : found;
    },
    problem: () => journal.problem(),
    close: () => journal.close(),
  };
}

function readAppraisal(value: unknown): EvidenceAppraisal | undefined {
  const found = { ...(value as Partial<Record<keyof EvidenceAppraisal, unknown>> | null | undefined) };
  const texts = [found.id, found.kind, found.evidenceSha256];
  const isWhole =
    texts.every((text) => typeof text === 'string') &&
    Number.isSafeInteger(found.receivedAt) &&
    typeof found.verification === 'object' &&
    found.verification !== null &&
    Array.isArray(found.verdicts);
  return isWhole ? (value as EvidenceAppraisal) : undefined;
}
