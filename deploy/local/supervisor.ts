import { fork, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Refusal } from '../../enclave/refusals.js';
import { lastLines, openLogFile } from './logFile.js';
import type { ProcessSpec } from './processSpec.js';

export interface SupervisorOptions {
  /** Where the processes run: the root of the checkout. */
  readonly root: string;
  readonly logs: string;
  /** Sentences for the person at the terminal, about processes that crash later on. */
  readonly tell: (sentence: string) => void;
  readonly limits?: Partial<Limits>;
}

/** All in milliseconds, except counts. */
interface Limits {
  readonly readyMs: number;
  /** From the signal to the kill. */
  readonly stopMs: number;
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
  /** So many crashes within the window, and it is not started again. */
  readonly crashes: number;
  readonly crashWindowMs: number;
}

const DEFAULT_LIMITS: Limits = {
  readyMs: 90_000,
  stopMs: 8_000,
  firstBackoffMs: 500,
  longestBackoffMs: 15_000,
  crashes: 5,
  crashWindowMs: 120_000,
};

export interface ProcessState {
  readonly name: string;
  readonly pid: number | undefined;
  readonly state: 'starting' | 'ready' | 'restarting' | 'given up' | 'stopped';
  readonly restarts: number;
}

export interface Supervisor {
  /** Starts one process; resolves when it serves. @throws Refusal UPSTREAM_FAILED with the end of its log. */
  start(spec: ProcessSpec): Promise<void>;
  states(): ProcessState[];
  /** Asks all to stop, and kills those that do not in time. */
  stop(): Promise<void>;
}

/**
 * Starts the processes of the local system and keeps them running. Each has an IPC channel, by which it says that it
 * serves and by whose end it learns that this process is gone, however it went: no process is left behind.
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const supervised = new Map<string, Supervised>();
  let stopping = false;

  interface Supervised {
    spec: ProcessSpec;
    child: ChildProcess | undefined;
    state: ProcessState['state'];
    crashes: number[];
    restarts: number;
  }

  async function start(spec: ProcessSpec): Promise<void> {
    if (stopping) throw new Refusal('UPSTREAM_FAILED', `${spec.name} is not started: the system stops.`);
    const one: Supervised = { spec, child: undefined, state: 'starting', crashes: [], restarts: 0 };
    supervised.set(spec.name, one);
    await launch(one);
    void watch(one);
  }

  /** Resolves when the process serves. */
  async function launch(one: Supervised): Promise<void> {
    const { name } = one.spec;
    const logPath = join(options.logs, `${name}.log`);
    const child = spawn(one.spec, logPath);
    one.child = child;
    one.state = one.restarts === 0 ? 'starting' : 'restarting';
    const outcome = await firstOf(child, limits.readyMs);
    if (outcome === 'ready') {
      one.state = 'ready';
      return;
    }
    one.state = 'stopped';
    if (outcome === 'late') {
      const end = ended(child);
      child.kill('SIGKILL');
      await end;
    }
    const why =
      outcome === 'late'
        ? `did not become ready within ${limits.readyMs / 1000} s`
        : `ended with ${outcome} before it was ready`;
    const lines = lastLines(logPath, 8).map((line) => `    ${line}`);
    throw new Refusal('UPSTREAM_FAILED', [`The process ${name} ${why}. The end of ${logPath}:`, ...lines].join('\n'));
  }

  /** Waits for the end of a process that served, and starts it again unless it crashes too often. */
  async function watch(one: Supervised): Promise<void> {
    for (;;) {
      const ending = await ended(one.child);
      if (stopping) return void (one.state = 'stopped');
      const now = performance.now();
      one.crashes = [...one.crashes.filter((time) => now - time < limits.crashWindowMs), now];
      if (one.crashes.length >= limits.crashes) {
        one.state = 'given up';
        const { name } = one.spec;
        options.tell(
          `${name} ended ${one.crashes.length} times within ${limits.crashWindowMs / 1000} s, the last time with ${ending}, and is not started again. ${join(options.logs, `${name}.log`)} says why; stop and start the system when it is mended.`,
        );
        return;
      }
      const delayMs = Math.min(limits.firstBackoffMs * 2 ** (one.crashes.length - 1), limits.longestBackoffMs);
      one.state = 'restarting';
      one.restarts += 1;
      options.tell(`${one.spec.name} ended with ${ending}; it is started again in ${delayMs / 1000} s.`);
      await wait(delayMs);
      if (isStopping()) return void (one.state = 'stopped');
      // A start that fails counts as one more crash, at the top of this loop.
      await launch(one).then(
        () => options.tell(`${one.spec.name} serves again.`),
        () => undefined,
      );
    }
  }

  const isStopping = (): boolean => stopping;

  function spawn(spec: ProcessSpec, logPath: string): ChildProcess {
    const log = openLogFile(logPath);
    const child = fork(resolve(options.root, spec.entry), [], {
      cwd: options.root,
      env: { ...inherited(process.env), ...spec.environment },
      // None of our own options, and no source maps: reading those takes a tenth of the start.
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C at the terminal reaches the supervisor only; it tells the others in its own order.
      detached: process.platform !== 'win32',
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => log.write(chunk));
    child.once('close', () => log.close());
    // Said by `exit` too, or by the absence of a pid.
    child.on('error', () => undefined);
    return child;
  }

  async function stop(): Promise<void> {
    stopping = true;
    const living = [...supervised.values()]
      .map(({ child }) => child)
      .filter((child) => child !== undefined && isRunning(child));
    await Promise.all(
      living.map(async (child) => {
        if (child === undefined) return;
        const end = ended(child);
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), limits.stopMs);
        await end;
        clearTimeout(timer);
      }),
    );
  }

  return {
    start,
    stop,
    states: () =>
      [...supervised.values()].map(({ child, restarts, spec, state }) => ({
        name: spec.name,
        pid: child?.pid,
        state,
        restarts,
      })),
  };
}

/** What a process gets of our own environment: what Node and the system need, and none of our settings. */
function inherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'HOME',
    'USER',
    'LANG',
    'LC_ALL',
    'TZ',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SystemRoot',
    'LD_LIBRARY_PATH',
  ];
  return Object.fromEntries(names.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]));
}

/** `ready`, `late`, or how it ended, whichever comes first. */
async function firstOf(child: ChildProcess, readyMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const ready = new Promise<string>((settle) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && 'ready' in message) settle('ready');
    });
  });
  const late = new Promise<string>((settle) => (timer = setTimeout(() => settle('late'), readyMs)));
  const outcome = await Promise.race([ready, late, ended(child)]);
  clearTimeout(timer);
  return outcome;
}

/** How it ended, in words. Resolves when its output has been read too, so that the log is whole. */
function ended(child: ChildProcess | undefined): Promise<string> {
  const words = (code: number | null, signal: NodeJS.Signals | null): string =>
    signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
  if (child === undefined || !isRunning(child))
    return Promise.resolve(words(child?.exitCode ?? null, child?.signalCode ?? null));
  return new Promise((settle) => {
    child.once('close', (code, signal) => settle(words(code, signal)));
    child.once('error', (error) => settle(error.message));
  });
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
