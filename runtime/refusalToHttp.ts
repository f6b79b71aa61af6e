import type { ServerResponse } from 'node:http';
import { toRefusal } from '../enclave/refusals.js';

/** Seconds that Retry-After names. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Answers a refusal on a route that is not GraphQL: `{"error":{"code","message"}}` with the code's status. The one place
 * where refusals become HTTP.
 *
 * @param thrown anything; what is not a refusal becomes INTERNAL, whose message says nothing.
 */
export function sendRefusal(response: ServerResponse, thrown: unknown): void {
  const { code, message, failures, definition } = toRefusal(thrown);
  if (response.headersSent) {
    // Half an answer is out: only cutting the connection says that it is not whole.
    response.destroy();
    return;
  }
  const error = { code, message, ...(failures.length > 0 ? { failures } : {}) };
  const body = Buffer.from(JSON.stringify({ error }));
  response.writeHead(definition.httpStatus, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    ...(definition.retryable ? { 'retry-after': `${RETRY_AFTER_SECONDS}` } : {}),
    // The request's body may be unread, and then nothing else can come on this connection.
    ...(response.req.complete ? {} : { connection: 'close' }),
  });
  response.end(body);
}
