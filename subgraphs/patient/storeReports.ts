import type { Queryable } from '../../runtime/database/db.js';
import { type Connection, connectionOf, type Page } from './pages.js';
import type { DiagnosticReport, DiagnosticReportStatus, Observation, Task } from './record.js';
import type { Sealer } from './sealer.js';

interface ReportRow {
  readonly id: string;
  readonly sequence: number | string;
  readonly patient_id: string;
  readonly imaging_study_id: string;
  readonly status: DiagnosticReportStatus;
  readonly requested_at: Date;
  readonly updated_at: Date;
  readonly conclusion_sealed: Uint8Array | null;
  readonly results_interpreter: string | null;
  readonly signed_at: Date | null;
  readonly task_status: Task['status'];
  readonly attempts: number;
  readonly failure_code: string | null;
  readonly failure_reason: string | null;
}

/** A report and the task behind it. */
const REPORT = `
  select report.id, report.sequence, report.patient_id, report.imaging_study_id, report.status, report.requested_at,
    report.updated_at, report.conclusion_sealed, report.results_interpreter, report.signed_at,
    task.status as task_status, task.attempts, task.failure_code, task.failure_reason
  from diagnostic_report report join task on task.diagnostic_report_id = report.id`;

const conclusionOf = (id: string) => ({ table: 'diagnostic_report', row: id, column: 'conclusion_sealed' });
const observationOf = (id: string) => ({ table: 'observation', row: id, column: 'content_sealed' });

/** @returns false where the study has an open report already; nothing is changed then. */
export async function insertReport(
  transaction: Queryable,
  report: { id: string; patientId: string; imagingStudyId: string; requestedAt: Date },
): Promise<boolean> {
  const inserted = await transaction.query(
    `insert into diagnostic_report (id, patient_id, imaging_study_id, status, requested_at, updated_at)
     values ($1, $2, $3, 'REGISTERED', $4, $4)
     on conflict (imaging_study_id) where status in ('REGISTERED', 'PRELIMINARY') do nothing
     returning id`,
    [report.id, report.patientId, report.imagingStudyId, report.requestedAt],
  );
  if (inserted.length === 0) return false;
  await transaction.query(`insert into task (diagnostic_report_id, status, run_after) values ($1, 'REQUESTED', $2)`, [
    report.id,
    report.requestedAt,
  ]);
  return true;
}

export async function selectOpenReport(
  transaction: Queryable,
  sealer: Sealer,
  imagingStudyId: string,
): Promise<DiagnosticReport | undefined> {
  const rows = await transaction.query<ReportRow>(
    `${REPORT} where report.imaging_study_id = $1 and report.status in ('REGISTERED', 'PRELIMINARY')`,
    [imagingStudyId],
  );
  return rows.map((row) => reportOf(sealer, row))[0];
}

export async function selectReports(
  transaction: Queryable,
  sealer: Sealer,
  ids: readonly string[],
): Promise<DiagnosticReport[]> {
  const rows = await transaction.query<ReportRow>(`${REPORT} where report.id = any($1::uuid[])`, [ids]);
  return rows.map((row) => reportOf(sealer, row));
}

/** Newest first; with `status`, only those. */
export async function selectReportPage(
  transaction: Queryable,
  sealer: Sealer,
  page: Page,
  status: DiagnosticReportStatus | undefined,
): Promise<Connection<DiagnosticReport>> {
  const rows = await transaction.query<ReportRow>(
    `${REPORT} where report.sequence < $1 and ($3::text is null or report.status = $3) order by report.sequence desc limit $2`,
    [page.before.toString(), page.first + 1, status ?? null],
  );
  return connectionOf(rows, page, {
    sequenceOf: ({ sequence }) => String(sequence),
    nodeOf: (row) => reportOf(sealer, row),
  });
}

/** Of each patient, or of each study, at most `first`, newest first. */
export async function selectReportsOf(
  transaction: Queryable,
  sealer: Sealer,
  owner: 'patient_id' | 'imaging_study_id',
  { ids, first }: { ids: readonly string[]; first: number },
): Promise<DiagnosticReport[]> {
  const rows = await transaction.query<ReportRow>(
    `select found.* from unnest($1::uuid[]) as wanted (id)
     cross join lateral (${REPORT} where report.${owner} = wanted.id order by report.sequence desc limit $2) found
     order by found.sequence desc`,
    [ids, first],
  );
  return rows.map((row) => reportOf(sealer, row));
}

/** Moves a report from one status to another. @returns false where it is not in the first. */
export async function updateReportStatus(
  transaction: Queryable,
  change: { id: string; from: DiagnosticReportStatus; to: DiagnosticReportStatus; at: Date },
): Promise<boolean> {
  const updated = await transaction.query(
    'update diagnostic_report set status = $3, updated_at = $4 where id = $1 and status = $2 returning id',
    [change.id, change.from, change.to, change.at],
  );
  return updated.length > 0;
}

export async function updateSignature(
  transaction: Queryable,
  sealer: Sealer,
  signature: { id: string; conclusion: string | undefined; by: string; at: Date },
): Promise<void> {
  const { id, conclusion, by, at } = signature;
  await transaction.query(
    'update diagnostic_report set conclusion_sealed = $2, results_interpreter = $3, signed_at = $4 where id = $1',
    [id, conclusion === undefined ? null : sealer.sealJson(conclusionOf(id), conclusion), by, at],
  );
}

export async function insertObservation(
  transaction: Queryable,
  sealer: Sealer,
  reportId: string,
  observation: Observation,
): Promise<void> {
  await transaction.query('insert into observation (diagnostic_report_id, content_sealed) values ($1, $2)', [
    reportId,
    sealer.sealJson(observationOf(reportId), observation),
  ]);
}

/** By report; reports without one are not in the map. */
export async function selectObservations(
  db: Queryable,
  sealer: Sealer,
  reportIds: readonly string[],
): Promise<Map<string, Observation>> {
  const rows = await db.query<{ id: string; content_sealed: Uint8Array }>(
    'select diagnostic_report_id as id, content_sealed from observation where diagnostic_report_id = any($1::uuid[])',
    [reportIds],
  );
  return new Map(
    rows.map((row) => [row.id, sealer.openJson(observationOf(row.id), row.content_sealed) as Observation]),
  );
}

function reportOf(sealer: Sealer, row: ReportRow): DiagnosticReport {
  return {
    id: row.id,
    patientId: row.patient_id,
    imagingStudyId: row.imaging_study_id,
    status: row.status,
    requestedAt: row.requested_at,
    updatedAt: row.updated_at,
    conclusion:
      row.conclusion_sealed === null ? null : (sealer.openJson(conclusionOf(row.id), row.conclusion_sealed) as string),
    resultsInterpreter: row.results_interpreter,
    signedAt: row.signed_at,
    task: {
      status: row.task_status,
      attempts: row.attempts,
      failureCode: row.failure_code,
      failureReason: row.failure_reason,
    },
  };
}
