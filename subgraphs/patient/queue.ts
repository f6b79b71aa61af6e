import { randomUUID } from 'node:crypto';
import type { Queryable } from '../../runtime/database/db.js';

/**
 * The queue of diagnoses, in the table `task`: a row is claimed with a lease, by one worker only (`for update skip
 * locked`). Whoever finishes must still hold the lease; a lease that runs out, because its worker was killed or hangs,
 * makes the task free again. No task is lost and none is entered twice.
 */
export interface ClaimedTask {
  readonly reportId: string;
  readonly imagingStudyId: string;
  readonly patientId: string;
  /** This one included. */
  readonly attempt: number;
  readonly lease: string;
}

interface ClaimedRow {
  readonly id: string;
  readonly imaging_study_id: string;
  readonly patient_id: string;
  readonly attempts: number;
}

/** Takes the task that has waited longest; undefined where none is due. */
export async function claimTask(db: Queryable, now: Date, leaseMs: number): Promise<ClaimedTask | undefined> {
  const lease = randomUUID();
  const [row] = await db.query<ClaimedRow>(
    `update task set status = 'IN_PROGRESS', attempts = attempts + 1, lease = $1, leased_until = $2
     from diagnostic_report report
     where report.id = task.diagnostic_report_id and task.diagnostic_report_id = (
       select diagnostic_report_id from task
       where (status = 'REQUESTED' and run_after <= $3) or (status = 'IN_PROGRESS' and leased_until <= $3)
       order by run_after
       for update skip locked
       limit 1
     )
     returning report.id, report.imaging_study_id, report.patient_id, task.attempts`,
    [lease, new Date(now.getTime() + leaseMs), now],
  );
  if (!row) return undefined;
  return {
    reportId: row.id,
    imagingStudyId: row.imaging_study_id,
    patientId: row.patient_id,
    attempt: row.attempts,
    lease,
  };
}

export interface TaskFailure {
  readonly code: string;
  /** In words, without health data. */
  readonly reason: string;
}

/** @returns false where the lease was lost: somebody else has the task, and this result must not be entered. */
export async function completeTask(transaction: Queryable, task: ClaimedTask): Promise<boolean> {
  return await release(transaction, task, `status = 'COMPLETED', failure_code = null, failure_reason = null`, []);
}

/** To be tried again at `runAfter`. @returns false where the lease was lost. */
export async function retryTask(
  transaction: Queryable,
  task: ClaimedTask,
  failure: TaskFailure,
  runAfter: Date,
): Promise<boolean> {
  return await release(
    transaction,
    task,
    `status = 'REQUESTED', failure_code = $3, failure_reason = $4, run_after = $5`,
    [failure.code, failure.reason, runAfter],
  );
}

/** For good. @returns false where the lease was lost. */
export async function failTask(transaction: Queryable, task: ClaimedTask, failure: TaskFailure): Promise<boolean> {
  return await release(transaction, task, `status = 'FAILED', failure_code = $3, failure_reason = $4`, [
    failure.code,
    failure.reason,
  ]);
}

/** Gives a task back untried, because this process ends: the attempt does not count. */
export async function returnTask(transaction: Queryable, task: ClaimedTask): Promise<boolean> {
  return await release(transaction, task, `status = 'REQUESTED', attempts = attempts - 1`, []);
}

/** After a crash, where no other process can be working on this database: all leases are void at once. */
export async function voidLeases(db: Queryable): Promise<void> {
  await db.query(
    `update task set status = 'REQUESTED', lease = null, leased_until = null where status = 'IN_PROGRESS'`,
  );
}

/** @param assignments SQL of this file, with parameters from $3. */
async function release(
  transaction: Queryable,
  task: ClaimedTask,
  assignments: string,
  values: readonly (string | Date)[],
): Promise<boolean> {
  const released = await transaction.query(
    `update task set lease = null, leased_until = null, ${assignments}
     where diagnostic_report_id = $1 and lease = $2 returning 1 as released`,
    [task.reportId, task.lease, ...values],
  );
  return released.length > 0;
}
