import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'undici';

/** What a poster is told: it has a thread of its own, so that clients do not wait for the service's work, nor it for theirs. */
export interface PosterData {
  readonly url: string;
  /** Sent in turn. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly requests: number;
}

const { url, bodies, connections, requests } = workerData as PosterData;
const pool = new Pool(url, { connections, pipelining: 1 });
let sent = 0;

async function post(): Promise<void> {
  const answer = await pool.request({
    method: 'POST',
    path: '/attest/SgxEnclave?api-version=2022-08-01',
    headers: { 'content-type': 'application/json' },
    body: bodies[sent++ % bodies.length] ?? '',
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}: ${text.slice(0, 200)}`);
}

/** One client: asks again when it was answered. */
async function client(): Promise<void> {
  while (sent < requests) await post();
}

const began = performance.now();
await Promise.all(Array.from({ length: connections }, client));
parentPort?.postMessage((performance.now() - began) / 1000);
await pool.close();
