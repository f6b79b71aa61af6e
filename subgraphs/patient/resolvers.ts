import type { Caller } from '../../runtime/caller.js';
import { type Entry, requireAccess } from './access.js';
import { readAuditTrail, recordRefusal } from './audit.js';
import { acknowledgeCommunication, listCommunications, readCommunication } from './communication.js';
import { listReports, rejectReport, requestDiagnosis, signReport } from './diagnosticReport.js';
import { type ImageReference, referenceTo } from './imagingStudy.js';
import { isId, notFound, parseId } from './input.js';
import type { Loaders } from './loaders.js';
import { parseFirst, parsePage } from './pages.js';
import { findPatients, readPatient, registerPatient, type RegisterPatientInput } from './patient.js';
import type { Communication, DiagnosticReport, DiagnosticReportStatus, ImagingStudy, Patient } from './record.js';
import type { Store } from './store.js';

/** What the resolvers of one request share. */
export interface PatientContext {
  readonly caller: Caller;
  readonly store: Store;
  readonly loaders: Loaders;
  /** Entries that this request was refused at, each of which is in the audit trail once. */
  readonly refusedEntries: Set<Entry>;
  /** https URL of our attested listener, as the inference enclave reaches it. */
  readonly attestedUrl: string;
  /** Tells the queue that there is work. */
  readonly wakeQueue: () => void;
}

interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

const PATIENTS = { usual: 20, most: 100 };
const REPORTS = { usual: 20, most: 100 };
const AUDIT_EVENTS = { usual: 50, most: 200 };
/** Studies and reports of one patient, or reports of one study. */
const NESTED = { usual: 20, most: 50 };

/** Thin: each checks the caller's scopes, then asks the domain. */
export const resolvers = {
  Query: {
    patient: guarded('Query.patient', async (_: unknown, { id }: { id: string }, { store, caller, loaders }) => {
      const patient = await readPatient(store, caller, id);
      loaders.patient.prime(patient.id, patient);
      return patient;
    }),
    patients: guarded(
      'Query.patients',
      async (_: unknown, args: PageArguments & { search?: string | null }, { store, caller, loaders }) => {
        const patients = await findPatients(store, caller, { search: args.search, page: parsePage(args, PATIENTS) });
        for (const patient of patients.nodes) loaders.patient.prime(patient.id, patient);
        return patients;
      },
    ),
    imagingStudy: guarded('Query.imagingStudy', async (_: unknown, { id }: { id: string }, { loaders }) =>
      found('ImagingStudy', await loaders.imagingStudy.load(parseId('ImagingStudy', id))),
    ),
    diagnosticReport: guarded('Query.diagnosticReport', async (_: unknown, { id }: { id: string }, { loaders }) =>
      found('DiagnosticReport', await loaders.diagnosticReport.load(parseId('DiagnosticReport', id))),
    ),
    diagnosticReports: guarded(
      'Query.diagnosticReports',
      async (
        _: unknown,
        args: PageArguments & { status?: DiagnosticReportStatus | null },
        { store, caller, loaders },
      ) => {
        const reports = await listReports(store, caller, { status: args.status, page: parsePage(args, REPORTS) });
        for (const report of reports.nodes) loaders.diagnosticReport.prime(report.id, report);
        return reports;
      },
    ),
    communications: guarded(
      'Query.communications',
      async (_: unknown, args: { acknowledged?: boolean | null; first?: number | null }, { store, caller }) =>
        await listCommunications(store, caller, args),
    ),
    auditEvents: guarded(
      'Query.auditEvents',
      async (_: unknown, args: PageArguments & { patientId?: string | null }, { store, caller }) =>
        await readAuditTrail(store, caller, { patientId: args.patientId, page: parsePage(args, AUDIT_EVENTS) }),
    ),
  },

  Mutation: {
    registerPatient: guarded(
      'Mutation.registerPatient',
      async (_: unknown, { input }: { input: RegisterPatientInput }, { store, caller, loaders }) => {
        const patient = await registerPatient(store, caller, input);
        loaders.patient.prime(patient.id, patient);
        return patient;
      },
    ),
    requestDiagnosis: guarded(
      'Mutation.requestDiagnosis',
      async (_: unknown, { imagingStudyId }: { imagingStudyId: string }, { store, caller, wakeQueue }) => {
        const report = await requestDiagnosis(store, caller, imagingStudyId);
        wakeQueue();
        return report;
      },
    ),
    signDiagnosticReport: guarded(
      'Mutation.signDiagnosticReport',
      async (_: unknown, args: { id: string; conclusion?: string | null }, { store, caller }) =>
        await signReport(store, caller, args),
    ),
    rejectDiagnosticReport: guarded(
      'Mutation.rejectDiagnosticReport',
      async (_: unknown, args: { id: string; reason: string }, { store, caller }) =>
        await rejectReport(store, caller, args),
    ),
    acknowledgeCommunication: guarded(
      'Mutation.acknowledgeCommunication',
      async (_: unknown, { id }: { id: string }, { store, caller }) =>
        await acknowledgeCommunication(store, caller, id),
    ),
  },

  Patient: {
    __resolveReference: entity('entity Patient', async (id, { loaders }) => await loaders.patient.load(id)),
    imagingStudies: guarded(
      'Patient.imagingStudies',
      async ({ id }: Patient, { first }: PageArguments, { loaders }) =>
        await loaders.imagingStudiesOf(id, parseFirst(first, NESTED)),
    ),
    diagnosticReports: guarded(
      'Patient.diagnosticReports',
      async ({ id }: Patient, { first }: PageArguments, { loaders }) =>
        await loaders.diagnosticReportsOfPatient(id, parseFirst(first, NESTED)),
    ),
  },

  ImagingStudy: {
    __resolveReference: entity('entity ImagingStudy', async (id, { loaders }) => await loaders.imagingStudy.load(id)),
    patient: guarded(
      'ImagingStudy.patient',
      async ({ patientId }: ImagingStudy, _: unknown, { loaders }) => await loaders.patient.load(patientId),
    ),
    imageReference: guarded(
      'ImagingStudy.imageReference',
      (study: ImagingStudy, _: unknown, { store, attestedUrl }): Promise<ImageReference> =>
        Promise.resolve(referenceTo(store, study, attestedUrl)),
    ),
    diagnosticReports: guarded(
      'ImagingStudy.diagnosticReports',
      async ({ id }: ImagingStudy, _: unknown, { loaders }) => await loaders.diagnosticReportsOfStudy(id, NESTED.most),
    ),
  },

  DiagnosticReport: {
    __resolveReference: entity(
      'entity DiagnosticReport',
      async (id, { loaders }) => await loaders.diagnosticReport.load(id),
    ),
    subject: guarded(
      'DiagnosticReport.subject',
      async ({ patientId }: DiagnosticReport, _: unknown, { loaders }) => await loaders.patient.load(patientId),
    ),
    imagingStudy: guarded(
      'DiagnosticReport.imagingStudy',
      async ({ imagingStudyId }: DiagnosticReport, _: unknown, { loaders }) =>
        await loaders.imagingStudy.load(imagingStudyId),
    ),
    observation: async ({ id }: DiagnosticReport, _: unknown, { loaders }: PatientContext) =>
      await loaders.observation.load(id),
  },

  Communication: {
    __resolveReference: entity(
      'entity Communication',
      async (id, { store, caller }) => await readCommunication(store, caller, id),
    ),
    about: guarded(
      'Communication.about',
      async ({ diagnosticReportId }: Communication, _: unknown, { loaders }) =>
        await loaders.diagnosticReport.load(diagnosticReportId),
    ),
  },

  DateTime: { serialize: (value: unknown) => (value instanceof Date ? value.toISOString() : value) },
};

type Resolver<Parent, Arguments, Result> = (
  parent: Parent,
  args: Arguments,
  context: PatientContext,
) => Promise<Result>;

/** Refuses callers without the scope, and records that in the audit trail. */
function guarded<Parent, Arguments, Result>(
  entry: Entry,
  resolve: Resolver<Parent, Arguments, Result>,
): Resolver<Parent, Arguments, Result> {
  return async (parent, args, context) => {
    await admit(entry, context);
    return await resolve(parent, args, context);
  };
}

/** Federation's way in: a reference from another subgraph. What does not exist is null there, not a refusal. */
function entity<Result>(entry: Entry, resolve: (id: string, context: PatientContext) => Promise<Result>) {
  return async ({ id }: { id: string }, context: PatientContext): Promise<Result | null> => {
    await admit(entry, context);
    return isId(id) ? ((await resolve(id, context)) ?? null) : null;
  };
}

async function admit(entry: Entry, { caller, store, refusedEntries }: PatientContext): Promise<void> {
  try {
    requireAccess(caller, entry);
  } catch (thrown) {
    if (!refusedEntries.has(entry)) {
      refusedEntries.add(entry);
      await recordRefusal(store, caller, { action: 'EXECUTE', operation: entry }, { thrown });
    }
    throw thrown;
  }
}

function found<T>(type: string, record: T | undefined): T {
  if (record === undefined) throw notFound(type);
  return record;
}
