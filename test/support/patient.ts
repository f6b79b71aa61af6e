import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Caller } from '../../runtime/caller.js';
import type { Db, Queryable } from '../../runtime/database/db.js';
import { openImageFiles } from '../../subgraphs/patient/imageFiles.js';
import type { ImageStore } from '../../subgraphs/patient/store.js';
import type { RegisterPatientInput } from '../../subgraphs/patient/patient.js';
import type { ImagingStudy, Patient } from '../../subgraphs/patient/record.js';
import { createImagingStudy } from '../../subgraphs/patient/imagingStudy.js';
import { registerPatient } from '../../subgraphs/patient/patient.js';
import { createSealer } from '../../subgraphs/patient/sealer.js';
import { openStore } from '../../subgraphs/patient/store.js';
import { memoryDatabase } from './database.js';

/** A record of its own for one test file, with a clock that the test sets. */
export interface TestRecord extends ImageStore {
  /** Milliseconds; `now()` gives it. */
  time: number;
  /** Statements since it was last set to zero. */
  statements: number;
  close(): Promise<void>;
}

export async function testRecord(db?: Db): Promise<TestRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'cloister-images-'));
  const sealer = createSealer(randomBytes(32));
  const database = db ?? (await memoryDatabase());
  const count = () => (record.statements += 1);
  const record: TestRecord = {
    time: Date.parse('2026-03-01T08:00:00.000Z'),
    statements: 0,
    db: counting(database, () => count()),
    sealer,
    now: () => new Date(record.time),
    images: openImageFiles(folder, sealer),
    close: async () => {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await openStore(record);
  return record;
}

function counting(db: Db, count: () => void): Db {
  const query: Queryable['query'] = async (text, values) => {
    count();
    return await db.query(text, values);
  };
  return {
    exclusive: db.exclusive,
    query,
    transaction: async (work) =>
      await db.transaction(
        async (transaction) =>
          await work({
            query: async (text, values) => {
              count();
              return await transaction.query(text, values);
            },
          }),
      ),
    close: async () => await db.close(),
  };
}

const person = (id: string, roles: string[], scopes: string[]): Caller => ({
  kind: 'person',
  id,
  roles,
  scopes,
  channel: 'local',
});

/** One caller of each role, with the scopes of that role. */
export const CALLERS = {
  clerk: person(
    'clara',
    ['clerk'],
    [
      'user/Patient.read',
      'user/Patient.write',
      'user/ImagingStudy.read',
      'user/ImagingStudy.write',
      'user/Communication.read',
      'user/Communication.write',
    ],
  ),
  clinician: person(
    'carol',
    ['clinician'],
    [
      'user/Patient.read',
      'user/Patient.write',
      'user/ImagingStudy.read',
      'user/ImagingStudy.write',
      'user/Communication.read',
      'user/Communication.write',
      'user/DiagnosticReport.read',
      'user/DiagnosticReport.request',
      'user/DiagnosticReport.sign',
      'user/AttestationResult.read',
    ],
  ),
  radiologist: person(
    'rafael',
    ['radiologist'],
    [
      'user/Patient.read',
      'user/ImagingStudy.read',
      'user/ImagingStudy.write',
      'user/DiagnosticReport.read',
      'user/DiagnosticReport.request',
      'user/DiagnosticReport.sign',
      'user/Communication.read',
      'user/Communication.write',
      'user/AttestationResult.read',
    ],
  ),
  auditor: person('aude', ['auditor'], ['user/AuditEvent.read', 'user/AttestationResult.read']),
  queue: {
    kind: 'enclave',
    id: 'patient',
    roles: [],
    scopes: ['system/ImagingStudy.read', 'system/Interpretation.read'],
    channel: 'attested',
    attestationResult: 'jti-patient',
  },
  inference: {
    kind: 'enclave',
    id: 'inference',
    roles: [],
    scopes: [],
    channel: 'attested',
    attestationResult: 'jti-inference',
  },
  anonymous: { kind: 'anonymous', id: '', roles: [], scopes: [], channel: 'local' },
} as const satisfies Record<string, Caller>;

/** An intake form that is right. */
export const INTAKE: RegisterPatientInput = {
  given: ['Zélie', 'Ann-Marie'],
  family: 'Synthetic-Alder',
  gender: 'FEMALE',
  birthDate: '1987-06-05',
  nationalIdentifier: 'SYN-000-01',
  phone: '+1 (555) 0100-200',
  email: 'zelie@example.org',
  address: { line: '1 Synthetic Road', city: 'Sampletown', state: 'ST', postalCode: '00000', country: 'pt' },
  allergies: ['Penicillin (synthetic)'],
  conditions: ['Asthma (synthetic)'],
  admittedOn: '2026-02-28',
  coverage: { payor: 'Synthetic Mutual', subscriberId: 'SYN-MEMBER-1' },
};

let registered = 0;

/** Another patient, with a national identifier of their own. */
export async function somePatient(record: TestRecord, changes: Partial<RegisterPatientInput> = {}): Promise<Patient> {
  registered += 1;
  return await registerPatient(record, CALLERS.clerk, {
    ...INTAKE,
    nationalIdentifier: `SYN-PATIENT-${registered}`,
    ...changes,
  });
}

/** A study whose image is a few bytes that nobody decodes. */
export async function someStudy(record: TestRecord, patientId: string): Promise<ImagingStudy> {
  return await createImagingStudy(record, CALLERS.clerk, {
    patientId,
    bytes: randomBytes(64),
    image: {
      contentType: 'image/png',
      graymap: { sha256: 'ab'.repeat(32), size: 75 },
      rows: 8,
      columns: 8,
      modality: 'DX',
      bodySite: 'CHEST',
      synthetic: true,
      rendition: randomBytes(32),
    },
  });
}
