import type { IncomingMessage } from 'node:http';
import { Refusal } from '../../../enclave/refusals.js';

/** A quote of 32 KiB in base64url, with room for runtime data. */
export const MAXIMUM_BODY_BYTES = 64 * 1024;

/**
 * @param mediaTypes without parameters; what a body of another type says is not looked at. A body may state none.
 * @throws Refusal TOO_LARGE before more than the limit is held, BAD_INPUT where the body is cut short, encoded, not UTF-8
 *   or of another type.
 */
export async function readBody(request: IncomingMessage, mediaTypes: readonly string[]): Promise<string> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (encoding !== 'identity') throw new Refusal('BAD_INPUT', 'The body has a content-encoding; none is supported.');
  const [mediaType = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
  const isStated = mediaType !== '';
  if (
    (isStated && !mediaTypes.includes(mediaType)) ||
    parameters.some((parameter) => !/^charset="?utf-8"?$/.test(parameter))
  )
    throw new Refusal('BAD_INPUT', `The body is not ${mediaTypes.join(' or ')} in UTF-8 by its content-type.`);
  return readText(request);
}

async function readText(request: IncomingMessage): Promise<string> {
  const tooLarge = new Refusal('TOO_LARGE', `The body has more than ${MAXIMUM_BODY_BYTES} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > MAXIMUM_BODY_BYTES) throw tooLarge;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAXIMUM_BODY_BYTES) throw tooLarge;
      chunks.push(chunk);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('BAD_INPUT', 'The body is cut short or not UTF-8.', { cause });
  }
}
