import type { Queryable } from '../../runtime/database/db.js';
import { normalizedIdentifier, prefixesOf } from './names.js';
import { type Connection, connectionOf, type Page } from './pages.js';
import type { Patient, PatientRecord } from './record.js';
import type { Sealer } from './sealer.js';

interface PatientRow {
  readonly id: string;
  readonly sequence: string;
  readonly registered_at: Date;
  readonly record_sealed: Uint8Array;
}

const COLUMNS = 'id, sequence::text, registered_at, record_sealed';
const NATIONAL_IDENTIFIER = { table: 'patient', column: 'national_identifier_index' };
const BIRTH_DATE = { table: 'patient', column: 'birth_date_index' };
const NAME_PREFIX = { table: 'patient_name', column: 'prefix_index' };

const placeOf = (id: string) => ({ table: 'patient', row: id, column: 'record_sealed' });

/** @throws DatabaseError for constraint patient_national_identifier where it is taken. */
export async function insertPatient(transaction: Queryable, sealer: Sealer, patient: Patient): Promise<void> {
  const { id, registeredAt, ...record } = patient;
  await transaction.query(
    `insert into patient (id, registered_at, record_sealed, national_identifier_index, birth_date_index)
     values ($1, $2, $3, $4, $5)`,
    [
      id,
      registeredAt,
      sealer.sealJson(placeOf(id), record satisfies PatientRecord),
      record.nationalIdentifier === null
        ? null
        : sealer.index(NATIONAL_IDENTIFIER, normalizedIdentifier(record.nationalIdentifier)),
      sealer.index(BIRTH_DATE, record.birthDate),
    ],
  );
  await transaction.query(
    `insert into patient_name (prefix_index, patient_id) select decode(prefix, 'hex'), $2 from unnest($1::text[]) prefix`,
    [prefixIndexes(sealer, prefixesOf([...record.given, record.family])), id],
  );
}

export async function selectPatients(
  transaction: Queryable,
  sealer: Sealer,
  ids: readonly string[],
): Promise<Patient[]> {
  const rows = await transaction.query<PatientRow>(`select ${COLUMNS} from patient where id = any($1::uuid[])`, [ids]);
  return rows.map((row) => patientOf(sealer, row));
}

/** A search means any of these; a patient is found by one of them. */
export interface SearchCriteria {
  /** All must begin a word of the patient's names. Empty: not by name. */
  readonly prefixes: readonly string[];
  readonly nationalIdentifier: string;
  readonly birthDate: string | undefined;
}

/** All patients, or those that meet the criteria, newest first. */
export async function searchPatients(
  transaction: Queryable,
  sealer: Sealer,
  page: Page,
  criteria: SearchCriteria | undefined,
): Promise<Connection<Patient>> {
  const range = [page.before.toString(), page.first + 1];
  const rows = criteria
    ? await transaction.query<PatientRow>(
        `select ${COLUMNS} from patient
         where sequence < $1 and id in (
           select id from patient where national_identifier_index = $3
           union select id from patient where birth_date_index = $4
           union (
             select patient_id from patient_name where prefix_index in (select decode(prefix, 'hex') from unnest($5::text[]) prefix)
             group by patient_id having count(*) = cardinality($5::text[])
           )
         )
         order by patient.sequence desc limit $2`,
        [
          ...range,
          sealer.index(NATIONAL_IDENTIFIER, normalizedIdentifier(criteria.nationalIdentifier)),
          criteria.birthDate === undefined ? null : sealer.index(BIRTH_DATE, criteria.birthDate),
          prefixIndexes(sealer, criteria.prefixes),
        ],
      )
    : await transaction.query<PatientRow>(
        `select ${COLUMNS} from patient where sequence < $1 order by patient.sequence desc limit $2`,
        range,
      );
  return connectionOf(rows, page, { sequenceOf: (row) => row.sequence, nodeOf: (row) => patientOf(sealer, row) });
}

function patientOf(sealer: Sealer, row: PatientRow): Patient {
  return {
    ...(sealer.openJson(placeOf(row.id), row.record_sealed) as PatientRecord),
    id: row.id,
    registeredAt: row.registered_at,
  };
}

function prefixIndexes(sealer: Sealer, prefixes: readonly string[]): string[] {
  return prefixes.map((prefix) => Buffer.from(sealer.index(NAME_PREFIX, prefix)).toString('hex'));
}
