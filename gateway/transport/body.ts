import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { Refusal, toRefusal } from '../../enclave/refusals.js';
import { sendRefusal } from '../../runtime/refusalToHttp.js';

/** The body, or TOO_LARGE as soon as that is known. */
export function readBody(request: IncomingMessage, maximumBytes: number): Promise<Buffer> {
  refuseDeclared(request, maximumBytes);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maximumBytes) chunks.push(chunk);
      else {
        request.off('data', onData);
        reject(tooLarge(maximumBytes));
      }
    };
    request.on('data', onData);
    request.once('end', () => resolve(Buffer.concat(chunks, bytes)));
    request.once('error', (cause) => reject(new Refusal('BAD_INPUT', 'The body ended too early.', { cause })));
    request.once('close', () => reject(new Refusal('BAD_INPUT', 'The body ended too early.')));
  });
}

/** The body as a stream that fails with TOO_LARGE at the first byte too many. */
export function limitBody(request: IncomingMessage, maximumBytes: number): Transform {
  refuseDeclared(request, maximumBytes);
  let bytes = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= maximumBytes) done(null, chunk);
      else done(tooLarge(maximumBytes));
    },
  });
  request.once('error', (cause) => limited.destroy(new Refusal('BAD_INPUT', 'The body ended too early.', { cause })));
  request.once('close', () => {
    if (!request.complete) limited.destroy(new Refusal('BAD_INPUT', 'The body ended too early.'));
  });
  limited.once('error', () => request.unpipe(limited));
  return request.pipe(limited);
}

/** How long what is still being sent is read and thrown away, so that the sender gets to read the refusal. */
const LINGER_MS = 2000;

/**
 * Refuses at once, without waiting for the rest of the body. A connection that is closed with unread bytes is reset, and the
 * answer is lost with it: so the rest is thrown away for a moment first.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
  if (request.complete || response.headersSent) {
    sendRefusal(response, thrown);
    return;
  }
  const { code, message, failures, definition } = toRefusal(thrown);
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  request.once('end', () => clearTimeout(timer));
  request.resume();
  response.writeHead(definition.httpStatus, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify({ error: { code, message, ...(failures.length > 0 ? { failures } : {}) } }));
}

function refuseDeclared(request: IncomingMessage, maximumBytes: number): void {
  if (Number(request.headers['content-length'] ?? 0) > maximumBytes) throw tooLarge(maximumBytes);
}

function tooLarge(maximumBytes: number): Refusal {
  return new Refusal('TOO_LARGE', `The body is larger than ${maximumBytes} bytes.`);
}
