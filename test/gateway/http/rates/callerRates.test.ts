import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCallerRates } from '../../../../gateway/http/rates/callerRates.js';
import { giveBack, take, type Bucket } from '../../../../gateway/http/rates/tokenBucket.js';

const LIMITS = { capacity: 3, perSecond: 2 };

function caller(options: Partial<Parameters<typeof createCallerRates>[0]> = {}) {
  let now = 1000;
  const rates = createCallerRates({
    requests: LIMITS,
    costs: { capacity: 100, perSecond: 10 },
    callers: 10,
    now: () => now,
    ...options,
  });
  return { rates, pass: (ms: number) => (now += ms) };
}

describe('a caller may ask', () => {
  test('so often at once, and again with time', () => {
    const { rates, pass } = caller();
    expect([1, 2, 3].map(() => rates.takeRequest('ada'))).toEqual([0, 0, 0]);
    expect(rates.takeRequest('ada')).toBe(500);
    pass(499);
    expect(rates.takeRequest('ada')).toBe(1);
    pass(1);
    expect(rates.takeRequest('ada')).toBe(0);
    expect(rates.takeRequest('ada')).toBe(500);
  });

  test('whatever others do', () => {
    const { rates } = caller();
    for (let count = 0; count < 10; count += 1) rates.takeRequest('grace');
    expect(rates.takeRequest('grace')).toBeGreaterThan(0);
    expect(rates.takeRequest('ada')).toBe(0);
  });

  test('without end where there is no limit', () => {
    const rates = createCallerRates({ callers: 1, now: () => 0 });
    expect([rates.takeRequest('ada'), rates.takeCost('ada', 1e9)]).toEqual([0, 0]);
    expect(() => rates.giveBackCost('ada', 5)).not.toThrow();
  });
});

describe('a caller may ask for so much', () => {
  test('at once, and what was not used comes back', () => {
    const { rates, pass } = caller();
    expect(rates.takeCost('ada', 90)).toBe(0);
    expect(rates.takeCost('ada', 20)).toBe(1000);
    rates.giveBackCost('ada', 10);
    expect(rates.takeCost('ada', 20)).toBe(0);
    rates.giveBackCost('ada', -50);
    expect(rates.takeCost('ada', 1)).toBe(100);
    pass(60_000);
    expect(rates.takeCost('ada', 100)).toBe(0);
  });

  test('and for more than ever fits only with nothing owed, which is paid off afterwards', () => {
    const { rates, pass } = caller();
    expect(rates.takeCost('ada', 1)).toBe(0);
    expect(rates.takeCost('ada', 500)).toBe(100);
    pass(100);
    expect(rates.takeCost('ada', 500)).toBe(0);
    expect(rates.takeCost('ada', 1)).toBe(40_100);
  });
});

describe('callers who are remembered', () => {
  test('are so many, and who asked longest ago is forgotten', () => {
    const { rates } = caller({ callers: 2 });
    for (let count = 0; count < 4; count += 1) rates.takeRequest('ada');
    rates.takeRequest('grace');
    expect(rates.takeRequest('ada')).toBeGreaterThan(0);
    rates.takeRequest('hopper');
    expect(rates.takeRequest('ada')).toBeGreaterThan(0);
    rates.takeRequest('lovelace');
    rates.takeRequest('turing');
    expect(rates.takeRequest('ada')).toBe(0);
  });
});

describe('a bucket', () => {
  test('gives nothing back for a clock that goes back, and holds no more than it can', () => {
    const first = take(undefined, 3, LIMITS, 10_000).bucket;
    const earlier = take(first, 1, LIMITS, 5000);
    expect(earlier.retryAfterMs).toBe(500);
    expect(giveBack(first, 100, LIMITS, 10_000).tokens).toBe(3);
  });

  test('never gives more than its capacity and what time added', () => {
    const steps = fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 3 })), { maxLength: 50 });
    fc.assert(
      fc.property(steps, (taken) => {
        let bucket: Bucket | undefined;
        let [now, given] = [0, 0];
        for (const [passed, amount] of taken) {
          now += passed;
          const result = take(bucket, amount, LIMITS, now);
          bucket = result.bucket;
          if (result.retryAfterMs === 0) given += amount;
          else expect(take(bucket, amount, LIMITS, now + result.retryAfterMs).retryAfterMs).toBe(0);
          expect(given).toBeLessThanOrEqual(LIMITS.capacity + (now / 1000) * LIMITS.perSecond + 1e-6);
        }
      }),
    );
  });
});
