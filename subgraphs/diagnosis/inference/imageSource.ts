import { createHash } from 'node:crypto';
import { Refusal } from '../../../enclave/refusals.js';
import type { AttestedClient } from '../../../runtime/attestedClient.js';
import { refusalFromAnswer } from '../../../runtime/refusalFromAnswer.js';
import type { ImageReference } from './imageReference.js';

/** Gets the image that a reference names: the very bytes, or a refusal. */
export type ImageSource = (reference: ImageReference) => Promise<Uint8Array>;

/** Bytes of an answer that is not an image. */
const REFUSAL_BYTES = 4096;

/**
 * @param sources origins of the patient services that images may come from, each with its attested connections; nothing
 *   else is ever connected to. Redirections are not followed.
 * @throws Refusal BAD_INPUT for another source, IMAGE_MISMATCH, what the connection fails or the source refuses with
 */
export function createImageSource(sources: ReadonlyMap<string, Pick<AttestedClient, 'request'>>): ImageSource {
  return async (reference) => {
    const url = new URL(reference.location);
    const patient = sources.get(url.origin);
    if (patient === undefined)
      throw new Refusal('BAD_INPUT', 'image.location is not on a patient service that this enclave knows.');
    url.searchParams.set('ticket', reference.ticket);
    const { status, body } = await patient.request({
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      maximumAnswerBytes: Math.max(reference.size, REFUSAL_BYTES),
    });
    if (status !== 200) throw refusalFromAnswer('patient', status, body.subarray(0, REFUSAL_BYTES));
    requireSame(body, reference);
    return body;
  };
}

function requireSame(bytes: Uint8Array, reference: ImageReference): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length === reference.size && sha256 === reference.sha256) return;
  const expected = `${reference.size} bytes and SHA-256 ${reference.sha256}`;
  throw new Refusal(
    'IMAGE_MISMATCH',
    `The image has ${bytes.length} bytes and SHA-256 ${sha256}; its reference says ${expected}.`,
  );
}
