import { Client, type Dispatcher } from 'undici';
import { processorMsOf, residentMiBOf } from '../processUsage.js';

export interface LoadOptions {
  /** Of the gateway, with its path. */
  readonly url: string;
  /** Process id of the gateway. */
  readonly pid: number;
  /** Request bodies, taken in turn. */
  readonly bodies: readonly string[];
  /** Each sends its next request when it has the last answer. */
  readonly connections: number;
  readonly warmUpMs: number;
  /** The warm-up lasts longer where it has not answered so many by then, but at most `MAXIMUM_WARM_UP_MS`. */
  readonly warmUpRequests: number;
  readonly measuredMs: number;
}

export interface LoadResult {
  readonly finished: number;
  /** Not 200, with an error in it, or of another length than the first answer to the same body. */
  readonly wrong: number;
  readonly elapsedMs: number;
  /** Of the gateway, in the measured time. */
  readonly processorMs: number;
  /** Of the gateway, at the end. */
  readonly residentMiB: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * The measured time lies within a longer one under the same load: requests that were under way at its start make up for
 * those under way at its end, so that processor time by finished request is right even for a slow gateway.
 * @param mark told when the measured time starts and when it ends
 */
export async function applyLoad(options: LoadOptions, mark: (moment: 'start' | 'end') => void): Promise<LoadResult> {
  const { bodies, connections, measuredMs, pid, url, warmUpMs, warmUpRequests } = options;
  const { origin, pathname: path } = new URL(url);
  const request = { origin, path, method: 'POST' as const, headers: HEADERS };
  const expected = new Map<string, number>();
  const latencies: number[] = [];
  let wrong = 0;
  let phase: 'warm-up' | 'measured' | 'over' = 'warm-up';
  let next = 0;
  let answered = 0;

  const keepAsking = async (client: Client): Promise<void> => {
    while (phase !== 'over') {
      const body = bodies[next % bodies.length] ?? '';
      next += 1;
      const start = performance.now();
      const answer = await ask(client, { ...request, body });
      answered += 1;
      if (phase !== 'measured') continue;
      latencies.push(performance.now() - start);
      const bytes = expected.get(body) ?? answer.bytes;
      expected.set(body, bytes);
      if (answer.status !== 200 || answer.bytes !== bytes) wrong += 1;
    }
  };

  const clients = Array.from({ length: connections }, () => new Client(origin, { headersTimeout: 0, bodyTimeout: 0 }));
  const asking = Promise.all(clients.map(keepAsking));
  // Where a connection fails there is nothing to wait for.
  await Promise.race([asking, sleep(warmUpMs)]);
  for (let waited = warmUpMs; answered < warmUpRequests && waited < MAXIMUM_WARM_UP_MS; waited += 100) {
    await Promise.race([asking, sleep(100)]);
  }
  const processorStart = processorMsOf(pid);
  const start = performance.now();
  phase = 'measured';
  mark('start');
  await Promise.race([asking, sleep(measuredMs)]);
  phase = 'over';
  const elapsedMs = performance.now() - start;
  const processorMs = processorMsOf(pid) - processorStart;
  const residentMiB = residentMiBOf(pid);
  mark('end');
  await asking;
  await Promise.all(clients.map((client) => client.close()));
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN;
  return { finished: latencies.length, wrong, elapsedMs, processorMs, residentMiB, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** A gateway that is this slow is not made faster by waiting. */
const MAXIMUM_WARM_UP_MS = 30_000;

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

interface Answer {
  readonly status: number;
  readonly bytes: number;
}

/** Counts the bytes of an answer without keeping them. */
function ask(client: Client, request: Dispatcher.DispatchOptions): Promise<Answer> {
  return new Promise((settle, fail) => {
    let status = 0;
    let bytes = 0;
    client.dispatch(request, {
      // Without it undici takes the handler for one of its older kind.
      onRequestStart: () => undefined,
      onResponseStart: (_controller, statusCode) => {
        status = statusCode;
      },
      onResponseData: (_controller, chunk) => {
        bytes += chunk.length;
      },
      onResponseEnd: () => settle({ status, bytes }),
      onResponseError: (_controller, error) => fail(error),
    });
  });
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((settle) => setTimeout(settle, milliseconds));
}
