import { describe, expect, test } from '@jest/globals';
import { createTurns } from '../../../enclave/platforms/turns.js';
import { others } from './evidenceOver.js';

function latch() {
  let open: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), closed };
}

describe('turns', () => {
  test('come one after the other, in the order in which they were asked for', async () => {
    const inTurn = createTurns({ source: 'test', timeoutMs: 5000 });
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await others();
      log.push(`${name} ends`);
      return name;
    };
    expect(await Promise.all([inTurn(work('a')), inTurn(work('b')), inTurn(work('c'))])).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  test('go on after one that failed', async () => {
    const inTurn = createTurns({ source: 'test', timeoutMs: 5000 });
    await expect(inTurn(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(inTurn(() => Promise.resolve(1))).resolves.toBe(1);
  });

  test('are refused beyond the number that may wait', async () => {
    const inTurn = createTurns({ source: 'The device', timeoutMs: 5000, maximumWaiting: 2 });
    const { open, closed } = latch();
    const first = inTurn(() => closed);
    const second = inTurn(() => Promise.resolve());
    await expect(inTurn(() => Promise.resolve())).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
      message: 'The device: 2 requests are waiting already.',
    });
    open();
    await Promise.all([first, second]);
    await expect(inTurn(() => Promise.resolve('free again'))).resolves.toBe('free again');
  });

  test('that take too long are refused, but keep the device until it lets go', async () => {
    const inTurn = createTurns({ source: 'The device', timeoutMs: 20 });
    const { open, closed } = latch();
    await expect(inTurn(() => closed)).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    let ran = false;
    const waiting = inTurn(() => {
      ran = true;
      return Promise.resolve();
    });
    await expect(waiting).rejects.toMatchObject({ code: 'EVIDENCE_UNAVAILABLE' });
    open();
    await others();
    // Its caller had gone by then.
    expect(ran).toBe(false);
    await expect(inTurn(() => Promise.resolve('free again'))).resolves.toBe('free again');
  });
});
