import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressesOf, dataFiles, type Addresses, type DataFiles } from '../../../deploy/local/addresses.js';
import { LISTENERS, listenerNames, type Ports } from '../../../deploy/local/listeners.js';
import { parseLocalConfig } from '../../../deploy/local/config.js';
import { freePortBase } from '../../support/freePorts.js';

export interface SystemOptions {
  /** The root of a checkout that has been built. */
  readonly root: string;
  /** A data folder to go on with; absent: a temporary one, removed when the system stops. */
  readonly data?: string;
  /** Further flags of `npm start`. */
  readonly flags?: readonly string[];
  /** Variables of `npm start`, for instance settings of single processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** To go on with the ports of a system that was stopped. */
  readonly basePort?: number;
}

export interface RunningTestSystem {
  readonly addresses: Addresses;
  readonly ports: Ports;
  readonly files: DataFiles;
  readonly basePort: number;
  /** The process that `npm start` would be. */
  readonly process: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Milliseconds from the start to the table. */
  readonly startMs: number;
  /** Stops it as Ctrl-C does; resolves to its exit code. */
  stop(): Promise<number | null>;
}

const START_LIMIT_MS = 120_000;

/** Starts the whole system as `npm start` does once everything is built: on free ports, in a folder of its own. */
export async function startSystem({
  basePort,
  data,
  env = {},
  flags = [],
  root,
}: SystemOptions): Promise<RunningTestSystem> {
  const launcher = join(root, 'dist/deploy/local/index.js');
  if (!existsSync(launcher)) throw new Error('The system is not built: run npm run build first.');
  const base = basePort ?? (await freePortBase(listenerNames.map((listener) => LISTENERS[listener].offset)));
  const folder = data ?? join(mkdtempSync(join(tmpdir(), 'cloister-system-')), 'data');
  const args = ['--port', String(base), '--data', folder, ...flags];
  const files = dataFiles(folder);

  const began = performance.now();
  // Only what a shell would give it: settings and options of the test run are none of its business.
  const { PATH, HOME, TMPDIR } = process.env;
  const child = fork(launcher, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    env: { PATH, HOME, TMPDIR, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const ended = new Promise<number | null>((settle) => child.once('close', (code) => settle(code)));

  const stop = async (): Promise<number | null> => {
    child.kill('SIGINT');
    const code = await ended;
    if (data === undefined) rmSync(folder, { recursive: true, force: true });
    return code;
  };
  await whenReady(child, ended, () => `${output}\n${logsOf(files)}`);
  const { ports } = parseLocalConfig(args, {});
  return {
    addresses: addressesOf(ports),
    ports,
    files,
    basePort: base,
    process: child,
    output: () => output,
    startMs: performance.now() - began,
    stop,
  };
}

async function whenReady(child: ChildProcess, ended: Promise<number | null>, evidence: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const outcome = await Promise.race([
    new Promise<'ready'>((settle) => child.once('message', () => settle('ready'))),
    ended.then((code) => `it ended with ${code ?? 'a signal'}`),
    new Promise<string>(
      (settle) => (timer = setTimeout(() => settle(`nothing after ${START_LIMIT_MS} ms`), START_LIMIT_MS)),
    ),
  ]);
  clearTimeout(timer);
  if (outcome === 'ready') return;
  child.kill('SIGKILL');
  throw new Error(`The system did not start (${outcome}):\n${evidence()}`);
}

/** The end of each log, for the message of a failed start. */
function logsOf(files: DataFiles): string {
  const names = [
    'attestation-service',
    'gateway',
    'patient',
    'attestation',
    'diagnosis',
    'inference',
    'identity',
    'portal',
  ];
  return names
    .map((name) => join(files.logs, `${name}.log`))
    .filter((path) => existsSync(path))
    .map((path) => `--- ${path}\n${readFileSync(path, 'utf8').slice(-600)}`)
    .join('\n');
}
