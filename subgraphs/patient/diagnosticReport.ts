import { randomUUID } from 'node:crypto';
import { Refusal } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import type { Queryable } from '../../runtime/database/db.js';
import { audited, type AuditSubject } from './audit.js';
import { CLINICIANS } from './communication.js';
import { notFound, optionalText, parseId, parseInput, requiredText } from './input.js';
import type { Connection, Page } from './pages.js';
import type { DiagnosticReport, DiagnosticReportStatus, Observation } from './record.js';
import type { Store } from './store.js';
import { insertCommunication } from './storeCommunications.js';
import { selectImagingStudies } from './storeImagingStudies.js';
import {
  insertObservation,
  insertReport,
  selectOpenReport,
  selectReportPage,
  selectReports,
  selectReportsOf,
  updateReportStatus,
  updateSignature,
} from './storeReports.js';

/** Characters of a clinician's words. */
const LONGEST_CONCLUSION = 4000;

/**
 * REGISTERED → PRELIMINARY → FINAL, or CANCELLED from either. The queue makes the first step (or cancels), a clinician
 * the second.
 *
 * @returns the new report, or the open one where the study has one.
 * @throws Refusal NOT_FOUND
 */
export async function requestDiagnosis(
  store: Store,
  caller: Caller,
  imagingStudyId: string,
): Promise<DiagnosticReport> {
  return await audited(
    store,
    caller,
    { action: 'CREATE', operation: 'DiagnosticReport.request' },
    async (transaction, event) => {
      const studyId = parseId('ImagingStudy', imagingStudyId);
      event.about(undefined, `ImagingStudy/${studyId}`);
      const [study] = await selectImagingStudies(transaction, store.sealer, [studyId]);
      if (!study) throw notFound('ImagingStudy');
      await insertReport(transaction, {
        id: randomUUID(),
        patientId: study.patientId,
        imagingStudyId: studyId,
        requestedAt: store.now(),
      });
      const report = await selectOpenReport(transaction, store.sealer, studyId);
      if (!report) throw new Refusal('CONFLICT', 'The open report of this study was closed just now.');
      event.about(report.patientId, referenceTo(report));
      return report;
    },
  );
}

/** The caller is the clinician who answers for the report. @throws Refusal NOT_FOUND, BAD_INPUT, CONFLICT */
export async function signReport(
  store: Store,
  caller: Caller,
  { id, conclusion }: { id: string; conclusion?: string | null },
): Promise<DiagnosticReport> {
  return await audited(
    store,
    caller,
    { action: 'UPDATE', operation: 'DiagnosticReport.sign' },
    async (transaction, event) => {
      const words = parseInput((problem) =>
        optionalText('conclusion', conclusion, { longest: LONGEST_CONCLUSION, problem }),
      );
      return await decide(store, transaction, event, { id, to: 'FINAL', conclusion: words, by: caller.id });
    },
  );
}

/** Keeps the finding and the reason. @throws Refusal NOT_FOUND, BAD_INPUT, CONFLICT */
export async function rejectReport(
  store: Store,
  caller: Caller,
  { id, reason }: { id: string; reason: string },
): Promise<DiagnosticReport> {
  return await audited(
    store,
    caller,
    { action: 'UPDATE', operation: 'DiagnosticReport.reject' },
    async (transaction, event) => {
      const words = parseInput((problem) => requiredText('reason', reason, { longest: LONGEST_CONCLUSION, problem }));
      return await decide(store, transaction, event, { id, to: 'CANCELLED', conclusion: words, by: caller.id });
    },
  );
}

async function decide(
  { sealer, now }: Store,
  transaction: Queryable,
  event: AuditSubject,
  decision: { id: string; to: 'FINAL' | 'CANCELLED'; conclusion: string | undefined; by: string },
): Promise<DiagnosticReport> {
  const id = parseId('DiagnosticReport', decision.id);
  event.about(undefined, `DiagnosticReport/${id}`);
  const at = now();
  const moved = await updateReportStatus(transaction, { id, from: 'PRELIMINARY', to: decision.to, at });
  if (moved) await updateSignature(transaction, sealer, { id, conclusion: decision.conclusion, by: decision.by, at });
  const [report] = await selectReports(transaction, sealer, [id]);
  if (!report) throw notFound('DiagnosticReport');
  event.about(report.patientId);
  if (!moved)
    throw new Refusal(
      'CONFLICT',
      `The report is ${report.status}; only a PRELIMINARY report can be signed or rejected.`,
    );
  return report;
}

const READING = { action: 'READ', operation: 'DiagnosticReport.read' } as const;

/** Several at once, in no order; those that do not exist are left out. */
export async function readReports(store: Store, caller: Caller, ids: readonly string[]): Promise<DiagnosticReport[]> {
  return await audited(store, caller, READING, async (transaction, event) =>
    noted(event, await selectReports(transaction, store.sealer, ids)),
  );
}

/** Of each patient, or of each study, at most `first`, newest first. */
export async function readReportsOf(
  store: Store,
  caller: Caller,
  owners: { kind: 'patient' | 'imagingStudy'; ids: readonly string[]; first: number },
): Promise<DiagnosticReport[]> {
  const column = owners.kind === 'patient' ? 'patient_id' : 'imaging_study_id';
  return await audited(store, caller, READING, async (transaction, event) =>
    noted(event, await selectReportsOf(transaction, store.sealer, column, owners)),
  );
}

/** Newest first; with `status`, only those. */
export async function listReports(
  store: Store,
  caller: Caller,
  { status, page }: { status: DiagnosticReportStatus | null | undefined; page: Page },
): Promise<Connection<DiagnosticReport>> {
  return await audited(store, caller, READING, async (transaction, event) => {
    const found = await selectReportPage(transaction, store.sealer, page, status ?? undefined);
    noted(event, found.nodes);
    return found;
  });
}

function noted<Reports extends readonly DiagnosticReport[]>(event: AuditSubject, reports: Reports): Reports {
  for (const report of reports) event.about(report.patientId, referenceTo(report));
  return reports;
}

/** The queue has an answer: it enters the record and waits for a clinician. False where the report was closed meanwhile. */
export async function enterObservation(
  { sealer, now }: Store,
  transaction: Queryable,
  { reportId, observation }: { reportId: string; observation: Observation },
): Promise<boolean> {
  const moved = await updateReportStatus(transaction, {
    id: reportId,
    from: 'REGISTERED',
    to: 'PRELIMINARY',
    at: now(),
  });
  if (!moved) return false;
  await insertObservation(transaction, sealer, reportId, observation);
  await insertCommunication(transaction, {
    topic: 'REPORT_PRELIMINARY',
    sent: now(),
    recipientRoles: CLINICIANS,
    diagnosticReportId: reportId,
  });
  return true;
}

/** The queue has given up. */
export async function cancelReport({ now }: Store, transaction: Queryable, reportId: string): Promise<void> {
  const moved = await updateReportStatus(transaction, { id: reportId, from: 'REGISTERED', to: 'CANCELLED', at: now() });
  if (!moved) return;
  await insertCommunication(transaction, {
    topic: 'DIAGNOSIS_FAILED',
    sent: now(),
    recipientRoles: CLINICIANS,
    diagnosticReportId: reportId,
  });
}

const referenceTo = (report: DiagnosticReport) => `DiagnosticReport/${report.id}`;
