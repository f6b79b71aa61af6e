import { Refusal } from '../../../enclave/refusals.js';
import { IMAGE_LIMITS } from '../../../runtime/images/limits.js';

/** Where an image is, and which one it is (type ImageReference of the schema). */
export interface ImageReference {
  /** https URL on the patient service's attested listener. */
  readonly location: string;
  /** Of the image file, hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  /** Proves to the patient service that it issued this reference. Never logged. */
  readonly ticket: string;
}

const CONTENT_TYPES = ['image/x-portable-graymap', 'image/png', 'image/jpeg', 'application/dicom'];

/**
 * The threat: whoever sends a reference chooses where we connect to.
 *
 * @throws Refusal BAD_INPUT naming the entry; TOO_LARGE for an image above the limit
 */
export function parseImageReference(value: unknown): ImageReference {
  if (typeof value !== 'object' || value === null) throw wrong('image', 'an object');
  const { location, sha256, size, contentType, ticket } = value as Record<string, unknown>;
  if (typeof location !== 'string' || location.length > 2048 || !isPlainHttps(location))
    throw wrong('image.location', 'an https URL without credentials and fragment');
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw wrong('image.sha256', '64 hex digits');
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1) throw wrong('image.size', 'a number of bytes');
  if (size > IMAGE_LIMITS.fileBytes)
    throw new Refusal('TOO_LARGE', `The image has ${size} bytes; the limit is ${IMAGE_LIMITS.fileBytes} bytes.`);
  if (typeof contentType !== 'string' || !CONTENT_TYPES.includes(contentType))
    throw wrong('image.contentType', CONTENT_TYPES.join(', '));
  if (typeof ticket !== 'string' || !/^[\w.~+/=-]{1,4096}$/.test(ticket)) throw wrong('image.ticket', 'a ticket');
  return { location, sha256, size, contentType, ticket };
}

function isPlainHttps(location: string): boolean {
  if (!URL.canParse(location)) return false;
  const { protocol, username, password, hash } = new URL(location);
  return protocol === 'https:' && username === '' && password === '' && hash === '';
}

const wrong = (entry: string, expected: string): Refusal => new Refusal('BAD_INPUT', `${entry} is not ${expected}.`);
