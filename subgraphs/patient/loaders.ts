import DataLoader from 'dataloader';
import type { Caller } from '../../runtime/caller.js';
import { readReports, readReportsOf } from './diagnosticReport.js';
import { readImagingStudies, readImagingStudiesOf } from './imagingStudy.js';
import { readPatients } from './patient.js';
import type { DiagnosticReport, ImagingStudy, Observation, Patient } from './record.js';
import type { Store } from './store.js';
import { selectObservations } from './storeReports.js';

/**
 * What one request reads, in batches: a page of patients with their studies and reports takes one statement for each
 * kind of record, however many there are. One set per request, never shared: callers have different permissions.
 */
export interface Loaders {
  readonly patient: DataLoader<string, Patient | undefined>;
  readonly imagingStudy: DataLoader<string, ImagingStudy | undefined>;
  readonly diagnosticReport: DataLoader<string, DiagnosticReport | undefined>;
  readonly observation: DataLoader<string, Observation | undefined>;
  /** By patient; at most `first` of each. */
  imagingStudiesOf(patientId: string, first: number): Promise<ImagingStudy[]>;
  diagnosticReportsOfPatient(patientId: string, first: number): Promise<DiagnosticReport[]>;
  diagnosticReportsOfStudy(imagingStudyId: string, first: number): Promise<DiagnosticReport[]>;
}

/** Most keys of one statement; what is left over goes into the next. */
const BATCH = 200;

export function createLoaders(store: Store, caller: Caller): Loaders {
  const patient = byId(async (ids) => await readPatients(store, caller, ids));
  const imagingStudy = byId(async (ids) => await readImagingStudies(store, caller, ids));
  const diagnosticReport = byId(async (ids) => await readReports(store, caller, ids));

  const imagingStudiesOf = byOwner(
    async (patientIds, first) => await readImagingStudiesOf(store, caller, { patientIds, first }),
    ({ patientId }) => patientId,
    imagingStudy,
  );
  const diagnosticReportsOfPatient = byOwner(
    async (ids, first) => await readReportsOf(store, caller, { kind: 'patient', ids, first }),
    ({ patientId }) => patientId,
    diagnosticReport,
  );
  const diagnosticReportsOfStudy = byOwner(
    async (ids, first) => await readReportsOf(store, caller, { kind: 'imagingStudy', ids, first }),
    ({ imagingStudyId }) => imagingStudyId,
    diagnosticReport,
  );
  const observation = new DataLoader<string, Observation | undefined>(
    async (reportIds) => {
      const observations = await selectObservations(store.db, store.sealer, reportIds);
      return reportIds.map((id) => observations.get(id));
    },
    { maxBatchSize: BATCH },
  );
  return {
    patient,
    imagingStudy,
    diagnosticReport,
    observation,
    imagingStudiesOf,
    diagnosticReportsOfPatient,
    diagnosticReportsOfStudy,
  };
}

function byId<Entity extends { readonly id: string }>(
  read: (ids: readonly string[]) => Promise<Entity[]>,
): DataLoader<string, Entity | undefined> {
  return new DataLoader(
    async (ids) => {
      const found = new Map((await read(ids)).map((entity) => [entity.id, entity]));
      return ids.map((id) => found.get(id));
    },
    { maxBatchSize: BATCH },
  );
}

/** @param entities is told of what was read, so that it isn't read again. */
function byOwner<Entity extends { readonly id: string }>(
  read: (ownerIds: readonly string[], first: number) => Promise<Entity[]>,
  ownerOf: (entity: Entity) => string,
  entities: DataLoader<string, Entity | undefined>,
): (ownerId: string, first: number) => Promise<Entity[]> {
  const loaders = new Map<number, DataLoader<string, Entity[]>>();
  const create = (first: number) =>
    new DataLoader<string, Entity[]>(
      async (ownerIds) => {
        const found = await read(ownerIds, first);
        for (const entity of found) entities.prime(entity.id, entity);
        return ownerIds.map((ownerId) => found.filter((entity) => ownerOf(entity) === ownerId));
      },
      { maxBatchSize: BATCH },
    );
  return async (ownerId, first) => {
    const loader = loaders.get(first) ?? create(first);
    loaders.set(first, loader);
    return await loader.load(ownerId);
  };
}
