import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from './contenders/contender.js';
import type { LoadOptions, LoadResult } from './load/load.js';
import type { LoadMessage } from './load/loadProcess.js';
import { nextMessage, spawnPinned, stopChild } from './pinned.js';
import { composeRetail } from './retail/compose.js';
import type { Traffic } from './retail/serve.js';
import type { SubgraphName } from './retail/subgraphs.js';

/** What all contenders are measured against: the same subgraphs, supergraph and load. */
export interface TestBed {
  readonly start: (contender: Contender, nodeOptions?: readonly string[]) => Promise<RunningGateway>;
  readonly load: (gateway: RunningGateway, options: Omit<LoadOptions, 'url' | 'pid'>) => Promise<MeasuredLoad>;
  /** What came to the subgraphs since the last call. */
  readonly takeTraffic: () => Promise<Traffic>;
  readonly close: () => Promise<void>;
}

export interface RunningGateway {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export interface MeasuredLoad extends LoadResult {
  /** What came to the subgraphs in the measured time. */
  readonly traffic: Traffic;
}

const START_TIMEOUT_MS = 60_000;
const script = (path: string): string[] => [process.execPath, fileURLToPath(new URL(path, import.meta.url))];

export async function createTestBed(root: string): Promise<TestBed> {
  const folder = await mkdtemp(join(tmpdir(), 'cloister-bench-gateway-'));
  const subgraphs = spawnPinned(script('retail/subgraphsProcess.js'), { place: 'others', output: 'inherit' });
  const urls = await nextMessage<Readonly<Record<SubgraphName, string>>>(subgraphs);
  const loader = spawnPinned(script('load/loadProcess.js'), { place: 'others', output: 'inherit' });
  const supergraphFile = join(folder, 'supergraph.graphql');
  await writeFile(supergraphFile, composeRetail(urls));

  const takeTraffic = (): Promise<Traffic> => {
    const answer = nextMessage<Traffic>(subgraphs);
    subgraphs.send('traffic');
    return answer;
  };
  return {
    takeTraffic,
    async start(contender, nodeOptions = []) {
      const port = await freePort();
      const { command, path, ...place } = contender.start({ root, port, supergraphFile, urls, nodeOptions });
      const child = spawnPinned(command, { ...place, place: 'gateway' });
      const url = `http://127.0.0.1:${port}${path}`;
      try {
        await untilItAnswers(child, url);
      } catch (thrown) {
        await stopChild(child);
        throw thrown;
      }
      return { url, pid: child.pid ?? 0, stop: () => stopChild(child) };
    },
    async load({ pid, url }, options) {
      let traffic: Promise<Traffic> | undefined;
      const result = await new Promise<LoadResult>((settle, fail) => {
        const onMessage = (message: LoadMessage): void => {
          if (message.kind === 'start') void takeTraffic();
          else if (message.kind === 'end') traffic = takeTraffic();
          else {
            loader.off('message', onMessage);
            if (message.kind === 'result') settle(message.result);
            else fail(new Error(`the load failed: ${message.reason}`));
          }
        };
        loader.on('message', onMessage);
        loader.send({ ...options, url, pid });
      });
      return { ...result, traffic: (await traffic) ?? { calls: 0, bytesSent: 0, bytesReceived: 0 } };
    },
    async close() {
      await Promise.all([stopChild(subgraphs), stopChild(loader)]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sends one operation. @returns status and parsed body */
export async function askOnce(url: string, body: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body,
  });
  return { status: answer.status, body: await answer.json() };
}

async function untilItAnswers(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  const body = JSON.stringify({ query: '{ __typename }' });
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
    const isReady = await askOnce(url, body).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isReady) return;
    await new Promise((settle) => setTimeout(settle, 100));
  }
  throw new Error(`it did not answer within ${START_TIMEOUT_MS / 1000} s`);
}

function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => settle(port));
    });
  });
}
