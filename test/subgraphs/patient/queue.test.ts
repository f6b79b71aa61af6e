import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openFolderDatabase } from '../../../runtime/database/pglite.js';
import { requestDiagnosis } from '../../../subgraphs/patient/diagnosticReport.js';
import {
  claimTask,
  completeTask,
  failTask,
  retryTask,
  returnTask,
  voidLeases,
} from '../../../subgraphs/patient/queue.js';
import { seedFolder } from '../../support/database.js';
import { testWorker, until, anObservation } from '../../support/diagnosis.js';
import { CALLERS, somePatient, someStudy, testRecord, type TestRecord } from '../../support/patient.js';
import { checkout } from '../../support/shared.js';

let record: TestRecord;
beforeAll(async () => {
  record = await testRecord();
}, 60_000);
beforeEach(async () => {
  await record.db.query("update task set status = 'COMPLETED', lease = null, leased_until = null");
});
afterAll(async () => await record.close());

const LEASE_MS = 60_000;
const claim = async (target = record) => await claimTask(target.db, target.now(), LEASE_MS);

async function ask(target = record): Promise<string> {
  const study = await someStudy(target, (await somePatient(target)).id);
  return (await requestDiagnosis(target, CALLERS.clinician, study.id)).id;
}

async function claimed() {
  const task = await claim();
  if (!task) throw new Error('No task was due.');
  return task;
}

async function taskOf(reportId: string) {
  const [task] = await record.db.query(
    'select status, attempts, failure_code, failure_reason, lease from task where diagnostic_report_id = $1',
    [reportId],
  );
  return task;
}

describe('the queue', () => {
  test('gives each task to one worker, the longest waiting first', async () => {
    const first = await ask();
    record.time += 1;
    const second = await ask();
    record.time += 1;
    const tasks = await Promise.all([claim(), claim(), claim()]);
    expect(tasks.map((task) => task?.reportId)).toEqual([first, second, undefined]);
    expect(new Set(tasks.map((task) => task?.lease)).size).toBe(3);
  });

  test('gives nothing where nothing waits', async () => {
    expect(await claim()).toBeUndefined();
  });

  test('counts the attempts and names the study and the patient', async () => {
    const reportId = await ask();
    const task = await claimed();
    expect(task).toMatchObject({ reportId, attempt: 1 });
    const [report] = await record.db.query('select patient_id, imaging_study_id from diagnostic_report where id = $1', [
      reportId,
    ]);
    expect(report).toEqual({ patient_id: task.patientId, imaging_study_id: task.imagingStudyId });
  });

  test('holds a task back until its time has come', async () => {
    const reportId = await ask();
    await retryTask(
      record.db,
      await claimed(),
      { code: 'BUSY', reason: 'The queue is full.' },
      new Date(record.time + 5000),
    );
    expect(await taskOf(reportId)).toMatchObject({
      status: 'REQUESTED',
      attempts: 1,
      failure_code: 'BUSY',
      lease: null,
    });
    record.time += 4999;
    expect(await claim()).toBeUndefined();
    record.time += 1;
    expect(await claimed()).toMatchObject({ reportId, attempt: 2 });
  });

  test('frees a task whose lease has run out, and refuses the answer of the worker that lost it', async () => {
    const reportId = await ask();
    const lost = await claimed();
    record.time += LEASE_MS - 1;
    expect(await claim()).toBeUndefined();
    record.time += 1;
    const taken = await claimed();
    expect(taken).toMatchObject({ reportId, attempt: 2 });
    const failure = { code: 'BUSY', reason: '' };
    expect(await completeTask(record.db, lost)).toBe(false);
    expect(await failTask(record.db, lost, failure)).toBe(false);
    expect(await retryTask(record.db, lost, failure, record.now())).toBe(false);
    expect(await returnTask(record.db, lost)).toBe(false);
    expect(await completeTask(record.db, taken)).toBe(true);
    expect(await taskOf(reportId)).toMatchObject({ status: 'COMPLETED', attempts: 2, failure_code: null });
  });

  test('never gives out what is completed or has failed', async () => {
    await ask();
    await ask();
    await completeTask(record.db, await claimed());
    await failTask(record.db, await claimed(), { code: 'POLICY_NOT_SATISFIED', reason: '' });
    record.time += 10 * LEASE_MS;
    expect(await claim()).toBeUndefined();
  });

  test('does not count an attempt that was given back', async () => {
    await ask();
    await returnTask(record.db, await claimed());
    expect(await claimed()).toMatchObject({ attempt: 1 });
  });

  test('voids all leases after a crash', async () => {
    const reportId = await ask();
    await claimed();
    await voidLeases(record.db);
    expect(await claimed()).toMatchObject({ reportId, attempt: 2 });
  });
});

describe('a process that is killed', () => {
  test('loses no task: the next one does the work, once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cloister-queue-'));
    const database = join(folder, 'database');
    const seed = await seedFolder();
    const before = await testRecord(await openFolderDatabase({ folder: database, seed }));
    const reportId = await ask(before);
    const imageOf = before.images;
    await before.close();
    expect(imageOf).toBeDefined();

    const victim = spawn(
      process.execPath,
      [
        '--import',
        pathToFileURL(join(checkout, 'test/support/typescript.mjs')).href,
        join(checkout, 'test/support/hangingWorker.ts'),
        database,
      ],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    // It says so when it has claimed the task and waits for a provider that never answers.
    await once(victim.stdout, 'data');
    victim.kill('SIGKILL');
    await once(victim, 'exit');

    const db = await openFolderDatabase({ folder: database });
    expect(await db.query('select status, attempts from task')).toEqual([{ status: 'IN_PROGRESS', attempts: 1 }]);
    const store = { ...before, db };
    let asked = 0;
    const worker = await testWorker(store, () => {
      asked += 1;
      return Promise.resolve({ observation: anObservation, attestationResult: 'jti-inference' });
    });
    await until(async () => (await db.query("select 1 from task where status = 'COMPLETED'")).length === 1);
    await worker.close();
    expect(asked).toBe(1);
    expect(await db.query('select id, status from diagnostic_report')).toEqual([
      { id: reportId, status: 'PRELIMINARY' },
    ]);
    expect(await db.query('select attempts from task')).toEqual([{ attempts: 2 }]);
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
});
