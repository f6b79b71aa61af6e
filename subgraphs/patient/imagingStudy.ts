import { createHash, randomUUID } from 'node:crypto';
import { Refusal } from '../../enclave/refusals.js';
import type { Caller } from '../../runtime/caller.js';
import { graymapDigest } from '../../runtime/images/graymap.js';
import { requireAccess } from './access.js';
import { audited, type AuditSubject } from './audit.js';
import type { ImageReader, ReadImage } from './imageReader.js';
import { issueTicket, verifyTicket } from './imageTicket.js';
import { notFound, parseId } from './input.js';
import type { ImageContentType } from '../../runtime/images/image.js';
import type { ImagingStudy } from './record.js';
import type { ImageStore, Store } from './store.js';
import { insertImagingStudy, selectImagingStudies, selectImagingStudiesOf } from './storeImagingStudies.js';
import { selectPatients } from './storePatients.js';

const GRAYMAP: ImageContentType = 'image/x-portable-graymap';

/** The enclave that images are released to. */
export const IMAGE_RECIPIENT = 'inference';

/** Where a verified inference enclave gets an image. */
export interface ImageReference {
  readonly location: string;
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string;
  readonly ticket: string;
}

/** Before megabytes are sent: is there such a patient? @throws Refusal NOT_FOUND */
export async function requirePatient({ db, sealer }: Store, patientId: string): Promise<string> {
  const id = parseId('Patient', patientId);
  const [patient] = await selectPatients(db, sealer, [id]);
  if (!patient) throw notFound('Patient');
  return id;
}

/** Enters an examination with its image into the record. @throws Refusal NOT_FOUND */
export async function createImagingStudy(
  store: ImageStore,
  caller: Caller,
  { patientId, bytes, image }: { patientId: string; bytes: Uint8Array; image: ReadImage },
): Promise<ImagingStudy> {
  const id = randomUUID();
  const { rendition, ...description } = image;
  try {
    await store.images.write(id, 'original', bytes);
    await store.images.write(id, 'rendition', rendition);
    return await audited(
      store,
      caller,
      { action: 'CREATE', operation: 'ImagingStudy.create' },
      async (transaction, event) => {
        event.about(patientId, `Patient/${patientId}`, `ImagingStudy/${id}`);
        const [patient] = await selectPatients(transaction, store.sealer, [patientId]);
        if (!patient) throw notFound('Patient');
        const study: ImagingStudy = {
          ...description,
          id,
          patientId,
          started: store.now(),
          size: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        };
        await insertImagingStudy(transaction, store.sealer, study);
        return study;
      },
    );
  } catch (error) {
    await store.images.remove(id);
    throw error;
  }
}

/** Several at once, in no order; those that do not exist are left out. */
export async function readImagingStudies(
  store: Store,
  caller: Caller,
  ids: readonly string[],
): Promise<ImagingStudy[]> {
  return await audited(store, caller, { action: 'READ', operation: 'ImagingStudy.read' }, async (transaction, event) =>
    noted(event, await selectImagingStudies(transaction, store.sealer, ids)),
  );
}

/** Of each patient at most `first`, newest first. */
export async function readImagingStudiesOf(
  store: Store,
  caller: Caller,
  { patientIds, first }: { patientIds: readonly string[]; first: number },
): Promise<ImagingStudy[]> {
  return await audited(store, caller, { action: 'READ', operation: 'ImagingStudy.read' }, async (transaction, event) =>
    noted(event, await selectImagingStudiesOf(transaction, store.sealer, patientIds, first)),
  );
}

/** The picture that people look at: an 8-bit grey PNG, at most 1024 pixels a side. @throws Refusal NOT_FOUND */
export async function readRendition(store: ImageStore, caller: Caller, studyId: string): Promise<Uint8Array> {
  const study = await audited(
    store,
    caller,
    { action: 'READ', operation: 'ImagingStudy.view' },
    async (transaction, event) => {
      requireAccess(caller, 'GET /imaging-studies/{id}/rendition');
      const id = parseId('ImagingStudy', studyId);
      event.about(undefined, `ImagingStudy/${id}`);
      const [found] = noted(event, await selectImagingStudies(transaction, store.sealer, [id]));
      if (!found) throw notFound('ImagingStudy');
      return found;
    },
  );
  return await store.images.read(study.id, 'rendition');
}

/** @param origin https URL of our attested listener, as the recipient reaches it. */
export function referenceTo({ sealer, now }: Store, study: ImagingStudy, origin: string): ImageReference {
  const { id, graymap } = study;
  const { sha256, size } = graymap;
  const ticket = issueTicket(sealer, { imagingStudyId: id, sha256, recipient: IMAGE_RECIPIENT }, now());
  return { location: `${origin}/images/${id}`, sha256, size, contentType: GRAYMAP, ticket };
}

/**
 * Gives the pixels to an attested enclave, and nothing else of the file: a DICOM header names the patient. That the peer is who it says and satisfies the policy has been established;
 * that the image was meant for it, the ticket shows.
 *
 * @param recipient the peer, with the identifier of its attestation result, which goes into the audit trail.
 * @throws Refusal POLICY_NOT_SATISFIED for another enclave, NOT_FOUND, TICKET_INVALID
 */
export async function releaseImage(
  { reader, store }: { reader: ImageReader; store: ImageStore },
  recipient: Caller,
  { studyId, ticket }: { studyId: string; ticket: string },
): Promise<Uint8Array> {
  const study = await audited(
    store,
    recipient,
    { action: 'READ', operation: 'ImagingStudy.release' },
    async (transaction, event) => {
      const id = parseId('ImagingStudy', studyId);
      event.about(undefined, `ImagingStudy/${id}`);
      const [study] = noted(event, await selectImagingStudies(transaction, store.sealer, [id]));
      if (recipient.id !== IMAGE_RECIPIENT) throw notForThisEnclave(recipient.id);
      if (!study) throw notFound('ImagingStudy');
      verifyTicket(
        store.sealer,
        { imagingStudyId: id, sha256: study.graymap.sha256, recipient: recipient.id },
        ticket,
        store.now(),
      );
      return study;
    },
  );
  const graymap = await reader.graymap(await store.images.read(study.id, 'original'));
  if (graymapDigest(graymap) === study.graymap.sha256) return graymap;
  throw new Refusal('IMAGE_MISMATCH', `The pixels of the study ${study.id} are not those that it arrived with.`);
}

function notForThisEnclave(actual: string): Refusal {
  const failure = { claim: 'enclave', expected: IMAGE_RECIPIENT, actual };
  return new Refusal('POLICY_NOT_SATISFIED', `Images are released to ${IMAGE_RECIPIENT}, not to ${actual}.`, {
    failures: [failure],
  });
}

function noted(event: AuditSubject, studies: ImagingStudy[]): ImagingStudy[] {
  for (const { id, patientId } of studies) event.about(patientId, `ImagingStudy/${id}`);
  return studies;
}
