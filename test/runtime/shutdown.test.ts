import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { Refusal } from '../../enclave/refusals.js';
import type { ProcessHost, ProcessOptions } from '../../runtime/shutdown.js';
import { runProcess } from '../../runtime/shutdown.js';

/** A process as far as it matters here: signals in, messages and an exit code out. */
class Host extends EventEmitter implements ProcessHost {
  readonly pid = 17;
  readonly sent: unknown[] = [];
  readonly written: string[] = [];
  readonly codes: number[] = [];
  readonly stderr = { write: (text: string) => this.written.push(text) };
  readonly send = (message: unknown) => this.sent.push(message);
  exit(code: number): void {
    this.codes.push(code);
    this.emit('exit');
  }
}

async function run(options: Partial<ProcessOptions>, during: (host: Host) => void = () => undefined) {
  const host = new Host();
  const exited = new Promise((resolve) => host.once('exit', resolve));
  void runProcess({
    name: 'patient',
    host,
    start: () => Promise.resolve({ close: () => Promise.resolve() }),
    ...options,
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  during(host);
  await exited;
  return host;
}

describe('a process', () => {
  test('says when it serves, and ends with 0 on SIGTERM and on SIGINT', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const host = await run({}, (running) => {
        expect(running.sent).toEqual([{ ready: true, pid: 17 }]);
        running.emit(signal);
      });
      expect(host.codes).toEqual([0]);
    }
  });

  test('ends when the process that started it has gone', async () => {
    expect((await run({}, (host) => host.emit('disconnect'))).codes).toEqual([0]);
  });

  test('drains once, however often it is told', async () => {
    let drained = 0;
    const start = () =>
      Promise.resolve({
        close: async () => {
          drained++;
          await new Promise((resolve) => setTimeout(resolve, 20));
        },
      });
    await run({ start }, (host) => {
      host.emit('SIGTERM');
      host.emit('SIGINT');
      // Node ends a process at once by a signal that has no listener.
      expect(host.emit('SIGTERM')).toBe(true);
    });
    expect(drained).toBe(1);
  });

  test('that was told to end while it starts, starts and then ends', async () => {
    let release: () => void = () => undefined;
    const start = () =>
      new Promise<{ close(): Promise<void> }>(
        (resolve) => (release = () => resolve({ close: () => Promise.resolve() })),
      );
    const host = await run({ start }, (running) => {
      running.emit('SIGTERM');
      release();
    });
    expect(host.codes).toEqual([0]);
  });

  test('ends with 1 where it does not drain in time, or fails to', async () => {
    const slow = { close: () => new Promise<void>(() => undefined) };
    const late = await run({ start: () => Promise.resolve(slow), drainDeadlineMs: 20 }, (host) => host.emit('SIGTERM'));
    expect(late.codes).toEqual([1]);
    expect(late.written.join('')).toContain('Not drained after 20 ms');
    const failing = { close: () => Promise.reject(new Error('stuck')) };
    expect((await run({ start: () => Promise.resolve(failing) }, (host) => host.emit('SIGTERM'))).codes).toEqual([1]);
  });

  test('that cannot start says why in one line and ends with 1', async () => {
    const refusal = new Refusal('CONFIGURATION_INVALID', 'CLOISTER_PORT is missing.');
    const host = await run({ start: () => Promise.reject(refusal) });
    expect(host.codes).toEqual([1]);
    expect(host.sent).toEqual([]);
    expect(host.written).toHaveLength(1);
    expect(host.written[0]).toMatch(
      /^patient: Did not start\. CONFIGURATION_INVALID: CLOISTER_PORT is missing\. .*\n$/,
    );
    expect(host.written[0]?.trimEnd()).not.toContain('\n');
  });

  test.each(['uncaughtException', 'unhandledRejection'])('ends with 1 on an %s', async (event) => {
    const host = await run({}, (running) => running.emit(event, new Error('bug')));
    expect(host.codes).toEqual([1]);
    expect(host.written[0]).toContain('Error: bug');
  });
});
