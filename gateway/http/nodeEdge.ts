import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '../../enclave/refusals.js';
import { nodeSchedule, type Schedule } from '../../runtime/collateral/schedule.js';
import type { Asker, GraphQLHandler } from './graphqlHandler.js';
import { HttpProblem } from './httpProblem.js';
import type { HttpRequest, HttpResponse } from './httpMessage.js';

export interface NodeEdgeOptions<Context> {
  readonly handler: GraphQLHandler<Context>;
  /** @throws Refusal UNAUTHENTICATED for credentials that are not valid. */
  readonly askerOf: (request: IncomingMessage) => Asker<Context> | Promise<Asker<Context>>;
  readonly maximumBodyBytes: number;
  /** From the head of a request to the end of its body. */
  readonly bodyTimeoutMs: number;
  readonly schedule?: Schedule;
}

/** Serves GraphQL on a server of node:http: translates, and nothing else. Resolves when the answer is handed over. */
export function createNodeEdge<Context>(
  options: NodeEdgeOptions<Context>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const work = new AbortController();
    // Without this a caller who hangs up would be worked for until the end.
    response.once('close', () => {
      if (!response.writableFinished) work.abort(new Refusal('TIMEOUT', 'The caller did not wait for the answer.'));
    });
    const answer = await options.handler(requestOf(request, work, options), () => options.askerOf(request));
    if (!response.destroyed) send(request, response, answer);
  };
}

function requestOf<Context>(
  request: IncomingMessage,
  work: AbortController,
  options: NodeEdgeOptions<Context>,
): HttpRequest {
  const { method = '', url = '', headers } = request;
  const mark = url.indexOf('?');
  return {
    method,
    search: mark === -1 ? '' : url.slice(mark + 1),
    header(name) {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body: () => readBody(request, options),
    signal: work.signal,
    abort: (reason) => work.abort(reason),
  };
}

/** @throws HttpProblem 413, 408, 400 */
function readBody<Context>(
  request: IncomingMessage,
  { maximumBodyBytes, bodyTimeoutMs, schedule = nodeSchedule }: NodeEdgeOptions<Context>,
): Promise<Uint8Array> {
  const tooLarge = () => new HttpProblem(413, 'TOO_LARGE', `The body is larger than ${maximumBodyBytes} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > maximumBodyBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (finish: () => void) => {
      cancel();
      request.off('data', onData).off('end', onEnd).off('close', onCut).off('error', onCut);
      finish();
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maximumBodyBytes) settle(() => reject(tooLarge()));
      else chunks.push(chunk);
    };
    const onEnd = () =>
      settle(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes)));
    const onCut = () => settle(() => reject(new HttpProblem(400, 'BAD_INPUT', 'The body ended before its end.')));
    const onLate = () => settle(() => reject(late(bodyTimeoutMs)));
    const cancel = schedule(bodyTimeoutMs, onLate);
    request.on('data', onData).on('end', onEnd).on('close', onCut).on('error', onCut);
  });
}

function late(bodyTimeoutMs: number): HttpProblem {
  return new HttpProblem(408, 'TIMEOUT', `The body did not come within ${bodyTimeoutMs} ms.`, { connection: 'close' });
}

/** How long what is still being sent is read and thrown away, so that the sender gets to read the refusal. */
const LINGER_MS = 2000;

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: HttpResponse): void {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  if (!request.complete) {
    // A connection that is closed with unread bytes is reset, and the answer is lost with it.
    const timer = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
    request.once('end', () => clearTimeout(timer));
    request.resume();
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'vary') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  response.setHeader('content-length', bytes.length);
  response.writeHead(status);
  response.end(bytes);
}
