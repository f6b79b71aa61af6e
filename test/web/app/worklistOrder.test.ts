import { describe, expect, test } from '@jest/globals';
import type { Finding, WorklistRow } from '../../../web/api/types.js';
import { sortWorklist } from '../../../web/app/worklistOrder.js';

function row(id: string, finding: Finding | null, minutesAgo: number): WorklistRow {
  const requestedAt = new Date(1_800_000_000_000 - minutesAgo * 60_000).toISOString();
  const observation = finding === null ? null : { finding, code: 'pneumonia', probability: null };
  return { id, requestedAt, observation } as unknown as WorklistRow;
}

const ROWS = [
  row('none', 'NO_FINDING', 90),
  row('late', 'FINDING', 5),
  row('early', 'FINDING', 60),
  row('unfamiliar', 'OUT_OF_DISTRIBUTION', 10),
  row('withheld', null, 20),
];
const ids = (rows: readonly WorklistRow[]) => rows.map(({ id }) => id);

describe('the worklist', () => {
  test('puts findings first, then what the model could not answer, each by waiting time', () => {
    expect(ids(sortWorklist(ROWS, 'finding-first'))).toEqual(['early', 'late', 'withheld', 'unfamiliar', 'none']);
  });

  test('or goes by waiting time alone', () => {
    expect(ids(sortWorklist(ROWS, 'longest-wait'))).toEqual(['none', 'early', 'withheld', 'unfamiliar', 'late']);
  });
});
