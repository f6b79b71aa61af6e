import type { Queryable } from '../../runtime/database/db.js';
import type { ImageDescription, ImagingStudy } from './record.js';
import type { Sealer } from './sealer.js';

interface ImagingStudyRow {
  readonly id: string;
  readonly patient_id: string;
  readonly started: Date;
  readonly image_sealed: Uint8Array;
}

const COLUMNS = 'id, patient_id, started, image_sealed';

const placeOf = (id: string) => ({ table: 'imaging_study', row: id, column: 'image_sealed' });

/** @throws DatabaseError (foreign key) where the patient does not exist. */
export async function insertImagingStudy(transaction: Queryable, sealer: Sealer, study: ImagingStudy): Promise<void> {
  const { id, patientId, started, ...image } = study;
  await transaction.query(`insert into imaging_study (${COLUMNS}) values ($1, $2, $3, $4)`, [
    id,
    patientId,
    started,
    sealer.sealJson(placeOf(id), image satisfies ImageDescription),
  ]);
}

export async function selectImagingStudies(
  transaction: Queryable,
  sealer: Sealer,
  ids: readonly string[],
): Promise<ImagingStudy[]> {
  const rows = await transaction.query<ImagingStudyRow>(
    `select ${COLUMNS} from imaging_study where id = any($1::uuid[])`,
    [ids],
  );
  return rows.map((row) => studyOf(sealer, row));
}

/** Of each patient at most `first`, newest first. */
export async function selectImagingStudiesOf(
  transaction: Queryable,
  sealer: Sealer,
  patientIds: readonly string[],
  first: number,
): Promise<ImagingStudy[]> {
  const rows = await transaction.query<ImagingStudyRow>(
    `select study.* from unnest($1::uuid[]) as wanted (id)
     cross join lateral (
       select ${COLUMNS}, sequence from imaging_study where patient_id = wanted.id order by sequence desc limit $2
     ) study
     order by study.sequence desc`,
    [patientIds, first],
  );
  return rows.map((row) => studyOf(sealer, row));
}

/** Of these identifiers, those that some study has. */
export async function selectExistingImagingStudyIds(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>('select id from imaging_study where id = any($1::uuid[])', [ids]);
  return new Set(rows.map(({ id }) => id));
}

function studyOf(sealer: Sealer, row: ImagingStudyRow): ImagingStudy {
  return {
    ...(sealer.openJson(placeOf(row.id), row.image_sealed) as ImageDescription),
    id: row.id,
    patientId: row.patient_id,
    started: row.started,
  };
}
