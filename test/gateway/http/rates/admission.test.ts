import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAdmission, type AdmissionOptions, type Leave } from '../../../../gateway/http/rates/admission.js';
import { manualTime } from '../../../support/manualSchedule.js';

const waits = new AbortController().signal;

function house(options: Partial<AdmissionOptions> = {}) {
  const time = manualTime(0);
  const admission = createAdmission({
    concurrent: 2,
    concurrentPerCaller: 2,
    queued: 2,
    queuedPerCaller: 2,
    waitMs: 100,
    schedule: time.schedule,
    ...options,
  });
  return { admission, time, enter: async (caller: string, signal = waits) => admission.enter(caller, signal) };
}

const BUSY = { code: 'BUSY' };

describe('operations are let in', () => {
  test('so many at once, and then in order', async () => {
    const { admission, enter, time } = house();
    const [first, second] = [await enter('a'), await enter('b')];
    const order: string[] = [];
    const third = enter('c').then((leave) => (order.push('c'), leave));
    const fourth = enter('d').then((leave) => (order.push('d'), leave));
    expect([admission.inside, admission.waiting]).toEqual([2, 2]);
    first();
    (await third)();
    (await fourth)();
    second();
    expect(order).toEqual(['c', 'd']);
    expect([admission.inside, admission.waiting, time.planned()]).toEqual([0, 0, 0]);
  });

  test('at once where there is place, without a turn of the event loop', () => {
    const { admission } = house();
    expect(admission.enter('a', waits)).toBeInstanceOf(Function);
  });

  test('so many of one caller, who does not keep others out', async () => {
    const { enter } = house({ concurrentPerCaller: 1 });
    const leave = await enter('a');
    const again = enter('a');
    (await enter('b'))();
    leave();
    (await again)();
  });

  test('past one who waits for a place of their own', async () => {
    const { enter, admission } = house({ concurrentPerCaller: 1, queued: 5 });
    const [first, second] = [await enter('a'), await enter('b')];
    const order: string[] = [];
    const note = (name: string) => (leave: Leave) => (order.push(name), leave);
    const again = enter('a').then(note('a'));
    const other = enter('c').then(note('c'));
    second();
    (await other)();
    expect([order, admission.waiting]).toEqual([['c'], 1]);
    first();
    (await again)();
    expect(order).toEqual(['c', 'a']);
  });

  test('once, however often one leaves', async () => {
    const { enter, admission } = house();
    const leave = await enter('a');
    leave();
    leave();
    expect(admission.inside).toBe(0);
  });
});

describe('operations are refused', () => {
  test('where the queue is full', async () => {
    const { enter, admission } = house({ queued: 1 });
    await enter('a');
    await enter('b');
    const waiting = enter('c');
    await expect(enter('d')).rejects.toMatchObject(BUSY);
    expect(admission.waiting).toBe(1);
    void waiting;
  });

  test('where one caller has enough of them waiting', async () => {
    const { enter } = house({ queued: 10, queuedPerCaller: 1 });
    await enter('a');
    await enter('a');
    const waiting = enter('a');
    await expect(enter('a')).rejects.toMatchObject(BUSY);
    const other = enter('b');
    void waiting;
    void other;
  });

  test('that waited too long', async () => {
    const { enter, admission, time } = house();
    await enter('a');
    await enter('b');
    const waiting = enter('c');
    time.advance(100);
    await expect(waiting).rejects.toMatchObject(BUSY);
    expect([admission.inside, admission.waiting]).toEqual([2, 0]);
  });

  test('whose caller has gone', async () => {
    const { enter, admission, time } = house();
    await enter('a');
    await enter('b');
    const gone = new AbortController();
    const waiting = enter('c', gone.signal);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(enter('c', gone.signal)).rejects.toThrow('gone');
    expect([admission.waiting, time.planned()]).toEqual([0, 0]);
  });
});

test('never are more inside or waiting than may be, whatever happens, and in the end none', async () => {
  const callers = fc.constantFrom('a', 'b', 'c');
  const steps = fc.array(fc.oneof(fc.tuple(fc.constant('enter'), callers), fc.tuple(fc.constant('leave'), fc.nat(9))), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const { admission, enter, time } = house({ concurrentPerCaller: 1, queued: 3, queuedPerCaller: 2 });
      const inside: Leave[] = [];
      for (const [what, which] of taken) {
        if (what === 'enter')
          void enter(which)
            .then((leave) => inside.push(leave))
            .catch(() => undefined);
        else inside.splice(which % (inside.length || 1), 1)[0]?.();
        await Promise.resolve();
        expect(admission.inside).toBeLessThanOrEqual(2);
        expect(admission.waiting).toBeLessThanOrEqual(3);
      }
      for (let round = 0; round < 100 && admission.inside > 0; round += 1) {
        for (const leave of inside.splice(0)) leave();
        await new Promise((resolve) => setImmediate(resolve));
      }
      time.advance(100);
      expect([admission.inside, admission.waiting]).toEqual([0, 0]);
    }),
    { numRuns: 50 },
  );
});
