import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  listReports,
  readReports,
  rejectReport,
  requestDiagnosis,
  signReport,
} from '../../../subgraphs/patient/diagnosticReport.js';
import type { DiagnosticReport } from '../../../subgraphs/patient/record.js';
import { enterAnswer } from '../../support/diagnosis.js';
import { CALLERS, somePatient, someStudy, testRecord, type TestRecord } from '../../support/patient.js';

let record: TestRecord;
beforeAll(async () => {
  record = await testRecord();
}, 60_000);
afterAll(async () => await record.close());

async function registered(): Promise<DiagnosticReport> {
  const study = await someStudy(record, (await somePatient(record)).id);
  return await requestDiagnosis(record, CALLERS.clinician, study.id);
}

async function preliminary(): Promise<DiagnosticReport> {
  const report = await registered();
  await enterAnswer(record);
  return report;
}

const nobody = '00000000-0000-4000-8000-000000000000';

describe('a request for a diagnosis', () => {
  test('answers at once with a report that is REGISTERED and a task that waits', async () => {
    expect(await registered()).toMatchObject({
      status: 'REGISTERED',
      requestedAt: record.now(),
      updatedAt: record.now(),
      conclusion: null,
      resultsInterpreter: null,
      signedAt: null,
      task: { status: 'REQUESTED', attempts: 0, failureCode: null, failureReason: null },
    });
  });

  test('gives the open report again, however often and at the same time it is asked', async () => {
    const report = await registered();
    const again = await Promise.all(
      [1, 2, 3].map(async () => await requestDiagnosis(record, CALLERS.radiologist, report.imagingStudyId)),
    );
    expect(again.map(({ id }) => id)).toEqual([report.id, report.id, report.id]);
    await enterAnswer(record);
    expect(await requestDiagnosis(record, CALLERS.clinician, report.imagingStudyId)).toMatchObject({
      id: report.id,
      status: 'PRELIMINARY',
    });
  });

  test('makes another report where the last one is closed', async () => {
    const report = await preliminary();
    await signReport(record, CALLERS.clinician, { id: report.id });
    expect((await requestDiagnosis(record, CALLERS.clinician, report.imagingStudyId)).id).not.toBe(report.id);
    await enterAnswer(record);
  });

  test.each([nobody, 'x', ''])('is refused for a study that does not exist: %j', async (id) => {
    await expect(requestDiagnosis(record, CALLERS.clinician, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a PRELIMINARY report', () => {
  test('becomes FINAL when a clinician signs it, with who, when and what they say', async () => {
    const { id } = await preliminary();
    record.time += 60_000;
    const signed = await signReport(record, CALLERS.clinician, { id, conclusion: ' Agreed. ' });
    expect(signed).toMatchObject({
      status: 'FINAL',
      conclusion: 'Agreed.',
      resultsInterpreter: 'carol',
      signedAt: record.now(),
      updatedAt: record.now(),
    });
    expect(await readReports(record, CALLERS.clinician, [id])).toEqual([signed]);
  });

  test('may be signed without a word', async () => {
    const { id } = await preliminary();
    expect(await signReport(record, CALLERS.radiologist, { id, conclusion: null })).toMatchObject({
      status: 'FINAL',
      conclusion: null,
      resultsInterpreter: 'rafael',
    });
  });

  test('becomes CANCELLED when a clinician rejects it, and keeps the finding and the reason', async () => {
    const { id } = await preliminary();
    expect(await rejectReport(record, CALLERS.clinician, { id, reason: 'Wrong side.' })).toMatchObject({
      status: 'CANCELLED',
      conclusion: 'Wrong side.',
      resultsInterpreter: 'carol',
      task: { status: 'COMPLETED' },
    });
    expect(await record.db.query('select 1 from observation where diagnostic_report_id = $1', [id])).toHaveLength(1);
  });

  test('is not rejected without a reason, and a conclusion has at most 4000 characters', async () => {
    const { id } = await preliminary();
    await expect(rejectReport(record, CALLERS.clinician, { id, reason: ' ' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: 'reason: must not be blank',
    });
    await expect(signReport(record, CALLERS.clinician, { id, conclusion: 'x'.repeat(4001) })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    expect(await readReports(record, CALLERS.clinician, [id])).toMatchObject([{ status: 'PRELIMINARY' }]);
  });
});

describe('a report that is not PRELIMINARY', () => {
  test('is neither signed nor rejected, and the refusal says what it is', async () => {
    const waiting = await registered();
    await expect(signReport(record, CALLERS.clinician, { id: waiting.id })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'The report is REGISTERED; only a PRELIMINARY report can be signed or rejected.',
    });
    await enterAnswer(record);
    await signReport(record, CALLERS.clinician, { id: waiting.id, conclusion: 'First.' });
    await expect(
      rejectReport(record, CALLERS.radiologist, { id: waiting.id, reason: 'Second.' }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readReports(record, CALLERS.clinician, [waiting.id])).toMatchObject([
      { status: 'FINAL', conclusion: 'First.', resultsInterpreter: 'carol' },
    ]);
  });

  test('is signed once when two clinicians sign at the same time', async () => {
    const { id } = await preliminary();
    const outcomes = await Promise.allSettled([
      signReport(record, CALLERS.clinician, { id }),
      signReport(record, CALLERS.radiologist, { id }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test.each([nobody, 'x'])('does not exist: %j', async (id) => {
    await expect(signReport(record, CALLERS.clinician, { id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(rejectReport(record, CALLERS.clinician, { id, reason: 'x' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('the worklist', () => {
  test('has the reports of one status, newest first, page by page', async () => {
    const older = await preliminary();
    const newer = await preliminary();
    const page = { first: 1, before: 2n ** 62n };
    const first = await listReports(record, CALLERS.clinician, { status: 'PRELIMINARY', page });
    expect(first.nodes.map(({ id }) => id)).toEqual([newer.id]);
    const before = BigInt(
      Buffer.from(first.endCursor ?? '', 'base64url')
        .toString()
        .slice(1),
    );
    const second = await listReports(record, CALLERS.clinician, { status: 'PRELIMINARY', page: { first: 1, before } });
    expect(second.nodes.map(({ id }) => id)).toEqual([older.id]);
    const all = await listReports(record, CALLERS.clinician, { status: null, page: { first: 100, before: 2n ** 62n } });
    expect(new Set(all.nodes.map(({ status }) => status))).toEqual(new Set(['PRELIMINARY', 'FINAL', 'CANCELLED']));
    expect(all.endCursor).toBeNull();
  });
});
