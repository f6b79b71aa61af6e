import type { IncomingMessage } from 'node:http';
import { Refusal } from '../enclave/refusals.js';

/**
 * The whole body of a request.
 *
 * @throws Refusal TOO_LARGE where it has more than `maximumBytes`, by its declared or its real length; BAD_INPUT where
 *   the sender stopped before its end.
 */
export async function readBody(request: IncomingMessage, maximumBytes: number): Promise<Buffer> {
  const tooLarge = () => new Refusal('TOO_LARGE', `The body has more than ${maximumBytes} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > maximumBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maximumBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new Refusal('BAD_INPUT', 'The body ended before its end.', { cause });
  }
  if (bytes > maximumBytes) throw tooLarge();
  return Buffer.concat(chunks, bytes);
}
