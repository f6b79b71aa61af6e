import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Refusal } from '../../../enclave/refusals.js';
import { readAuditTrail } from '../../../subgraphs/patient/audit.js';
import { listCommunications } from '../../../subgraphs/patient/communication.js';
import type { DiagnosisOptions, DiagnosisWorker, Interpret } from '../../../subgraphs/patient/diagnosisWorker.js';
import { readReports, requestDiagnosis } from '../../../subgraphs/patient/diagnosticReport.js';
import type { DiagnosticReport } from '../../../subgraphs/patient/record.js';
import { selectObservations } from '../../../subgraphs/patient/storeReports.js';
import { anObservation, testWorker, until } from '../../support/diagnosis.js';
import { CALLERS, somePatient, someStudy, testRecord, type TestRecord } from '../../support/patient.js';

let record: TestRecord;
let worker: DiagnosisWorker | undefined;
beforeAll(async () => {
  record = await testRecord();
}, 60_000);
afterEach(async () => {
  await worker?.close();
  worker = undefined;
});
afterAll(async () => await record.close());

async function ask(): Promise<DiagnosticReport> {
  const study = await someStudy(record, (await somePatient(record)).id);
  return await requestDiagnosis(record, CALLERS.clinician, study.id);
}

async function work(interpret: Interpret, options?: Partial<DiagnosisOptions>): Promise<void> {
  worker = await testWorker(record, interpret, options);
}

async function read(id: string): Promise<DiagnosticReport> {
  const [report] = await readReports(record, CALLERS.clinician, [id]);
  if (!report) throw new Error('The report is gone.');
  return report;
}

const answer = { observation: anObservation, attestationResult: 'jti-inference' };
const isSettled = (id: string) => async () => ['COMPLETED', 'FAILED'].includes((await read(id)).task.status);
const notices = async (id: string) =>
  (await listCommunications(record, CALLERS.clinician, { first: 100 }))
    .filter((notice) => notice.diagnosticReportId === id)
    .map(({ topic }) => topic);
const trail = async (report: DiagnosticReport) =>
  (
    await readAuditTrail(record, CALLERS.auditor, {
      patientId: report.patientId,
      page: { first: 200, before: 2n ** 62n },
    })
  ).nodes;

describe('an answer of the provider', () => {
  test('enters the record, waits for a clinician, and clinicians are told', async () => {
    const report = await ask();
    await work(() => Promise.resolve(answer));
    await until(isSettled(report.id));
    expect(await read(report.id)).toMatchObject({
      status: 'PRELIMINARY',
      task: { status: 'COMPLETED', attempts: 1, failureCode: null },
    });
    expect((await selectObservations(record.db, record.sealer, [report.id])).get(report.id)).toEqual(anObservation);
    expect(await notices(report.id)).toEqual(['REPORT_PRELIMINARY']);
    expect((await trail(report)).find(({ operation }) => operation === 'DiagnosticReport.preliminary')).toMatchObject({
      action: 'UPDATE',
      agent: 'patient',
      roles: ['enclave'],
      outcome: 'SUCCESS',
      attestationResult: 'jti-inference',
      entities: [`DiagnosticReport/${report.id}`, `ImagingStudy/${report.imagingStudyId}`],
    });
  });

  test('is asked for with the study, and at once when the worker is woken', async () => {
    const asked: string[] = [];
    await work((studyId) => (asked.push(studyId), Promise.resolve(answer)), { pollMs: 60_000 });
    const report = await ask();
    worker?.wake();
    await until(isSettled(report.id));
    expect(asked).toEqual([report.imagingStudyId]);
  });

  test('that the image is out of distribution is a finding, not a failure', async () => {
    const report = await ask();
    const observation = { ...anObservation, finding: 'OUT_OF_DISTRIBUTION' as const, probability: null };
    await work(() => Promise.resolve({ ...answer, observation }));
    await until(isSettled(report.id));
    expect(await read(report.id)).toMatchObject({ status: 'PRELIMINARY' });
    expect(await notices(report.id)).toEqual(['REPORT_PRELIMINARY']);
  });
});

describe('a refusal of the provider', () => {
  test('that will not change cancels the report at once, keeps code and reason, and clinicians are told', async () => {
    const report = await ask();
    let asked = 0;
    await work(() => {
      asked += 1;
      return Promise.reject(new Refusal('POLICY_NOT_SATISFIED', 'The peer inference does not satisfy imaging.'));
    });
    await until(isSettled(report.id));
    expect(asked).toBe(1);
    expect(await read(report.id)).toMatchObject({
      status: 'CANCELLED',
      signedAt: null,
      task: {
        status: 'FAILED',
        attempts: 1,
        failureCode: 'POLICY_NOT_SATISFIED',
        failureReason: 'The peer inference does not satisfy imaging.',
      },
    });
    expect(await notices(report.id)).toEqual(['DIAGNOSIS_FAILED']);
    expect((await trail(report)).find(({ operation }) => operation === 'DiagnosticReport.cancel')).toMatchObject({
      outcome: 'REFUSED',
      outcomeCode: 'POLICY_NOT_SATISFIED',
    });
    // And the study may be asked about again.
    expect((await requestDiagnosis(record, CALLERS.clinician, report.imagingStudyId)).id).not.toBe(report.id);
    await worker?.close();
    await record.db.query("update task set status = 'FAILED' where status = 'REQUESTED'");
  });

  test('that may change is tried again, later each time, and the report waits', async () => {
    const report = await ask();
    const started = record.time;
    const asked: number[] = [];
    await work(() => {
      asked.push(record.time - started);
      return asked.length < 3
        ? Promise.reject(new Refusal('PEER_UNREACHABLE', 'The connection to gateway failed.'))
        : Promise.resolve(answer);
    });
    await until(async () => (await read(report.id)).task.failureCode === 'PEER_UNREACHABLE');
    expect(await read(report.id)).toMatchObject({ status: 'REGISTERED', task: { status: 'REQUESTED', attempts: 1 } });
    record.time += 1000;
    await until(async () => (await read(report.id)).task.attempts === 2);
    record.time += 1999;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked).toEqual([0, 1000]);
    record.time += 1;
    await until(isSettled(report.id));
    expect(asked).toEqual([0, 1000, 3000]);
    expect(await read(report.id)).toMatchObject({
      status: 'PRELIMINARY',
      task: { attempts: 3, failureCode: null, failureReason: null },
    });
  });

  test('is tried a bounded number of times', async () => {
    const report = await ask();
    await work(() => Promise.reject(new Refusal('BUSY', 'The queue is full.')), { attempts: 2, backoffMs: 0 });
    await until(isSettled(report.id));
    expect(await read(report.id)).toMatchObject({
      status: 'CANCELLED',
      task: { status: 'FAILED', attempts: 2, failureCode: 'BUSY' },
    });
  });

  test('by silence is TIMEOUT', async () => {
    const report = await ask();
    await work(
      async (_, signal) =>
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      {
        deadlineMs: 50,
        attempts: 1,
      },
    );
    await until(isSettled(report.id));
    expect(await read(report.id)).toMatchObject({ status: 'CANCELLED', task: { failureCode: 'TIMEOUT' } });
  });

  test('that nobody expected says nothing of what was thrown', async () => {
    const report = await ask();
    await work(() => Promise.reject(new TypeError('Synthetic-Secret is not a function')));
    await until(isSettled(report.id));
    expect((await read(report.id)).task).toMatchObject({
      failureCode: 'INTERNAL',
      failureReason: 'An unexpected error occurred.',
    });
  });
});

describe('a worker', () => {
  test('gives up on a task over which processes keep dying', async () => {
    const report = await ask();
    await record.db.query('update task set attempts = 3 where diagnostic_report_id = $1', [report.id]);
    await work(() => Promise.resolve(answer));
    await until(isSettled(report.id));
    expect(await read(report.id)).toMatchObject({ status: 'CANCELLED', task: { failureCode: 'TIMEOUT' } });
  });

  test('does no more at a time than it is told', async () => {
    const reports = [await ask(), await ask(), await ask(), await ask()];
    let running = 0;
    let most = 0;
    await work(async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      return answer;
    });
    for (const { id } of reports) await until(isSettled(id));
    expect(most).toBe(2);
  });

  test('that is closed gives its work back untouched, for the next one', async () => {
    const report = await ask();
    let asked = 0;
    await work(async (_, signal) => {
      asked += 1;
      return await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    });
    await until(() => asked === 1);
    await worker?.close();
    expect((await read(report.id)).task).toEqual({
      status: 'REQUESTED',
      attempts: 0,
      failureCode: null,
      failureReason: null,
    });
    await work(() => Promise.resolve(answer));
    await until(isSettled(report.id));
  });

  test('enters nothing where it has lost its lease', async () => {
    const report = await ask();
    let release: () => void = () => undefined;
    await work(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return answer;
    });
    await until(async () => (await read(report.id)).task.status === 'IN_PROGRESS');
    await record.db.query(
      "update task set lease = '00000000-0000-4000-8000-000000000000' where diagnostic_report_id = $1",
      [report.id],
    );
    release();
    await worker?.close();
    expect(await read(report.id)).toMatchObject({ status: 'REGISTERED', task: { status: 'IN_PROGRESS' } });
    expect(await notices(report.id)).toEqual([]);
    await record.db.query(
      "update task set status = 'FAILED', lease = null, leased_until = null where diagnostic_report_id = $1",
      [report.id],
    );
  });
});
