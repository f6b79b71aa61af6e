import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpus } from 'node:os';

/** Which processor cores a child may use: the gateway has one for itself, what asks it and what it asks share the others. */
export type Place = 'gateway' | 'others';

const cores = cpus().length;
const canPin =
  cores > 1 && process.platform === 'linux' && spawnSync('taskset', ['-p', String(process.pid)]).status === 0;

/** For the person who reads the figures. */
export function describePinning(): string {
  return canPin
    ? `the gateway on core ${coresOf('gateway')}, load and subgraphs on ${coresOf('others')}`
    : 'no process is pinned to a core (this needs Linux, taskset and two cores), so that the figures include moves between cores';
}

export interface PinnedOptions {
  readonly place: Place;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where what it writes goes; nowhere by default. */
  readonly output?: 'inherit';
}

/** A child process on its core. Its process id is that of the command itself, not of what pins it. */
export function spawnPinned(command: readonly string[], { cwd, env, output, place }: PinnedOptions): ChildProcess {
  const [program = '', ...args] = canPin ? ['taskset', '-c', coresOf(place), ...command] : command;
  const stream = output ?? 'ignore';
  return spawn(program, args, {
    stdio: ['ignore', stream, stream, 'ipc'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Resolves to the next message of a child. @throws Error where the child ends first */
export function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((settle, fail) => {
    const onMessage = (message: unknown): void => {
      child.off('exit', onExit);
      settle(message as Message);
    };
    const onExit = (code: number | null, signal: string | null): void => {
      child.off('message', onMessage);
      fail(new Error(`a process of the bench ended (${code ?? signal ?? 'unknown'}) instead of answering`));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}

/** Asks a process to end, and ends it where it does not. */
export async function stopChild(child: ChildProcess, patienceMs = 5000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((settle) => child.once('exit', settle));
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
}

/** The second core for the gateway: the first gets most interrupts. */
function coresOf(place: Place): string {
  if (place === 'gateway') return '1';
  return cores === 2 ? '0' : `0,2-${cores - 1}`;
}
