import type { Finding, WorklistRow } from '../api/types.js';

export type WorklistOrder = 'finding-first' | 'longest-wait';

/** Where the model sees something comes first, where it could not answer comes next: both need eyes before the rest. */
const URGENCY: Readonly<Record<Finding, number>> = { FINDING: 0, UNCERTAIN: 1, OUT_OF_DISTRIBUTION: 1, NO_FINDING: 2 };

export function sortWorklist(reports: readonly WorklistRow[], order: WorklistOrder): readonly WorklistRow[] {
  return [...reports].sort((a, b) => {
    const urgency = order === 'finding-first' ? urgencyOf(a) - urgencyOf(b) : 0;
    return urgency === 0 ? a.requestedAt.localeCompare(b.requestedAt) : urgency;
  });
}

/** An answer that was withheld is treated like one that the model could not give. */
function urgencyOf({ observation }: WorklistRow): number {
  return observation === null ? 1 : URGENCY[observation.finding];
}
