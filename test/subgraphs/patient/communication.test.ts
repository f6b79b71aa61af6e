import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  acknowledgeCommunication,
  listCommunications,
  readCommunication,
} from '../../../subgraphs/patient/communication.js';
import { requestDiagnosis } from '../../../subgraphs/patient/diagnosticReport.js';
import type { Communication } from '../../../subgraphs/patient/record.js';
import { enterAnswer } from '../../support/diagnosis.js';
import { CALLERS, somePatient, someStudy, testRecord, type TestRecord } from '../../support/patient.js';

let record: TestRecord;
beforeAll(async () => {
  record = await testRecord();
}, 60_000);
afterAll(async () => await record.close());

async function notice(): Promise<Communication> {
  const study = await someStudy(record, (await somePatient(record)).id);
  const report = await requestDiagnosis(record, CALLERS.clinician, study.id);
  await enterAnswer(record);
  const [newest] = await listCommunications(record, CALLERS.clinician, {});
  if (newest?.diagnosticReportId !== report.id) throw new Error('Nobody was told.');
  return newest;
}

describe('a notice', () => {
  test('goes to clinicians and radiologists, and to nobody else', async () => {
    const { id } = await notice();
    for (const caller of [CALLERS.clinician, CALLERS.radiologist]) {
      expect(await readCommunication(record, caller, id)).toMatchObject({
        id,
        topic: 'REPORT_PRELIMINARY',
        acknowledgedAt: null,
      });
    }
    for (const caller of [CALLERS.clerk, CALLERS.auditor]) {
      expect(await listCommunications(record, caller, {})).toEqual([]);
      expect(await readCommunication(record, caller, id)).toBeUndefined();
      await expect(acknowledgeCommunication(record, caller, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  test('is acknowledged by who reads it first, once', async () => {
    const { id } = await notice();
    record.time += 1000;
    const acknowledged = await acknowledgeCommunication(record, CALLERS.radiologist, id);
    expect(acknowledged).toMatchObject({ acknowledgedBy: 'rafael', acknowledgedAt: record.now() });
    record.time += 1000;
    expect(await acknowledgeCommunication(record, CALLERS.radiologist, id)).toEqual(acknowledged);
    await expect(acknowledgeCommunication(record, CALLERS.clinician, id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test.each(['00000000-0000-4000-8000-000000000000', 'x'])(
    'that does not exist cannot be acknowledged: %j',
    async (id) => {
      await expect(acknowledgeCommunication(record, CALLERS.clinician, id)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    },
  );
});

describe('the list of notices', () => {
  test('is newest first, and can be of those that wait, or of those that do not', async () => {
    const older = await notice();
    const newer = await notice();
    await acknowledgeCommunication(record, CALLERS.clinician, older.id);
    const ids = async (acknowledged?: boolean) =>
      (
        await listCommunications(record, CALLERS.clinician, {
          ...(acknowledged === undefined ? {} : { acknowledged }),
          first: 100,
        })
      ).map(({ id }) => id);
    expect((await ids()).slice(0, 2)).toEqual([newer.id, older.id]);
    expect(await ids(false)).toContain(newer.id);
    expect(await ids(false)).not.toContain(older.id);
    expect(await ids(true)).toContain(older.id);
    expect(await listCommunications(record, CALLERS.clinician, { first: 1 })).toHaveLength(1);
  });

  test.each([0, -1, 101])('refuses first: %d', async (first) => {
    await expect(listCommunications(record, CALLERS.clinician, { first })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
