import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../runtime/log.js';
import type { EnclaveHistory, EnclaveStatus } from '../../../subgraphs/attestation/enclaveHistory.js';
import { openEnclaveHistory } from '../../../subgraphs/attestation/enclaveHistory.js';

let folder: string;
let milliseconds: number;
let history: EnclaveHistory;
const open = () =>
  openEnclaveHistory({ path: join(folder, 'enclaves.jsonl'), now: () => milliseconds, log: silentLog });
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cloister-history-'));
  milliseconds = 1_800_000_000_000;
  history = await open();
});
afterEach(async () => {
  await history.close();
  rmSync(folder, { recursive: true, force: true });
});
const restart = async () => {
  await history.close();
  history = await open();
};

const accepted: EnclaveStatus = {
  outcome: 'ACCEPTED',
  code: null,
  measurement: 'aa',
  tcbStatus: 'UpToDate',
  failures: [],
};
const tooOld = (age: number): EnclaveStatus => ({
  ...accepted,
  outcome: 'NOT_ACCEPTABLE',
  code: 'POLICY_NOT_SATISFIED',
  failures: [{ claim: 'age', expected: 'at most 10 seconds', actual: `${age} seconds` }],
});
const away: EnclaveStatus = {
  outcome: 'COULD_NOT_TELL',
  code: 'PEER_UNREACHABLE',
  measurement: null,
  tcbStatus: null,
  failures: [],
};
const found = (status: EnclaveStatus, enclave = 'patient') => {
  milliseconds += 1000;
  return history.observe(enclave, status);
};
const ids = (after?: string, first = 1000) => history.after(after, first).changes.map(({ id }) => id);

describe('the status of an enclave', () => {
  test('lasts since it was first found, and was last seen when a result was shown', () => {
    const begin = milliseconds / 1000;
    expect(found(accepted)).toMatchObject({ since: begin + 1, lastSeen: begin + 1 });
    expect(found(accepted)).toMatchObject({ since: begin + 1, lastSeen: begin + 2 });
    expect(found(away)).toMatchObject({ since: begin + 3, lastSeen: begin + 2 });
    expect(found(away)).toMatchObject({ since: begin + 3, lastSeen: begin + 2 });
  });

  test('goes on over a restart', async () => {
    const begin = milliseconds / 1000;
    found(accepted);
    found(away);
    await restart();
    expect(found(away)).toMatchObject({ since: begin + 2, lastSeen: begin + 1 });
    expect(history.of('patient', 10)).toHaveLength(2);
  });

  test('does not change with an age that grows', () => {
    found(tooOld(11));
    found(tooOld(12));
    expect(history.of('patient', 10)).toHaveLength(1);
  });

  test.each<[string, Partial<EnclaveStatus>]>([
    ['measurement', { measurement: 'bb' }],
    ['TCB status', { tcbStatus: 'SWHardeningNeeded' }],
    ['code', { code: 'RESULT_EXPIRED' }],
    ['outcome', { outcome: 'NOT_ACCEPTABLE' }],
    ['failed claims', { failures: [{ claim: 'debug', expected: 'false', actual: 'true' }] }],
  ])('changes with the %s', (_, change) => {
    found(accepted);
    found({ ...accepted, ...change });
    expect(history.of('patient', 10)[0]).toMatchObject({ from: accepted, to: { ...accepted, ...change } });
  });
});

describe('the changes after a cursor', () => {
  test('come oldest first, each once, whoever they are of', () => {
    found(accepted, 'patient');
    found(accepted, 'inference');
    found(away, 'patient');
    const all = ids();
    expect(all).toHaveLength(3);
    expect([...all].sort((a, b) => Number(a) - Number(b))).toEqual(all);
    expect(ids(all[0])).toEqual(all.slice(1));
    expect(ids(all[2])).toEqual([]);
    expect(history.after(all[0], 1)).toMatchObject({ hasNextPage: true, missed: false });
    expect(history.after(all[1], 1)).toMatchObject({ hasNextPage: false, missed: false });
  });

  test('have identifiers that grow within one instant, and when the clock goes back', async () => {
    history.observe('patient', accepted);
    history.observe('patient', away);
    milliseconds -= 3_600_000;
    history.observe('patient', accepted);
    await restart();
    history.observe('patient', away);
    const all = ids().map(Number);
    expect(new Set(all).size).toBe(4);
    expect([...all].sort((a, b) => a - b)).toEqual(all);
  });

  test('were missed where an enclave had more than are kept, and no other enclave loses any', async () => {
    found(accepted, 'inference');
    const [begin] = ids();
    for (let n = 0; n < 300; n++) found(n % 2 === 0 ? accepted : away, 'patient');
    expect(history.of('patient', 1000)).toHaveLength(256);
    expect(history.of('inference', 1000)).toHaveLength(1);
    expect(history.after(begin, 10).missed).toBe(true);
    expect(history.after(ids().at(-1), 10).missed).toBe(false);
    await restart();
    expect(history.of('patient', 1000)).toHaveLength(256);
    expect(history.after(begin, 10).missed).toBe(true);
  });

  test('were not missed by whoever has no cursor yet', () => {
    expect(history.after(undefined, 10)).toEqual({ changes: [], hasNextPage: false, missed: false });
  });
});
