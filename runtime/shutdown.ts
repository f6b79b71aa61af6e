import { Refusal } from '../enclave/refusals.js';
import type { Log } from './log.js';

/** A running process as its composition root gives it out. */
export interface Running {
  /** Stops taking work, finishes what it has, and lets go of everything. Called once. */
  close(): Promise<void>;
}

export interface ProcessOptions {
  /** For instance patient. */
  readonly name: string;
  readonly start: () => Promise<Running>;
  readonly log?: Log;
  /** How long `close` may take before the process ends anyway. */
  readonly drainDeadlineMs?: number;
  /** The process itself, or a stand-in for it. */
  readonly host?: ProcessHost;
}

/** The part of `process` that is used here. */
export interface ProcessHost {
  readonly pid: number;
  on(event: 'SIGTERM' | 'SIGINT' | 'disconnect', listener: () => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (thrown: unknown) => void): unknown;
  readonly stderr: { write(text: string): unknown };
  exit(code: number): void;
  /** Present where a parent process started this one with an IPC channel. */
  send?: ((message: { ready: true; pid: number }) => unknown) | undefined;
}

const DRAIN_DEADLINE_MS = 10_000;

/**
 * Runs a process: starts it, tells a parent process that it serves, and on SIGTERM, SIGINT or the parent's end drains it
 * once and exits with 0. A start that fails ends with 1 and one line that says why; a drain that takes too long, with 1.
 */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const { name, log, drainDeadlineMs = DRAIN_DEADLINE_MS, host = process } = options;
  const fail = (what: string, thrown: unknown) => {
    log?.error({ error: thrown }, what);
    host.stderr.write(`${name}: ${what} ${explain(thrown)}\n`);
    host.exit(1);
  };
  // After an error that nobody caught the state is unknown: ending is the only safe answer.
  host.on('uncaughtException', (thrown) => fail('Ended by an unexpected error.', thrown));
  host.on('unhandledRejection', (thrown) => fail('Ended by an unexpected error.', thrown));

  let stop: (signal: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => (stop = resolve));
  // They stay: a signal that nobody listens to any more would end the process in the middle of its drain.
  host.on('SIGTERM', () => stop('SIGTERM'));
  host.on('SIGINT', () => stop('SIGINT'));
  host.on('disconnect', () => stop('disconnect'));

  let running: Running;
  try {
    running = await options.start();
  } catch (thrown) {
    fail('Did not start.', thrown);
    return;
  }
  host.send?.({ ready: true, pid: host.pid });
  log?.info({}, 'Ready.');

  const signal = await stopped;
  log?.info({ signal }, 'Draining.');
  const deadline = setTimeout(
    () => fail('Ended before it had drained.', new Refusal('TIMEOUT', `Not drained after ${drainDeadlineMs} ms.`)),
    drainDeadlineMs,
  );
  deadline.unref();
  try {
    await running.close();
  } catch (thrown) {
    fail('Did not drain.', thrown);
    return;
  } finally {
    clearTimeout(deadline);
  }
  log?.info({ signal }, 'Stopped.');
  host.exit(0);
}

/** Refusals are written to be read; of anything else the stack is the only help there is. */
function explain(thrown: unknown): string {
  if (thrown instanceof Refusal) return `${thrown.code}: ${thrown.message} ${thrown.definition.action}`;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : 'Something that is not an error was thrown.';
}
