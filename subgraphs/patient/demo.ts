import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Caller } from '../../runtime/caller.js';
import type { ImageReader } from './imageReader.js';
import { createImagingStudy } from './imagingStudy.js';
import { registerPatient, type RegisterPatientInput } from './patient.js';
import type { ImageStore } from './store.js';

/** Under this name the demonstration data stands in the audit trail. */
const DEMO: Caller = { kind: 'enclave', id: 'patient', roles: [], scopes: [], channel: 'attested' };

/** Nobody: given names are common words, family names are trees, and every identifier says that it is synthetic. */
const PATIENTS: readonly [given: string, tree: string, gender: 'FEMALE' | 'MALE' | 'OTHER', birthDate: string][] = [
  ['Amber', 'Alder', 'FEMALE', '2021-04-12'],
  ['Basil', 'Birch', 'MALE', '2022-09-30'],
  ['Coral', 'Cedar', 'FEMALE', '2020-01-17'],
  ['Dune', 'Dogwood', 'OTHER', '2023-06-02'],
  ['Ember', 'Elm', 'FEMALE', '2021-11-25'],
  ['Flint', 'Fir', 'MALE', '2019-08-08'],
  ['Ginger', 'Ginkgo', 'FEMALE', '2022-02-14'],
  ['Heath', 'Hazel', 'MALE', '2020-12-01'],
  ['Iris', 'Ironwood', 'FEMALE', '1958-03-21'],
  ['Jasper', 'Juniper', 'MALE', '1964-10-05'],
  ['Kelp', 'Katsura', 'OTHER', '1979-07-19'],
  ['Lapis', 'Larch', 'FEMALE', '1991-05-27'],
];

/**
 * Fills an empty record with patients who do not exist, and gives them the images of the folder in turn. Does nothing
 * where there is any patient.
 *
 * @returns how many patients and images were entered.
 */
export async function enterDemoData(
  store: ImageStore,
  reader: ImageReader,
  folder: string,
): Promise<{ patients: number; images: number }> {
  if ((await store.db.query('select 1 from patient limit 1')).length > 0) return { patients: 0, images: 0 };
  const files = await imageFilesIn(folder);
  const images = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(join(folder, file));
      return { bytes, image: await reader.read(bytes) };
    }),
  );
  // The last registered stands first in the list: those with images.
  for (const [index, patient] of [...PATIENTS.entries()].reverse()) {
    const { id } = await registerPatient(store, DEMO, intakeOf(patient, index));
    for (const image of images.filter((_, place) => place % PATIENTS.length === index)) {
      await createImagingStudy(store, DEMO, { patientId: id, ...image });
    }
  }
  return { patients: PATIENTS.length, images: files.length };
}

async function imageFilesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => /\.(dcm|png|jpg|jpeg)$/i.test(name)).sort();
}

function intakeOf([given, tree, gender, birthDate]: (typeof PATIENTS)[number], index: number): RegisterPatientInput {
  const number = String(index + 1).padStart(3, '0');
  return {
    given: [given],
    family: `Synthetic-${tree}`,
    gender,
    birthDate,
    nationalIdentifier: `SYNTHETIC-${number}`,
    phone: `+1 555 0100 ${number}`,
    email: `${tree.toLowerCase()}@synthetic.example`,
    address: { line: `${index + 1} Synthetic Road`, city: 'Sampletown', postalCode: `00-${number}`, country: 'PT' },
    allergies: index % 3 === 0 ? ['Penicillin (synthetic)'] : [],
    conditions: index % 4 === 0 ? ['Asthma (synthetic)'] : [],
    coverage: { payor: 'Synthetic Mutual', subscriberId: `SYNTHETIC-MEMBER-${number}` },
  };
}
