import { createHash } from 'node:crypto';
import type { AppraisalPolicy } from '../../enclave/appraisal/policy.js';
import { canonicalJson } from '../../enclave/receipts/canonicalJson.js';
import type { Log } from '../../runtime/log.js';
import { openJournal } from './journal.js';

/** A version of a policy that is or was in force (type PolicyVersion of the schema). Times are seconds since 1970. */
export interface PolicyVersion {
  /** Hex. */
  readonly sha256: string;
  readonly since: number;
  /** Null for the version in force. */
  readonly until: number | null;
  /** Canonical JSON. */
  readonly document: string;
}

/** Which versions of its policies a deployment has had: read from the file, with what is in force at this start. */
export interface PolicyHistory {
  /** Newest first; empty where no policy of this name was ever in force. */
  of(policy: string): readonly PolicyVersion[];
  problem(): string | undefined;
  close(): Promise<void>;
}

export interface PolicyHistoryOptions {
  /** The file in which they survive a restart. */
  readonly path: string;
  readonly inForce: readonly AppraisalPolicy[];
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** What a start found: this document in force under this name, or none any more. */
interface Change {
  readonly name: string;
  readonly at: number;
  readonly document: string | null;
}

const MAXIMUM_VERSIONS = 100;

export async function openPolicyHistory({ path, inForce, now, log }: PolicyHistoryOptions): Promise<PolicyHistory> {
  const changes = new Map<string, Change[]>();
  const all = () => [...changes.values()].flat();
  const journal = await openJournal({ path, read: readChange, wanted: all, log });
  for (const change of journal.entries) hold(change);

  function hold(change: Change): void {
    const former = changes.get(change.name) ?? [];
    changes.set(change.name, [...former, change].slice(-MAXIMUM_VERSIONS));
  }

  async function note(name: string, document: string | null): Promise<void> {
    if ((changes.get(name)?.at(-1)?.document ?? null) === document) return;
    const change = { name, at: Math.floor(now()), document };
    hold(change);
    await journal.append(change);
  }

  for (const policy of inForce) await note(policy.name, canonicalJson(policy));
  const names = new Set(inForce.map(({ name }) => name));
  for (const name of changes.keys()) if (!names.has(name)) await note(name, null);

  return {
    of: (policy) => versionsOf(changes.get(policy) ?? []).reverse(),
    problem: () => journal.problem(),
    close: () => journal.close(),
  };
}

/** Hex SHA-256 of the canonical document: two deployments with one digest have one policy. */
export function policyDigest(policy: AppraisalPolicy): string {
  return digestOfText(canonicalJson(policy));
}

function versionsOf(changes: readonly Change[]): PolicyVersion[] {
  return changes.flatMap(({ at, document }, index) =>
    document === null
      ? []
      : [{ sha256: digestOfText(document), since: at, until: changes[index + 1]?.at ?? null, document }],
  );
}

function digestOfText(document: string): string {
  return createHash('sha256').update(document).digest('hex');
}

function readChange(value: unknown): Change | undefined {
  const { name, at, document } = { ...(value as Partial<Record<keyof Change, unknown>> | null | undefined) };
  const isWhole =
    typeof name === 'string' && Number.isSafeInteger(at) && (document === null || typeof document === 'string');
  return isWhole ? (value as Change) : undefined;
}
