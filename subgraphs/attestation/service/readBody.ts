import type { IncomingMessage } from 'node:http';
import { Refusal } from '../../../enclave/refusals.js';

/** A quote of 32 KiB in base64url, with room for runtime data. */
export const MAXIMUM_BODY_BYTES = 64 * 1024;

/** @throws Refusal TOO_LARGE before more than the limit is held, BAD_INPUT where the body is cut short or not UTF-8. */
export async function readBody(request: IncomingMessage): Promise<string> {
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
