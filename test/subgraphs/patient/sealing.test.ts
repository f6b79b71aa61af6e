import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openFolderDatabase } from '../../../runtime/database/pglite.js';
import { requestDiagnosis, signReport } from '../../../subgraphs/patient/diagnosticReport.js';
import { openImageFiles } from '../../../subgraphs/patient/imageFiles.js';
import { createImagingStudy } from '../../../subgraphs/patient/imagingStudy.js';
import { findPatients, readPatient, registerPatient } from '../../../subgraphs/patient/patient.js';
import { createSealer } from '../../../subgraphs/patient/sealer.js';
import { type ImageStore, openStore } from '../../../subgraphs/patient/store.js';
import { seedFolder } from '../../support/database.js';
import { CALLERS, INTAKE } from '../../support/patient.js';
import { enterAnswer, anObservation } from '../../support/diagnosis.js';

const folder = mkdtempSync(join(tmpdir(), 'cloister-sealed-'));
const key = randomBytes(32);
let seed: string;
beforeAll(async () => {
  seed = await seedFolder();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(secret: Uint8Array): Promise<ImageStore> {
  const sealer = createSealer(secret);
  const db = await openFolderDatabase({ folder: join(folder, 'database'), seed });
  const store = { db, sealer, now: () => new Date(), images: openImageFiles(join(folder, 'images'), sealer) };
  try {
    await openStore(store);
  } catch (error) {
    await db.close();
    throw error;
  }
  return store;
}

describe('what lies on the disk', () => {
  const image = Buffer.concat([Buffer.from('\x89PNG synthetic image bytes of Synthetic-Alder'), randomBytes(500)]);
  let patientId: string;

  test('holds no byte sequence of a record, a search, an image, a finding or a conclusion', async () => {
    const store = await open(key);
    const patient = await registerPatient(store, CALLERS.clerk, INTAKE);
    patientId = patient.id;
    await findPatients(store, CALLERS.clerk, { search: 'Soughtname', page: { first: 10, before: 2n ** 62n } });
    const study = await createImagingStudy(store, CALLERS.clerk, {
      patientId,
      bytes: image,
      image: {
        contentType: 'image/png',
        graymap: { sha256: 'ab'.repeat(32), size: 75 },
        rows: 8,
        columns: 8,
        modality: 'DXQZ',
        bodySite: 'CHESTQZ',
        synthetic: true,
        rendition: image.subarray(0, 200),
      },
    });
    const report = await requestDiagnosis(store, CALLERS.clinician, study.id);
    await enterAnswer(store, { ...anObservation, code: 'pneumonia-qz' });
    await signReport(store, CALLERS.clinician, { id: report.id, conclusion: 'Konklusion of the clinician' });
    await store.db.query('checkpoint');
    await store.db.close();

    const texts = [
      ...[
        'Zélie',
        'Ann-Marie',
        'Synthetic-Alder',
        'alder',
        'synthetic',
        '1987-06-05',
        'SYN-000-01',
        'SYN00001',
        '0100-200',
      ],
      ...[
        'zelie@example',
        'Synthetic Road',
        'Sampletown',
        'Penicillin',
        'Asthma',
        '2026-02-28',
        'Synthetic Mutual',
        'SYN-MEMBER',
      ],
      ...[
        'Soughtname',
        'soughtname',
        'DXQZ',
        'CHESTQZ',
        study.sha256,
        'pneumonia-qz',
        anObservation.receipt,
        'Konklusion',
        'synthetic image bytes',
      ],
    ];
    const needles = [
      ...texts.flatMap((text) => [Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')]),
      key,
      image.subarray(60, 92),
    ];
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      for (const needle of needles) {
        if (bytes.includes(needle)) throw new Error(`${file.name} holds ${needle.toString()}`);
      }
    }
    // The same walk finds what is not sealed, so it would find the rest.
    const found = files.some((file) =>
      readFileSync(join(file.parentPath, file.name)).includes('DiagnosticReport.sign'),
    );
    expect(found).toBe(true);
  }, 60_000);

  test('opens with its key', async () => {
    const store = await open(key);
    expect(await readPatient(store, CALLERS.clerk, patientId)).toMatchObject({ family: 'Synthetic-Alder' });
    await store.db.close();
  });

  test('is refused in one sentence with another key', async () => {
    await expect(open(randomBytes(32))).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: 'The data key is not the one that this database was sealed with.',
    });
  });

  test('does not open where a record was copied to another row', async () => {
    const store = await open(key);
    const other = await registerPatient(store, CALLERS.clerk, { ...INTAKE, nationalIdentifier: null });
    await store.db.query(
      'update patient set record_sealed = (select record_sealed from patient where id = $1) where id = $2',
      [patientId, other.id],
    );
    await expect(readPatient(store, CALLERS.clerk, other.id)).rejects.toMatchObject({ code: 'SEALED_VALUE_INVALID' });
    await store.db.close();
  });

  test('says little of how long a record is', async () => {
    const store = await open(key);
    const lengths = await store.db.query<{ bytes: number }>('select octet_length(record_sealed) as bytes from patient');
    for (const { bytes } of lengths) expect((bytes - 37) % 256).toBe(0);
    await store.db.close();
  });
});
