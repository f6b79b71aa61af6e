import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeImage } from '../../../runtime/images/decodeImage.js';
import { encodeGraymap, graymapDigest } from '../../../runtime/images/graymap.js';
import { encodePng } from '../../../runtime/images/encodePng.js';
import { openImageFiles } from '../../../subgraphs/patient/imageFiles.js';
import { createImageReader, type ImageReader } from '../../../subgraphs/patient/imageReader.js';
import {
  createImagingStudy,
  readImagingStudies,
  readRendition,
  referenceTo,
  releaseImage,
} from '../../../subgraphs/patient/imagingStudy.js';
import { createSealer } from '../../../subgraphs/patient/sealer.js';
import { CALLERS, somePatient, someStudy, testRecord, type TestRecord } from '../../support/patient.js';
import { checkout } from '../../support/shared.js';

let record: TestRecord;
let reader: ImageReader;
beforeAll(async () => {
  record = await testRecord();
  reader = createImageReader(['--import', pathToFileURL(join(checkout, 'test/support/typescript.mjs')).href]);
}, 60_000);
afterAll(async () => {
  await reader.close();
  await record.close();
});

const film = readFileSync(join(checkout, 'subgraphs/patient/demo/normal-1.dcm'));

describe('an image file', () => {
  test('is read in a worker thread: what it is, and a picture of it', async () => {
    const { rendition, ...read } = await reader.read(film);
    expect(read).toEqual({
      contentType: 'application/dicom',
      rows: 512,
      columns: 512,
      modality: 'DX',
      bodySite: 'CHEST',
      synthetic: true,
      graymap: { sha256: graymapDigest(encodeGraymap(await decodeImage(film))), size: 512 * 512 + 15 },
    });
    expect(await decodeImage(rendition)).toMatchObject({
      contentType: 'image/png',
      rows: 512,
      columns: 512,
      synthetic: false,
    });
  });

  test('is shrunk to at most 1024 pixels a side for people to look at', async () => {
    const wide = encodePng({ rows: 300, columns: 3000, pixels: new Uint8Array(300 * 3000).fill(7) });
    const read = await reader.read(wide);
    expect(read).toMatchObject({ rows: 300, columns: 3000, modality: null, bodySite: null, synthetic: false });
    expect(await decodeImage(read.rendition)).toMatchObject({ rows: 102, columns: 1024 });
    const line = encodePng({ rows: 1, columns: 5000, pixels: new Uint8Array(5000) });
    expect(await decodeImage((await reader.read(line)).rendition)).toMatchObject({ rows: 1, columns: 1024 });
  });

  test.each<[string, Uint8Array, string]>([
    ['of no kind', Buffer.from('hello'), 'IMAGE_UNSUPPORTED'],
    ['of nothing', Buffer.alloc(0), 'IMAGE_UNSUPPORTED'],
    ['cut short', film.subarray(0, film.length - 1000), 'IMAGE_UNREADABLE'],
  ])('%s is refused', async (_, bytes, code) => {
    await expect(reader.read(bytes)).rejects.toMatchObject({ code });
  });
});

describe('a study', () => {
  test('keeps what the image says, its digest and its picture', async () => {
    const patient = await somePatient(record);
    const image = await reader.read(film);
    const study = await createImagingStudy(record, CALLERS.clerk, { patientId: patient.id, bytes: film, image });
    expect(study).toMatchObject({
      patientId: patient.id,
      started: record.now(),
      size: film.length,
      modality: 'DX',
      bodySite: 'CHEST',
      synthetic: true,
    });
    expect(await readImagingStudies(record, CALLERS.clerk, [study.id])).toEqual([study]);
    expect(Buffer.from(await readRendition(record, CALLERS.clerk, study.id)).equals(image.rendition)).toBe(true);
  });

  test('of nobody is refused, and leaves no file behind', async () => {
    const before = await record.db.query('select id from imaging_study');
    await expect(someStudy(record, '00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await record.db.query('select id from imaging_study')).toEqual(before);
  });

  test.each(['00000000-0000-4000-8000-000000000000', '../../etc/passwd'])(
    'that does not exist has no picture: %j',
    async (id) => {
      await expect(readRendition(record, CALLERS.clerk, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    },
  );
});

describe('an image', () => {
  async function reference() {
    const patient = await somePatient(record);
    const study = await createImagingStudy(record, CALLERS.clerk, {
      patientId: patient.id,
      bytes: film,
      image: await reader.read(film),
    });
    return { study, ...referenceTo(record, study, 'https://127.0.0.1:4011') };
  }

  test('leaves without what else its file says: the name in a DICOM header stays here', async () => {
    const { study, ticket } = await reference();
    expect(film.includes('SYNTHETIC^DEMO')).toBe(true);
    const released = await releaseImage({ reader, store: record }, CALLERS.inference, { studyId: study.id, ticket });
    for (const said of ['SYNTHETIC', 'DEMO', 'DICM', '2.25.']) expect(Buffer.from(released).includes(said)).toBe(false);
  });

  test('is released to the inference enclave that shows its ticket, and the trail says on which attestation result', async () => {
    const { study, ticket, location, ...rest } = await reference();
    expect(location).toBe(`https://127.0.0.1:4011/images/${study.id}`);
    const graymap = encodeGraymap(await decodeImage(film));
    expect(rest).toEqual({
      sha256: graymapDigest(graymap),
      size: graymap.length,
      contentType: 'image/x-portable-graymap',
    });
    const released = await releaseImage({ reader, store: record }, CALLERS.inference, { studyId: study.id, ticket });
    expect(Buffer.from(released).equals(graymap)).toBe(true);
    const [event] = await record.db.query(`select * from audit_event order by sequence desc limit 1`);
    expect(event).toMatchObject({
      operation: 'ImagingStudy.release',
      agent: 'inference',
      patient_id: study.patientId,
      outcome: 'SUCCESS',
      attestation_result: 'jti-inference',
    });
  });

  test('is not released to another enclave with the same ticket', async () => {
    const { study, ticket } = await reference();
    await expect(
      releaseImage({ reader, store: record }, { ...CALLERS.inference, id: 'diagnosis' }, { studyId: study.id, ticket }),
    ).rejects.toMatchObject({ code: 'POLICY_NOT_SATISFIED' });
    const [event] = await record.db.query(`select * from audit_event order by sequence desc limit 1`);
    expect(event).toMatchObject({
      agent: 'diagnosis',
      patient_id: study.patientId,
      outcome: 'REFUSED',
      outcome_code: 'POLICY_NOT_SATISFIED',
    });
  });

  test('is not released with the ticket of another study, nor when its time is over', async () => {
    const [one, other] = [await reference(), await reference()];
    await expect(
      releaseImage({ reader, store: record }, CALLERS.inference, { studyId: one.study.id, ticket: other.ticket }),
    ).rejects.toMatchObject({ code: 'TICKET_INVALID' });
    record.time += 301_000;
    await expect(
      releaseImage({ reader, store: record }, CALLERS.inference, { studyId: one.study.id, ticket: one.ticket }),
    ).rejects.toMatchObject({ code: 'TICKET_INVALID' });
  });
});

describe('the files of images', () => {
  const sealer = createSealer(randomBytes(32));
  const folder = mkdtempSync(join(tmpdir(), 'cloister-image-files-'));
  const files = openImageFiles(folder, sealer);
  const [kept, orphan] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('open for their own study and kind only', async () => {
    await files.write(kept, 'original', Buffer.from('pixels'));
    expect(Buffer.from(await files.read(kept, 'original')).toString()).toBe('pixels');
    writeFileSync(join(folder, `${orphan}.original`), readFileSync(join(folder, `${kept}.original`)));
    await expect(files.read(orphan, 'original')).rejects.toMatchObject({ code: 'SEALED_VALUE_INVALID' });
    await expect(files.read(kept, 'rendition')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('of studies that do not exist, and half-written ones, are swept', async () => {
    writeFileSync(join(folder, `${kept}.rendition.draft`), 'half');
    await files.sweep((ids) => Promise.resolve(new Set(ids.filter((id) => id === kept))));
    expect(readdirSync(folder)).toEqual([`${kept}.original`]);
  });
});
